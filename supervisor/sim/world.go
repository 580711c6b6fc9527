package sim

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"zinit/configs"
	"zinit/supervisor"
)

// Mind is what the world drives: the core, or the core with a planted bug.
type Mind interface {
	Step(now supervisor.Instant, ev supervisor.Event) supervisor.Ready
	Deadline() (supervisor.Instant, bool)
	View(name string, now supervisor.Instant) (supervisor.View, bool)
	Views(now supervisor.Instant) []supervisor.View
	Why(name string, now supervisor.Instant) []supervisor.Link
	System() supervisor.System
	Check() error
}

// Birth makes a mind: supervisor.New, or something that wraps it.
type Birth func(set configs.Set, past []supervisor.Record, sys supervisor.System, now supervisor.Instant) (Mind, supervisor.Ready)

// Sane is the birth of the true core.
func Sane(set configs.Set, past []supervisor.Record, sys supervisor.System, now supervisor.Instant) (Mind, supervisor.Ready) {
	return supervisor.New(set, past, sys, now)
}

// World is everything around a mind: clock, kernel, files, requests.
type World struct {
	now    supervisor.Instant
	birth  Birth
	mind   Mind
	kernel *kernel
	pool   []news   // on their way to the server, in no order
	origin *process // of the event under way, where it comes from one
	disk   map[string]supervisor.Record
	system supervisor.System
	set    configs.Set // what the directories hold now
	manner func(name string, n int, oneshot bool) Manner
	lastID uint64
	ended  *supervisor.End

	standalone bool // the server itself is the parent: its link dies with it
	crashIn    int  // effects left until the crash; below 0: none is due
	rearm      int  // the same for its successor
	quick      bool // what it wanted born is born when it dies
	down       bool // the server is dead
	events     int  // that the server took
	doFirst    bool // a driver that does before it saves: to prove that it is noticed
	ackFirst   bool // a driver that acknowledges before it saves

	terse  bool    // the trace leaves out what a story's reader can do without
	oracle *oracle // nil: nobody watches
	trace  *strings.Builder
}

// start is when the server is first started: not 0, as 0 means "no instant".
const start = supervisor.Instant(1000e9)

func newWorld(birth Birth, set configs.Set) *World {
	return &World{
		now:     start,
		birth:   birth,
		kernel:  newKernel(),
		disk:    map[string]supervisor.Record{},
		set:     set,
		manner:  func(_ string, _ int, oneshot bool) Manner { return Docile(oneshot) },
		crashIn: -1,
		rearm:   -1,
	}
}

// note writes a line of the trace.
func (w *World) note(format string, args ...any) {
	if w.trace != nil {
		fmt.Fprintf(w.trace, format+"\n", args...)
	}
}

// boot brings the server up for the first time.
func (w *World) boot() {
	var ready supervisor.Ready
	w.mind, ready = w.birth(w.set, nil, supervisor.System{}, w.now)
	w.note("boot")
	w.took(nil, ready)
}

// give lets the server take an event. It says whether the event was acknowledged.
func (w *World) give(ev supervisor.Event) bool {
	w.note("%s %s%s", clock(w.now), eventText(ev), w.agoText(ev))
	if w.oracle != nil {
		w.oracle.before(ev)
	}
	w.events++
	ready := w.mind.Step(w.now, ev)
	return w.took(ev, ready)
}

// took carries out what a step came to: save, forget, do.
func (w *World) took(ev supervisor.Event, ready supervisor.Ready) bool {
	if w.oracle != nil {
		w.oracle.after(ev, ready)
	}
	for _, effect := range w.effects(ready) {
		if w.crashIn == 0 {
			w.crash()
			return false
		}
		w.crashIn = max(w.crashIn-1, -1)
		effect()
	}
	for _, c := range ready.Changed {
		w.note("    %s", changeText(c))
	}
	if w.oracle != nil {
		w.oracle.done()
	}
	if w.crashIn == 0 {
		w.crash() // all is done, but nothing acknowledged
		return false
	}
	w.crashIn = max(w.crashIn-1, -1)
	return true
}

