package proc

import (
	"os"
	"slices"
	"time"

	"golang.org/x/sys/unix"

	"zinit/proc/link"
	"zinit/proc/procfs"
	"zinit/supervisor"
)

// together is how many exits may be under way to the core at a time. Each costs a
// switch between goroutines when it goes alone.
const together = 64

// exit is one exit message.
type exit struct {
	pid    int
	ticks  uint64 // its start time; 0: not known
	at     supervisor.Instant
	status unix.WaitStatus
}

func exitIn(m link.Message) (exit, bool) {
	e, ok := m.Exit()
	return exit{pid: e.Pid, ticks: e.Ticks, at: supervisor.Instant(e.At), status: unix.WaitStatus(e.Status)}, ok
}

// exits reads the link: peek, post, and consume once the events are saved. A crash
// repeats those that were under way.
func (k *Kernel) exits() {
	for {
		err := k.hear()
		if err != nil {
			k.ended(err)
			return
		}
	}
}

// hear takes what is on the link: all exits there are, or else one other message.
func (k *Kernel) hear() error {
	m, err := k.receiver.Peek()
	if err != nil {
		return err
	}
	e, ok := exitIn(m)
	if !ok {
		k.other(m)
		return k.receiver.Consume()
	}
	batch := []exit{e}
	for len(batch) < together {
		m, ok := k.receiver.PeekNext()
		if !ok {
			break
		}
		if e, ok = exitIn(m); !ok {
			break
		}
		batch = append(batch, e)
	}
	messages := len(batch)
	if !k.tell(batch) {
		return os.ErrClosed
	}
	for range messages {
		if err := k.receiver.Consume(); err != nil {
			return err
		}
	}
	return nil
}

// other takes a message that is no exit: a hint that orphans were reaped, of which
// any group may be empty now, or an order, as only a shim gives.
func (k *Kernel) other(m link.Message) {
	switch {
	case m.Orphans():
		k.left.put(nobody)
		k.nudge()
	case k.Order != nil:
		k.Order(m)
	default:
		k.Log.Error("message not understood", "message", m)
	}
}

func (k *Kernel) ended(err error) {
	select {
	case <-k.done:
	default:
		k.Log.Error("exits are not seen any more", "err", err)
	}
}

// awaitBirth waits for a birth that is under way: the core does not know of it yet,
// and an exit may be its.
func (k *Kernel) awaitBirth() {
	k.forking.Lock()
	defer k.forking.Unlock()
}

// tell posts exits and waits until they are saved; false: the kernel is closed.
func (k *Kernel) tell(batch []exit) bool {
	k.awaitBirth()
	for _, e := range batch {
		k.launches.await(e.pid, k.done)
	}
	// Asked once for all: while they are leaders still, and before what they left
	// behind could be taken for a stranger.
	alone := slices.ContainsFunc(batch, func(e exit) bool { return k.leaders.wasSignaled(e.pid) }) && k.noStrangers()
	batch = slices.DeleteFunc(batch, k.foreign)
	if len(batch) == 0 {
		return true
	}
	saved := make(chan struct{})
	for i, e := range batch {
		ev := supervisor.Exited{Pid: e.pid, Ticks: e.ticks, At: e.at, Status: statusOf(e.status), Left: k.groupLeft(e.pid)}
		ev.Gone = alone && !ev.Left
		k.leave(&ev)
		k.leaders.remove(e.pid)
		var ack func() // in order: the last one's speaks for all
		if i == len(batch)-1 {
			ack = func() { close(saved) }
		}
		k.Post(ev, ack)
	}
	select {
	case <-saved:
	case <-k.done:
		return false
	}
	for _, e := range batch {
		k.left.put(e.pid)
	}
	k.nudge()
	return true
}

// foreign tells whoever made it of the end of a child that leads no service.
func (k *Kernel) foreign(e exit) bool {
	told := k.others.take(e.pid)
	if told != nil {
		told(statusOf(e.status))
	}
	return told != nil
}

// adoptedEnded tells of the end of a process that is no child of ours. If it is
// not saved before a crash, the next server finds the process gone.
func (k *Kernel) adoptedEnded(pid int, ticks uint64, status supervisor.Status) {
	ev := supervisor.Exited{Pid: pid, Ticks: ticks, Status: status, Left: k.groupLeft(pid)}
	k.leave(&ev)
	k.leaders.remove(pid)
	k.Post(ev, nil)
	k.left.put(pid)
	k.nudge()
}

// statusOf translates a status of wait(2).
func statusOf(w unix.WaitStatus) supervisor.Status {
	if w.Signaled() {
		return supervisor.Status{Signal: int(w.Signal()), Core: w.CoreDump()}
	}
	return supervisor.Status{Code: w.ExitStatus()}
}

// groupLeft says whether others are left of the group of a leader that has
// ended. The leader is told of before it is reaped, and as a zombie it still
// counts as a member, so it is given a moment to vanish.
func (k *Kernel) groupLeft(pid int) bool {
	if pid <= 1 || pid == os.Getpid() {
		return false
	}
	const shortest, most = 20 * time.Microsecond, 5 * time.Millisecond
	for patience := shortest; patience < most; patience *= 2 {
		if !groupExists(pid) {
			return false
		}
		if s, err := procfs.Identify(pid); err != nil || s.State != 'Z' {
			return groupExists(pid)
		}
		time.Sleep(patience)
	}
	return len(k.census.Read().Group(pid)) > 0
}
