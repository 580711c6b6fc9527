package sim

import (
	"slices"
	"time"

	"zinit/configs"
	"zinit/supervisor"
)

// The signals that mean something here, signal(7).
const (
	sigKill = 9
	sigTerm = 15
)

// pids is the size of the pid space: small, so that numbers come back soon.
const pids = 9

// never is an instant that does not come.
const never = supervisor.Instant(1 << 62)

// run names one incarnation.
type run struct {
	name string
	gen  uint64
}

// process is one incarnation: a leader and the others of its group.
type process struct {
	run
	spec   *configs.Service
	manner Manner
	pid    int
	ticks  uint64
	leader bool // the leader lives
	kids   bool // others of the group live
	wild   bool // one that left the group lives

	launching bool               // it has orders to carry out first
	launches  supervisor.Instant // when it will have done so
	born      supervisor.Instant
	probes    int // of it, so far

	ends    supervisor.Instant // when the leader will end
	status  supervisor.Status  // and how
	kidsEnd supervisor.Instant
	heard   bool // the server knows its pid
}

// group says that somebody of the group lives, or waits to be reaped.
func (p *process) group() bool { return p.leader || p.kids }

// exit is one message of the link: it is peeked at until it is acknowledged.
type exit struct {
	supervisor.Exited
	of *process // nil: nobody's
}

// prober is one running series of probes.
type prober struct {
	next  supervisor.Instant
	every time.Duration
}

// kernel is the fake one, with the parent of all services in it.
type kernel struct {
	procs  []*process // all that are not wholly gone, by birth
	link   []exit     // unacknowledged ends, oldest first
	births []supervisor.Spawn
	awaits map[run]supervisor.Await
	probes map[run]*prober
	ticks  uint64
	runs   map[string]int   // incarnations so far, by service
	ever   map[run]*process // all that ever were

	tellTicks bool // ends carry start times; else a pid is free only when its end was acknowledged
	tellGone  bool // some ends tell that nothing is left
	tellAt    bool // ends tell when they were
}

func newKernel() *kernel {
	return &kernel{
		awaits:    map[run]supervisor.Await{},
		probes:    map[run]*prober{},
		runs:      map[string]int{},
		ever:      map[run]*process{},
		ticks:     100,
		tellTicks: true,
		tellAt:    true,
	}
}

// free is the lowest pid that is not in use.
func (k *kernel) free() (int, bool) {
	for pid := 2; pid < 2+pids; pid++ {
		used := slices.ContainsFunc(k.procs, func(p *process) bool { return p.group() && p.pid == pid })
		if !k.tellTicks {
			used = used || slices.ContainsFunc(k.link, func(e exit) bool { return e.Pid == pid })
		}
		if !used {
			return pid, true
		}
	}
	return 0, false
}

// find is the process of an incarnation, if anything of it is left.
func (k *kernel) find(r run) *process {
	for _, p := range k.procs {
		if p.run == r {
			return p
		}
	}
	return nil
}

// living are the processes of a service whose group is not empty.
func (k *kernel) living(name string) []*process {
	var found []*process
	for _, p := range k.procs {
		if p.name == name && p.group() {
			found = append(found, p)
		}
	}
	return found
}

// sweep forgets what is wholly gone.
func (k *kernel) sweep() {
	k.procs = slices.DeleteFunc(k.procs, func(p *process) bool { return !p.group() && !p.wild })
}

// next is when something will happen by itself.
func (k *kernel) next() supervisor.Instant {
	at := never
	for _, p := range k.procs {
		if p.leader {
			at = min(at, p.ends)
			if p.launching {
				at = min(at, p.launches)
			}
		}
		if p.kids {
			at = min(at, p.kidsEnd)
		}
	}
	for _, b := range k.probes {
		at = min(at, b.next)
	}
	return at
}

// leaderEnds ends a leader; the link carries the message.
func (k *kernel) leaderEnds(p *process, status supervisor.Status, now supervisor.Instant) {
	if !p.leader {
		return
	}
	p.leader, p.ends, p.launching = false, never, false
	delete(k.probes, p.run)
	e := supervisor.Exited{Pid: p.pid, Status: status, Left: p.kids}
	e.Gone = k.tellGone && p.ticks%2 == 0 && !p.kids && !p.wild
	if k.tellTicks {
		e.Ticks = p.ticks
	}
	if k.tellAt {
		e.At = now
	}
	k.link = append(k.link, exit{e, p})
}

// signal delivers a signal to a group.
func (k *kernel) signal(p *process, sig int, now supervisor.Instant) {
	if sig == sigKill {
		p.kids = false
		k.leaderEnds(p, supervisor.Status{Signal: sigKill}, now)
		return
	}
	if p.kids && p.manner.KidObey >= 0 {
		p.kidsEnd = min(p.kidsEnd, now.Add(p.manner.KidObey))
	}
	if p.leader && p.manner.Obeys >= 0 {
		at := now.Add(p.manner.Obeys)
		if at < p.ends {
			p.ends, p.status = at, supervisor.Status{Signal: sig}
			if p.manner.Catches {
				p.status = supervisor.Status{}
			}
		}
	}
}
