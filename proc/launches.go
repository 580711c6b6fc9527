package proc

import (
	"errors"
	"fmt"
	"io"
	"os"
	"strconv"
	"strings"
	"sync"

	"golang.org/x/sys/unix"

	"zinit/proc/launch"
	"zinit/proc/link"
)

// launches are the processes that carry out orders before they execute their
// program. The spawner makes the pipe by which one tells how it went, in its own
// descriptor table, and passes the reading end over a socket to a goroutine in ours.
type launches struct {
	send, receive int
	split         chan bool // once: whether the spawner has a table of its own

	mu     sync.Mutex
	under  map[int]*launching // by pid
	closed bool
}

// launching is one of them.
type launching struct {
	tell func(why string) // nil: nobody minds
	pipe *os.File         // nil until it has come over the socket
	over chan struct{}    // closed when it was told how it went
}

func (l *launches) open() (err error) {
	l.under, l.split = map[int]*launching{}, make(chan bool, 1)
	l.send, l.receive, err = link.Pair()
	return err
}

// begin notes a launch, before anybody can hear of the end of its process.
func (l *launches) begin(pid int, tell func(why string)) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.under[pid] = &launching{tell: tell, over: make(chan struct{})}
}

// pass hands the pipe over; on the spawner's thread.
func (l *launches) pass(pid, pipe int) error {
	err := link.Sender(l.send).SendFiles(link.Message{"launch", strconv.Itoa(pid)}, pipe)
	if err != nil {
		return fmt.Errorf("cannot hand over a pipe: %w", err)
	}
	return nil
}

// take finds the launch to which a pipe belongs; nil: there is none, or no more. It has
// no pipe where there was no descriptor left for one.
func (l *launches) take(p link.Parcel) (pid int, one *launching) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if len(p.Message) == 2 {
		pid, _ = strconv.Atoi(p.Message[1])
		one = l.under[pid]
	}
	for i, fd := range p.Files {
		if i > 0 || one == nil || l.closed || unix.SetNonblock(fd, true) != nil {
			_ = unix.Close(fd)
			continue
		}
		one.pipe = os.NewFile(uintptr(fd), "launch")
	}
	if l.closed {
		one = nil
	}
	return pid, one
}

// of is the launch of a process; nil: there is none, or no more.
func (l *launches) of(pid int) *launching {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.under[pid]
}

// end forgets a launch, and lets go on who waits for that.
func (l *launches) end(pid int) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if one := l.under[pid]; one != nil {
		close(one.over)
		delete(l.under, pid)
	}
}

// await waits, for the end of a process that has ended, until it was told how its
// launch went: the reason comes before the exit.
func (l *launches) await(pid int, done <-chan struct{}) {
	one := l.of(pid)
	if one == nil {
		return
	}
	select {
	case <-one.over:
	case <-done:
	}
}

// close ends all that read a pipe.
func (l *launches) close() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.closed = true
	for _, one := range l.under {
		if one.pipe != nil {
			_ = one.pipe.Close()
		}
	}
	_ = unix.Shutdown(l.receive, unix.SHUT_RD) // ends Receive
}

// passLaunch hands over the pipe of a launch.
func (k *Kernel) passLaunch(pid, pipe int) {
	defer unix.Close(pipe)
	if err := k.launches.pass(pid, pipe); err != nil {
		k.unwatched(pid, k.launches.of(pid), err)
	}
}

// unwatched ends a launch whose pipe did not come: nobody learns how it went, and the
// process counts as one that executes its program. Its exit would wait for ever else,
// and with it all others.
func (k *Kernel) unwatched(pid int, one *launching, err error) {
	k.Log.Error("a launch is not watched", "pid", pid, "err", err)
	one.say("")
	k.launches.end(pid)
}

// hearLaunches takes the pipes from the spawner, until close.
func (k *Kernel) hearLaunches() {
	defer unix.Close(k.launches.receive)
	if split := <-k.launches.split; split {
		_ = unix.Close(k.launches.send) // the spawner has its own
	}
	for {
		parcel, err := link.Receive(k.launches.receive)
		if err != nil {
			k.ended(err)
			return
		}
		switch pid, one := k.launches.take(parcel); {
		case one == nil:
		case one.pipe == nil:
			k.unwatched(pid, one, errors.New("its pipe is lost: descriptors are used up"))
		default:
			k.running.Go(func() { k.launched(pid, one) })
		}
	}
}

// launched waits for the end of a launch and tells how it went. A process that has
// ended half way has said nothing: its exit says it.
func (k *Kernel) launched(pid int, one *launching) {
	defer k.launches.end(pid)
	const most = 4096 // it is one line
	text, err := io.ReadAll(io.LimitReader(one.pipe, most))
	_ = one.pipe.Close()
	if err != nil {
		return // closed
	}
	why, executes := strings.CutPrefix(string(text), launch.Executing)
	if why, failed := strings.CutSuffix(why, "\n"); executes || failed {
		one.say(why)
	}
}

// say tells how it went.
func (l *launching) say(why string) {
	if l.tell != nil {
		l.tell(why)
	}
}
