package sim

import (
	"fmt"
	"slices"
	"time"

	"zinit/configs"
	"zinit/supervisor"
)

// Violation is a broken invariant: its number in the package comment, or 0 for
// what the core itself found (its Check, a panic).
type Violation struct {
	Number int
	Text   string
}

// Error is the violation in a line.
func (v *Violation) Error() string { return fmt.Sprintf("invariant %d: %s", v.Number, v.Text) }

// track is what the oracle has seen of a service.
type track struct {
	gen      uint64             // the last that was spawned
	stopped  bool               // somebody stopped it and nobody wanted it since
	wished   bool               // somebody wished something of it since its last birth
	done     bool               // a oneshot: it has succeeded, and nobody wished it again
	policy   bool               // its last end is the restart policy's business
	auto     bool               // its last birth was decided by the restart policy
	born     supervisor.Instant // its last birth but the one to come
	ended    supervisor.Instant // when that end was, or was heard of, if nobody told when it was
	wait     time.Duration      // the gap that this makes necessary
	row      int                // automatic restarts in a row
	ready    supervisor.Instant // when it became ready last
	asked    supervisor.Instant // first stop signal to this incarnation; 0: none
	told     supervisor.Instant // the last such signal
	killed   bool               // it got SIGKILL from the server
	gone     bool               // the server was told that the group is gone
	extended supervisor.Instant // it asked for time until then
	orders   bool               // its process was told to be launching, and nothing more
	greeted  bool               // it was heard that it is ready, whatever else was heard of it
	stuck    bool               // it was held to be unkillable, or unborn for too long: nobody waits for it
}

// request is one that waits for its answer.
type request struct {
	ev  supervisor.Event
	gen uint64 // of the service when it was asked
}

// oracle watches a world.
type oracle struct {
	w      *World
	found  *Violation
	tracks map[string]*track
	open   map[uint64]request
	was    map[string]supervisor.View
	now    map[string]supervisor.View // views after the step
	goal   supervisor.Goal
	early  map[string]bool // what was stopping already when the shutdown came
	extra  time.Duration   // by which services asked to have their deadlines put off
	ended  bool
}

func newOracle(w *World) *oracle {
	return &oracle{
		w:      w,
		tracks: map[string]*track{},
		open:   map[uint64]request{},
		now:    map[string]supervisor.View{},
		early:  map[string]bool{},
	}
}

// fail keeps the first violation.
func (o *oracle) fail(number int, format string, args ...any) {
	if o.found == nil {
		o.found = &Violation{number, fmt.Sprintf(format, args...)}
		o.w.note("!!!! %v", o.found)
	}
}

func (o *oracle) track(name string) *track {
	t := o.tracks[name]
	if t == nil {
		t = &track{wished: true}
		o.tracks[name] = t
	}
	return t
}

// views are those of the mind, by name.
func (o *oracle) views() map[string]supervisor.View {
	all := map[string]supervisor.View{}
	for _, v := range o.w.mind.Views(o.w.now) {
		all[v.Name] = v
	}
	return all
}

// before notes how things stand, and a request.
func (o *oracle) before(ev supervisor.Event) {
	o.was = o.now
	if w, name, ok := wishOf(ev); ok && w.ID != 0 {
		o.open[w.ID] = request{ev, o.was[name].Gen}
	}
	if c, ok := ev.(supervisor.Cancel); ok {
		delete(o.open, c.ID)
	}
}

// wishOf is what all wishes have in common, and the service, if it is about one.
func wishOf(ev supervisor.Event) (w supervisor.Wish, name string, ok bool) {
	switch ev := ev.(type) {
	case supervisor.Start:
		return ev.Wish, ev.Name, true
	case supervisor.Stop:
		return ev.Wish, ev.Name, true
	case supervisor.RestartService:
		return ev.Wish, ev.Name, true
	case supervisor.Signal:
		return ev.Wish, ev.Name, true
	case supervisor.StartAll:
		return ev.Wish, "", true
	case supervisor.StopAll:
		return ev.Wish, "", true
	case supervisor.DeleteAll:
		return ev.Wish, "", true
	case supervisor.Reload:
		return ev.Wish, "", true
	case supervisor.Add:
		return ev.Wish, ev.Service.Name, true
	case supervisor.Remove:
		return ev.Wish, ev.Name, true
	case supervisor.Shutdown:
		return ev.Wish, "", true
	}
	return supervisor.Wish{}, "", false
}

