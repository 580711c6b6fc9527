package sim

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"time"

	"zinit/configs"
	"zinit/supervisor"
)

// Op is one choice of what happens next. A and B choose among what there is, so
// every op means something in every state of the world, if only nothing.
type Op struct {
	Kind OpKind
	A, B byte
}

// OpKind is a kind of happening.
type OpKind byte

// The kinds.
const (
	Deliver  OpKind = iota // A: which of the pending results, ends, births; or the tick that is due
	Pass                   // time passes: to what is due next; A > 200: a little less or more
	Ask                    // A: which wish, B: of which service
	Die                    // A: which process ends, B: how
	Crash                  // the server dies after A more effects
	Noise                  // A: an event that means nothing
	Withdraw               // A: which request
	Say                    // A: which process says something of itself, B: what
	opKinds
)

// String is the op as the command to replay prints it.
func (o Op) String() string { return fmt.Sprintf("%d.%d.%d", o.Kind, o.A, o.B) }

// randomOps draws ops in a lifelike mix.
func randomOps(r *rand.Rand, n int) []Op {
	weights := [opKinds]int{Deliver: 55, Pass: 12, Ask: 14, Die: 5, Crash: 3, Noise: 2, Withdraw: 1, Say: 3}
	if chance(r, 25) {
		weights[Crash] = 0
	}
	total := 0
	for _, weight := range weights {
		total += weight
	}
	ops := make([]Op, n)
	for i := range ops {
		at := r.IntN(total)
		kind := OpKind(0)
		for at >= weights[kind] {
			at -= weights[kind]
			kind++
		}
		ops[i] = Op{kind, byte(r.IntN(256)), byte(r.IntN(256))}
	}
	return ops
}

// Ops reads them from a fuzzer's bytes.
func Ops(data []byte) []Op {
	var list []Op
	for chunk := range slices.Chunk(data, 3) {
		if len(chunk) == 3 {
			list = append(list, Op{OpKind(chunk[0]) % opKinds, chunk[1], chunk[2]})
		}
	}
	return list
}

// apply lets one op happen.
func (w *World) apply(seed uint64, op Op) {
	if w.ended != nil {
		return
	}
	switch op.Kind {
	case Deliver:
		w.deliver(int(op.A))
	case Pass:
		w.pass(op.A)
	case Ask:
		if ev := w.wish(seed, op.A, op.B); ev != nil {
			w.give(ev)
		}
	case Die:
		w.die(op.A, op.B)
	case Crash:
		w.arm(int(op.A % 8))
		w.quick = op.A >= 128
		if op.B < 64 {
			w.rearm = int(op.B % 8)
		}
	case Noise:
		w.noise(op.A)
	case Withdraw:
		if w.lastID > 0 {
			w.give(supervisor.Cancel{ID: 1 + uint64(op.A)%w.lastID})
		}
	case Say:
		w.say(op.A, op.B)
	}
	if w.down {
		w.recoverSafely()
	}
}

// say has a process say something of itself.
func (w *World) say(which, what byte) {
	if len(w.kernel.procs) == 0 {
		return
	}
	p := w.kernel.procs[int(which)%len(w.kernel.procs)]
	if what%8 == 7 {
		if p.spec.Health != nil && p.spec.Health.Type == configs.HealthNotify && !p.launching && p.leader {
			w.post(supervisor.Probed{Name: p.name, Gen: p.gen}, p)
		}
		return
	}
	ev := supervisor.Notified{Name: p.name, Gen: p.gen}
	switch what % 5 {
	case 0:
		text := fmt.Sprint("at work on ", what)
		ev.Status = &text
	case 1:
		ev.Main = p.pid + int(what)
	case 2:
		ev.Extend = time.Duration(what) * 100 * time.Millisecond
	case 3:
		ev.Phase = supervisor.PhaseReloading
	default:
		ev.Phase = supervisor.PhaseStopping
	}
	w.post(ev, p)
}

// recoverSafely starts successors until one lives: it may be killed at once too.
func (w *World) recoverSafely() {
	for w.down {
		w.recover()
	}
}

