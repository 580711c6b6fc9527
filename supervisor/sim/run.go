package sim

import (
	"fmt"
	"math/rand/v2"
	"strings"

	"zinit/configs"
	"zinit/supervisor"
)

// Case is one history: all of it follows from these.
type Case struct {
	Seed uint64
	Ops  []Op
	Set  *configs.Set // nil: drawn from the seed, as all else is; otherwise all processes are docile
}

// NewCase draws one of about n ops.
func NewCase(seed uint64, n int) Case {
	return Case{Seed: seed, Ops: randomOps(dice(seed, "ops"), n)}
}

// Failure is a case in which an invariant broke.
type Failure struct {
	Case
	Violation
	Trace string
}

// Error is what broke, and the trace of it.
func (f *Failure) Error() string {
	return fmt.Sprintf("seed %d, %d ops: %v\n%s", f.Seed, len(f.Ops), f.Violation.Error(), f.Trace)
}

// Run plays a case. If an invariant breaks it is shortened, and played once more
// for its trace.
func Run(birth Birth, c Case) *Failure {
	v := play(birth, c, nil)
	if v == nil {
		return nil
	}
	c = shorten(birth, c, v.Number)
	var trace strings.Builder
	v = play(birth, c, &trace)
	return &Failure{c, *v, trace.String()}
}

// play runs a case to its end: the ops, then a time in which nobody disturbs and
// everything comes to rest, then, half of the time, a shutdown.
func play(birth Birth, c Case, trace *strings.Builder) *Violation {
	return playWith(birth, c, trace, func(*World) {})
}

// playWith is play in a world that was tampered with.
func playWith(birth Birth, c Case, trace *strings.Builder, tamper func(*World)) (found *Violation) {
	w, r := c.world(birth)
	w.trace = trace
	tamper(w)
	defer func() {
		if p := recover(); p != nil {
			found = &Violation{0, fmt.Sprintf("panic: %v", p)}
			w.note("!!!! %v", found)
		}
	}()
	for _, s := range w.set.Services {
		w.note("service %s", serviceText(s))
	}
	w.boot()
	w.recoverSafely()
	for _, op := range c.Ops {
		w.apply(c.Seed, op)
		if w.oracle.found != nil {
			return w.oracle.found
		}
	}
	w.settle(c.Seed)
	if chance(r, 50) && w.oracle.found == nil && w.ended == nil {
		w.lastID++
		w.give(supervisor.Shutdown{Wish: supervisor.Wish{ID: w.lastID, By: "a user"}, Goal: supervisor.GoalExit})
		w.settle(c.Seed)
	}
	return w.oracle.found
}

// world makes the world of a case, and the dice for what is left open.
func (c Case) world(birth Birth) (*World, *rand.Rand) {
	r := dice(c.Seed, "world")
	if c.Set != nil {
		w := newWorld(birth, *c.Set)
		w.oracle = newOracle(w)
		return w, r
	}
	w := newWorld(birth, randomSet(r))
	w.standalone = chance(r, 20)
	w.kernel.tellTicks = !chance(r, 20)
	w.kernel.tellGone = chance(dice(c.Seed, "gone"), 50)
	w.kernel.tellAt = chance(dice(c.Seed, "at"), 75)
	w.manner = func(name string, n int, oneshot bool) Manner { return randomManner(c.Seed, name, n, oneshot) }
	if chance(r, 10) {
		w.arm(r.IntN(10)) // in the midst of the boot
	}
	w.oracle = newOracle(w)
	return w, r
}

// patience is how many happenings a world may need to come to rest.
const patience = 1500

// settle leaves the world alone until it is at rest: invariant 23. From now on
// processes are docile and births succeed.
func (w *World) settle(seed uint64) {
	w.note("%s ==== left alone", clock(w.now))
	w.crashIn, w.rearm = -1, -1
	w.recoverSafely()
	wild := w.manner
	w.manner = func(name string, n int, oneshot bool) Manner {
		m := Docile(oneshot)
		m.Obeys, m.Kids, m.KidObey = wild(name, n, oneshot).Obeys, wild(name, n, oneshot).Kids, wild(name, n, oneshot).KidObey
		return m
	}
	for _, p := range w.kernel.procs {
		p.launches, p.manner.Lingers = min(p.launches, w.now), false
		if p.manner.Refused != "" && !p.launching {
			p.ends = min(p.ends, w.now)
		}
	}
	since, most := w.now, w.oracle.longest()
	for range patience {
		if w.ended != nil {
			w.oracle.inTime(w.now.Sub(since), most+w.oracle.extra)
			return
		}
		if w.oracle.found != nil {
			return
		}
		if list := w.pending(); len(list) > 0 {
			list[0]()
			w.recoverSafely()
			continue
		}
		w.oracle.overdue()
		if w.resting() {
			w.oracle.rest()
			return
		}
		at, ok := w.due()
		if !ok {
			w.oracle.rest()
			return
		}
		w.advance(at)
	}
	w.oracle.fail(23, "no rest after %d steps", patience)
}

// resting says that nothing will happen any more but healthy probes.
func (w *World) resting() bool {
	if _, ok := w.mind.Deadline(); ok {
		return false
	}
	for _, p := range w.kernel.procs {
		if p.leader && p.ends != never || p.kids && p.kidsEnd != never || p.launching && p.launches != never {
			return false
		}
		if b := w.kernel.probes[p.run]; b != nil {
			steady := w.oracle.now[p.name].State == supervisor.StateRunning && p.manner.Falls == 0
			if !steady && p.manner.Sick >= 0 {
				return false
			}
		}
	}
	return true
}

// rest is invariants 6, 12 and 20 when nothing moves any more.
func (o *oracle) rest() {
	o.w.note("%s ==== at rest", clock(o.w.now))
	for id, r := range o.open {
		if !o.unready("") {
			o.fail(6, "#%d (%s) was never answered", id, wishText(r.ev))
		}
	}
	if o.goal != supervisor.GoalRun && o.w.ended == nil {
		o.fail(20, "the shutdown does not end")
	}
	for _, name := range o.sorted() {
		v := o.now[name]
		o.w.note("%s%s", recordText(v.Record), when(len(v.WaitingOn) > 0, fmt.Sprint(", waits on ", v.WaitingOn)))
		calm := v.IsUp || v.State == supervisor.StateExited || v.State == supervisor.StateFailed || v.State == supervisor.StateBlocked
		if v.Up && !calm && !o.unready(name) {
			o.fail(12, "at rest %s is wanted and %s", name, v.State)
		}
		if !v.Up && lives(v) && !v.Unkillable && !o.waitsForDependents(name) {
			o.fail(12, "at rest %s is not wanted and %s", name, v.State)
		}
	}
}

// unready says that a service never becomes healthy, and that nobody set a limit
// to its start; without a name: that there is such a service.
func (o *oracle) unready(name string) bool {
	for _, v := range o.now {
		if v.State == supervisor.StateStarting && v.Spec.Health != nil && v.Until == 0 && (name == "" || name == v.Name) {
			return true
		}
	}
	return false
}