// effects are the single effects of a step in their order.
func (w *World) effects(ready supervisor.Ready) []func() {
	var list []func()
	system := func() {
		w.system = *ready.System
		w.note("  save system %s", systemText(w.system))
	}
	if ready.System != nil && w.system.Booted {
		list = append(list, system)
	}
	for _, rec := range ready.Save {
		list = append(list, func() {
			rec.Left = slices.Clone(rec.Left)
			w.disk[rec.Name] = rec
			w.note("  save %s", recordText(rec))
		})
	}
	if ready.System != nil && !w.system.Booted {
		list = append(list, system) // it says that all records of the boot are there
	}
	for _, a := range ready.Do {
		if f, ok := a.(supervisor.Forget); ok {
			list = append(list, func() {
				delete(w.disk, f.Name)
				w.note("  forget %s", f.Name)
			})
		}
	}
	saves := len(list)
	for _, a := range ready.Do {
		if _, ok := a.(supervisor.Forget); !ok {
			list = append(list, func() { w.do(a) })
		}
	}
	if w.doFirst {
		list = slices.Concat(list[saves:], list[:saves])
	}
	return list
}

// do carries out one action.
func (w *World) do(a supervisor.Action) {
	w.note("  %s", actionText(a))
	switch a := a.(type) {
	case supervisor.Spawn:
		if w.oracle != nil {
			w.oracle.onFile(a)
		}
		w.kernel.births = append(w.kernel.births, a)
	case supervisor.Kill:
		w.kill(a)
	case supervisor.Await:
		w.kernel.awaits[run{a.Name, a.Gen}] = a
		w.awaited()
	case supervisor.Probe:
		b := &prober{next: w.now, every: max(a.Check.Interval, time.Second)}
		if a.Ready {
			b.next = w.now.Add(b.every)
		}
		w.kernel.probes[run{a.Name, a.Gen}] = b
	case supervisor.Unprobe:
		delete(w.kernel.probes, run{a.Name, a.Gen})
	case supervisor.Answer:
		if w.oracle != nil {
			w.oracle.answered(a)
		}
	case supervisor.End:
		w.ended = &a
	}
}

// kill sends a signal to the group that the action means, if it is still that one.
func (w *World) kill(a supervisor.Kill) {
	if w.oracle != nil {
		w.oracle.killed(a)
	}
	p := w.kernel.find(run{a.Name, a.Gen})
	if p == nil || p.pid != a.Pid || a.Ticks != 0 && p.ticks != a.Ticks || !p.group() {
		return
	}
	w.kernel.signal(p, a.Sig, w.now)
	w.fire()
}

// bear takes the oldest spawn that was asked for and forks, or fails.
func (w *World) bear() {
	a := w.kernel.births[0]
	w.kernel.births = w.kernel.births[1:]
	m := w.manner(a.Name, w.kernel.runs[a.Name], a.Spec.Oneshot)
	w.kernel.runs[a.Name]++
	pid, ok := w.kernel.free()
	if !ok {
		m.Unborn = "resource temporarily unavailable"
	}
	if m.Unborn != "" {
		if !w.terse {
			w.note("%s (fork of %s fails)", clock(w.now), a.Name)
		}
		w.post(supervisor.SpawnFailed{Name: a.Name, Gen: a.Gen, Why: m.Unborn}, nil)
		return
	}
	p := &process{
		run: run{a.Name, a.Gen}, spec: a.Spec, manner: m, pid: pid, ticks: w.kernel.ticks,
		leader: true, kids: m.Kids, wild: m.Wild, ends: never, kidsEnd: never, status: m.Status,
		launching: m.Orders, launches: after(w.now, m.Takes), born: w.now,
	}
	if !p.launching {
		p.ends = after(w.now, m.Lives)
	}
	w.kernel.ticks++
	w.kernel.procs = append(w.kernel.procs, p)
	w.kernel.ever[p.run] = p
	if !w.terse {
		w.note("%s (fork of %s: pid %d)", clock(w.now), a.Name, pid)
	}
	if w.oracle != nil {
		w.oracle.forked(p)
	}
	w.post(supervisor.Spawned{Name: a.Name, Gen: a.Gen, Pid: pid, Ticks: p.ticks, Launching: p.launching}, p)
}