// after looks at a step: what the mind has decided, before any of it is done.
func (o *oracle) after(ev supervisor.Event, ready supervisor.Ready) {
	o.now = o.views()
	if err := o.w.mind.Check(); err != nil {
		o.fail(0, "Check: %v", err)
	}
	if o.ended {
		if len(ready.Do)+len(ready.Save) > 0 {
			o.fail(20, "after the end: %s", readyText(ready))
		}
		return
	}
	o.wishes(ev, ready)
	o.says(ev, ready)
	o.ends(ev, ready)
	o.changes(ev, ready)
	o.acyclic()
	for _, a := range ready.Do {
		switch a := a.(type) {
		case supervisor.Spawn:
			o.spawn(a)
		case supervisor.End:
			o.end()
		}
	}
	for _, name := range o.sorted() {
		o.standing(o.now[name])
	}
	o.deadlines(ev)
	o.files(ev, ready)
}

func (o *oracle) sorted() []string {
	list := make([]string, 0, len(o.now))
	for name := range o.now {
		list = append(list, name)
	}
	slices.Sort(list)
	return list
}

func readyText(r supervisor.Ready) string {
	text := ""
	for _, a := range r.Do {
		text += actionText(a) + "; "
	}
	for _, rec := range r.Save {
		text += "save " + recordText(rec) + "; "
	}
	return text
}

// silence says that an event must have had no effect.
func (o *oracle) silence(number int, ev supervisor.Event, ready supervisor.Ready) {
	if len(ready.Save)+len(ready.Do)+len(ready.Changed) > 0 || ready.System != nil {
		o.fail(number, "%s changed something: %s", eventText(ev), readyText(ready))
	}
}

// done looks at the world after a step was carried out: invariants 2 and 3.
func (o *oracle) done() {
	lives := map[string]int{}
	for _, p := range o.w.kernel.procs {
		if p.group() {
			lives[p.name]++
		}
	}
	for name, n := range lives {
		if n > 1 {
			o.fail(3, "%s has %d incarnations", name, n)
		}
		for _, other := range o.conflicts(name) {
			if lives[other] > 0 && other != name {
				o.fail(2, "%s and %s both live", name, other)
			}
		}
	}
}

// conflicts are the names that a service's present definition and theirs exclude.
func (o *oracle) conflicts(name string) []string {
	var found []string
	for _, v := range o.now {
		if v.Spec == nil || o.now[name].Spec == nil {
			continue
		}
		if slices.Contains(v.Spec.Conflicts, name) || slices.Contains(o.now[name].Spec.Conflicts, v.Name) {
			found = append(found, v.Name)
		}
	}
	slices.Sort(found)
	return found
}

// forked sees a birth in the world.
func (o *oracle) forked(p *process) {
	for _, other := range o.w.kernel.living(p.name) {
		if other != p {
			o.fail(3, "%s is born while its incarnation %d lives", p.name, other.gen)
		}
	}
	t := o.track(p.name)
	if gap := p.born.Sub(t.born); t.auto && t.gen == p.gen && t.born != 0 && p.spec.RestartDelay == 0 && gap < floorGap {
		o.fail(9, "%s is born %v after its last birth", p.name, gap)
	}
	t.born = p.born
}

// floorGap is the least time between two births of a service without a delay.
const floorGap = 100 * time.Millisecond

// acyclic is invariant 19.
func (o *oracle) acyclic() {
	const open, closed = 1, 2
	seen := map[string]int{}
	var visit func(name string) bool
	visit = func(name string) bool {
		v, ok := o.now[name]
		if !ok || v.Spec == nil || seen[name] == closed {
			return true
		}
		if seen[name] == open {
			return false
		}
		seen[name] = open
		for _, next := range slices.Concat(v.Spec.Requires, v.Spec.After) {
			if !visit(next) {
				return false
			}
		}
		seen[name] = closed
		return true
	}
	for _, name := range o.sorted() {
		if !visit(name) {
			o.fail(19, "%s is in a cycle", name)
		}
	}
}

// definition is what is in force for a service.
func (o *oracle) definition(name string) *configs.Service { return o.now[name].Spec }
