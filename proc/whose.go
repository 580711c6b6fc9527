package proc

import (
	"sync"
	"time"

	"zinit/proc/procfs"
	"zinit/supervisor"
)

// Whose says which service, and which generation of it, a process belongs to: the
// one whose leader's session it is in, which nobody can enter from outside; else
// that of its nearest ancestor; else the one whose mark it carries, which a process
// that has escaped its own service could forge. ok is false for a process outside of
// all services, and for one that is gone and of which nothing is known: its parent
// may reap it before anybody can look.
//
// It is cheap for a process that is asked for again and again. Any goroutine may call.
func (k *Kernel) Whose(pid int) (service string, gen uint64, ok bool) {
	if pid <= 1 || pid == k.self {
		return "", 0, false
	}
	now := Now()
	last, known := k.senders.of(pid)
	if known && now-last.at < senderFor {
		return last.who.name, last.who.gen, last.ours
	}
	s, err := procfs.Identify(pid)
	if err != nil {
		if !known || !last.ours {
			k.letBirthEnd()
			last.who, last.ours = k.leaders.late(pid)
		}
		return last.who.name, last.who.gen, last.ours
	}
	who, kin, ours := k.owner(s)
	if !ours && k.letBirthEnd() {
		who, kin, ours = k.owner(s)
	}
	k.senders.add(pid, sender{who: who, kin: kin, ours: ours, at: now})
	return who.name, who.gen, ours
}

// letBirthEnd waits for a birth that is under way, and says whether there was one: who
// asks may have heard of the child before its birth is known. A fork takes a moment; one
// that hangs is not waited for.
func (k *Kernel) letBirthEnd() (waited bool) {
	const patience = time.Second
	for began := time.Now(); !k.forking.TryLock(); time.Sleep(100 * time.Microsecond) {
		if waited = true; time.Since(began) > patience {
			return true
		}
	}
	k.forking.Unlock()
	return waited
}

// owner is the incarnation that a process belongs to. kin: it is in its session or
// descends from it, and does not only wear its mark.
func (k *Kernel) owner(s procfs.Stat) (who incarnation, kin, ok bool) {
	const deepest = 64 // a family in which the table changed while it was read
	at, err := s, error(nil)
	for range deepest {
		if who, ok = k.leaders.whose(at.Session); ok {
			return who, true, true
		}
		if at.Ppid <= 1 || at.Ppid == k.self {
			break
		}
		if at, err = procfs.Identify(at.Ppid); err != nil {
			break
		}
	}
	if m, found := markOf(s.Pid); found == marked && m.life == k.Life {
		return incarnation{m.service, m.gen}, false, true
	}
	return incarnation{}, false, false
}

// whose is the incarnation that has a session: that of a leader, or of one that has
// ended and left others in it. Its number is nobody else's as long as they live.
func (l *leaders) whose(session int) (who incarnation, ok bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if p := l.pids[session]; p != nil && p.known {
		return p.who, true
	}
	was, ok := l.gone.pids[session]
	if !ok {
		return incarnation{}, false
	}
	if s, err := procfs.Identify(session); err == nil && s.Ticks != was.ticks {
		return incarnation{}, false
	}
	return was.who, true
}

// late is the incarnation that a process has led that is gone.
func (l *leaders) late(pid int) (who incarnation, ok bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if p := l.pids[pid]; p != nil && p.known {
		return p.who, true
	}
	was, ok := l.gone.pids[pid]
	return was.who, ok
}

// bygone are the leaders that ended last: what they have said at the end may be
// heard after it.
type bygone struct {
	pids map[int]leader
	line []int // the oldest first
}

const bygoneMost = 256

func (b *bygone) add(pid int, p *leader) {
	if b.pids == nil {
		b.pids = map[int]leader{}
	}
	if _, again := b.pids[pid]; !again {
		b.line = append(b.line, pid)
	}
	b.pids[pid] = *p
	if len(b.line) > bygoneMost {
		delete(b.pids, b.line[0])
		b.line = append(b.line[:0], b.line[1:]...)
	}
}

// senders are the processes that were asked for last.
type senders struct {
	mu  sync.Mutex
	all map[int]sender
}

type sender struct {
	who  incarnation
	kin  bool // as owner has it
	ours bool
	at   supervisor.Instant // when it was looked at
}

const (
	sendersMost = 256
	// senderFor is how long an answer holds: no number is a new process's so soon.
	senderFor = supervisor.Instant(100 * time.Millisecond)
)

func (s *senders) of(pid int) (last sender, known bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	last, known = s.all[pid]
	return last, known
}

func (s *senders) add(pid int, seen sender) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.all == nil || len(s.all) >= sendersMost {
		s.all = map[int]sender{}
	}
	s.all[pid] = seen
}