// after is the instant so long from now; never, if it is below 0.
func after(now supervisor.Instant, d time.Duration) supervisor.Instant {
	if d < 0 {
		return never
	}
	return now.Add(d)
}

// launch ends the orders of a process: it executes its program, or cannot.
func (w *World) launch(p *process) {
	p.launching = false
	w.post(supervisor.Launched{Name: p.name, Gen: p.gen, Why: p.manner.Refused}, p)
	switch {
	case p.manner.Refused == "":
		p.ends = min(p.ends, after(w.now, p.manner.Lives))
	case !p.manner.Lingers:
		w.kernel.leaderEnds(p, supervisor.Status{Code: 126}, w.now)
	}
}

// news is an event on its way, and whose it is.
type news struct {
	ev supervisor.Event
	of *process // nil: of no process
}

// post sends an event to the server; if it is dead, nobody hears of it.
func (w *World) post(ev supervisor.Event, of *process) {
	if !w.down {
		w.pool = append(w.pool, news{ev, of})
	}
}

// awaited answers the awaits of groups that are gone.
func (w *World) awaited() {
	for _, r := range sortedRuns(w.kernel.awaits) {
		a := w.kernel.awaits[r]
		p := w.kernel.find(r)
		if p != nil && p.group() {
			continue
		}
		gone := supervisor.GroupGone{Name: r.name, Gen: r.gen}
		if p != nil && p.wild && a.Escaped {
			p.wild = p.manner.Bound
			if p.wild {
				gone.Left = []int{900}
			}
		}
		delete(w.kernel.awaits, r)
		if w.oracle != nil {
			w.oracle.gaveBack(a)
		}
		w.post(gone, p)
	}
	w.kernel.sweep()
}

// fire lets happen what is due by now.
func (w *World) fire() {
	for _, p := range slices.Clone(w.kernel.procs) {
		if p.kids && p.kidsEnd <= w.now {
			p.kids = false
		}
		if p.leader && p.ends <= w.now {
			w.note("%s (pid %d of %s ends: %s)", clock(w.now), p.pid, p.name, statusText(p.status))
			w.kernel.leaderEnds(p, p.status, w.now)
		}
		if p.leader && p.launching && p.launches <= w.now {
			w.launch(p)
		}
	}
	for _, r := range sortedRuns(w.kernel.probes) {
		b := w.kernel.probes[r]
		if p := w.kernel.find(r); b.next <= w.now && p != nil && p.leader {
			w.probe(p, b)
		}
	}
	w.awaited()
}

// probe posts one outcome.
func (w *World) probe(p *process, b *prober) {
	good := p.manner.Sick >= 0 && p.probes >= p.manner.Sick
	if p.manner.Falls > 0 && p.probes >= p.manner.Sick+p.manner.Falls {
		good = false
	}
	p.probes++
	b.next = w.now.Add(b.every)
	ev := supervisor.Probed{Name: p.name, Gen: p.gen}
	if !good {
		ev.Err = "connection refused"
		if p.spec.Health != nil && p.spec.Health.Type == configs.HealthNotify {
			ev.Err = "nothing was heard of it in time"
		}
	}
	w.post(ev, p)
}

// due is the next instant at which anything happens by itself.
func (w *World) due() (supervisor.Instant, bool) {
	at := w.kernel.next()
	if d, ok := w.mind.Deadline(); ok {
		at = min(at, d)
	}
	return at, at != never
}

// advance sets the clock.
func (w *World) advance(to supervisor.Instant) {
	if to > w.now {
		w.now = to
	}
	w.fire()
}