// pending are the things that could happen to the server now, each by its own
// function, in the order of a fair world.
func (w *World) pending() []func() {
	var list []func()
	if len(w.kernel.births) > 0 {
		list = append(list, w.bear)
	}
	for i, n := range w.pool {
		if _, ok := n.ev.(supervisor.Launched); ok && w.unheard(n.of) {
			continue
		}
		list = append(list, func() {
			w.pool = slices.Delete(w.pool, i, i+1)
			w.hear(n)
		})
	}
	if len(w.kernel.link) > 0 && !w.unheard(w.kernel.link[0].of) {
		list = append(list, w.peek)
	}
	if d, ok := w.mind.Deadline(); ok && d <= w.now {
		list = append(list, func() { w.give(supervisor.Tick{}) })
	}
	return list
}

// hear gives the server an event that the kernel forgets at once.
func (w *World) hear(n news) {
	w.origin = n.of
	if _, ok := n.ev.(supervisor.Spawned); ok {
		n.of.heard = true
	}
	w.give(n.ev)
	w.origin = nil
}

// unheard says that the server has still to hear of a process' birth: that is told
// before its launch and its end.
func (w *World) unheard(p *process) bool {
	return slices.ContainsFunc(w.pool, func(n news) bool {
		_, ok := n.ev.(supervisor.Spawned)
		return ok && n.of == p
	})
}

// peek gives the server the oldest message of the link and forgets it once it is
// acknowledged.
func (w *World) peek() {
	first := w.kernel.link[0]
	w.origin = first.of
	if w.ackFirst {
		w.kernel.link = w.kernel.link[1:]
	}
	if w.give(first.Exited) && !w.ackFirst {
		w.kernel.link = w.kernel.link[1:]
	}
	w.origin = nil
}

// deliver lets one of the pending things happen.
func (w *World) deliver(which int) {
	if list := w.pending(); len(list) > 0 {
		list[which%len(list)]()
	}
}

// pass lets time go by.
func (w *World) pass(how byte) {
	at, ok := w.due()
	switch {
	case how > 230:
		at = w.now.Add(seconds(int(how) - 225))
	case how > 200 || !ok:
		at = w.now.Add(time.Duration(how) * time.Millisecond)
	}
	w.advance(at)
}

// die ends a process from outside: the leader, or those it has left.
func (w *World) die(which, how byte) {
	if len(w.kernel.procs) == 0 {
		return
	}
	p := w.kernel.procs[int(which)%len(w.kernel.procs)]
	switch {
	case p.leader:
		w.note("%s (pid %d of %s ends: %s)", clock(w.now), p.pid, p.name, statusText(randomStatus(int(how))))
		w.kernel.leaderEnds(p, randomStatus(int(how)), w.now)
	case p.kids:
		p.kids = false
	}
	w.awaited()
}

// noise gives the server what means nothing: a stranger's end, a tick that is
// not due, news of an incarnation of the past.
func (w *World) noise(which byte) {
	name := names[int(which/8)%len(names)]
	gen := w.disk[name].Gen
	switch which % 7 {
	case 0:
		w.give(supervisor.Exited{Pid: 500 + int(which), Status: randomStatus(int(which))})
	case 1:
		if d, ok := w.mind.Deadline(); !ok || d > w.now {
			w.give(supervisor.Tick{})
		}
	case 2:
		if gen > 1 {
			w.give(supervisor.GroupGone{Name: name, Gen: gen - 1})
		}
	case 3:
		if gen > 1 {
			w.give(supervisor.Probed{Name: name, Gen: gen - 1, Err: one(dice(uint64(which)), "", "late")})
		}
	case 4:
		if gen > 1 {
			w.give(supervisor.SpawnFailed{Name: name, Gen: gen - 1, Why: "late"})
		}
	case 5:
		if gen > 1 {
			w.give(supervisor.Launched{Name: name, Gen: gen - 1, Why: one(dice(uint64(which)), "", "late")})
		}
	case 6:
		if gen > 1 {
			late := "late"
			w.give(supervisor.Notified{Name: name, Gen: gen - 1, Status: &late, Extend: time.Hour})
		}
	}
}
