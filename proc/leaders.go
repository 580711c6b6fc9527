package proc

import "sync"

// leaders are the live processes at the head of a service's session.
type leaders struct {
	mu   sync.Mutex
	pids map[int]*leader
	gone bygone // for Whose
}

// leader is one of them, until its end was told to the core.
type leader struct {
	ticks    uint64      // start time; 0: not known
	who      incarnation // the incarnation that it leads
	known    bool        // it was added; else only its end was seen so far
	signaled bool        // by us: somebody waits for its end
	adopted  bool        // it is no child of ours
	ended    bool        // it is, or was, a zombie: its number may be another's by now
}

// of is the entry of a process, made if absent. The caller has the lock.
func (l *leaders) of(pid int) *leader {
	p := l.pids[pid]
	if p == nil {
		p = &leader{}
		if l.pids == nil {
			l.pids = map[int]*leader{}
		}
		l.pids[pid] = p
	}
	return p
}

func (l *leaders) add(pid int, ticks uint64, who incarnation) {
	l.mu.Lock()
	defer l.mu.Unlock()
	p := l.of(pid)
	p.ticks, p.who, p.known = ticks, who, true
}

// adopt adds one that is no child of ours.
func (l *leaders) adopt(pid int, ticks uint64, who incarnation) {
	l.mu.Lock()
	defer l.mu.Unlock()
	p := l.of(pid)
	p.ticks, p.who, p.known, p.adopted = ticks, who, true, true
}

// haveAdopted says whether one of them is no child of ours.
func (l *leaders) haveAdopted() bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, p := range l.pids {
		if p.adopted {
			return true
		}
	}
	return false
}

// end notes that our waiting has seen the end of a process, perhaps before its
// birth was noted, and reaps it next.
func (l *leaders) end(pid int) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.of(pid).ended = true
}

// signal notes that a process is about to be signalled, and says whether it is
// sure to be still the one that was born at ticks.
func (l *leaders) signal(pid int, ticks uint64) (sure bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	p := l.pids[pid]
	if p == nil || !p.known {
		return false
	}
	p.signaled = true
	return !p.ended && p.ticks == ticks
}

// wasSignaled says whether somebody awaits the end of a process.
func (l *leaders) wasSignaled(pid int) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	p := l.pids[pid]
	return p != nil && p.signaled
}

func (l *leaders) remove(pid int) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if p := l.pids[pid]; p != nil && p.known {
		l.gone.add(pid, p)
	}
	delete(l.pids, pid)
}

func (l *leaders) has(pid int) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	p := l.pids[pid]
	return p != nil && p.known
}
