package supervisor

import (
	"maps"
	"slices"

	"zinit/configs"
	"zinit/graph"
)

// Core is the supervisor's mind: what is wanted, what is, and what is to be done
// about it. One goroutine owns it; it never blocks and never looks at a clock.
type Core struct {
	now    Instant // of the step under way
	sys    System
	svc    map[string]*service
	graph  *graph.Graph       // over the definitions in force
	owners map[int][]*service // live leaders by pid; a number may be reused before its exit is heard of
	timers timers
	dirty  queue // services that settle has to look at
	looked queue // services that may have a transition to make
	ended  bool  // End was given out
	stale  bool  // the graph has edges of services that were dropped

	warnings []configs.Problem // of the configuration that was read last

	out     Ready
	touched []*service // to be saved, in order
	asking  []*service // with requests to be looked at
}

// New makes a core. With a zero sys it is the first boot: the services of set
// are loaded and those with status = "start" are wanted. With sys.Booted it is a
// recovery: past holds the definitions in force and set is asked only for the
// services whose record is damaged. A record that is starting without a pid is
// an intent whose process does not exist; one with a pid is believed to live
// until an Exited says otherwise.
func New(set configs.Set, past []Record, sys System, now Instant) (*Core, Ready) {
	c := &Core{
		now:    now,
		sys:    sys,
		svc:    map[string]*service{},
		owners: map[int][]*service{},
		dirty:  queue{bit: 1},
		looked: queue{bit: 2},
	}
	if sys.Booted {
		c.recover(set, past)
	} else {
		c.boot(set)
	}
	return c, c.finish()
}

// boot loads a set into an empty core and wants what is to be started.
func (c *Core) boot(set configs.Set) {
	c.sys.Booted = true
	c.saveSystem()
	why := Cause{Kind: CauseBoot}
	for _, spec := range set.Services {
		c.insert(spec, spec.Status == configs.StatusStart && set.Target == "", why)
	}
	c.refuse(set.Problems)
	c.warnings = set.Warnings
	c.relink()
	if target := c.svc[set.Target]; target != nil {
		c.startTree(target, false, why)
	}
}

// Step takes one event and says what is to be saved, done and told. It never
// fails and never blocks; an event that comes at the wrong time changes nothing,
// and so does any that comes after the end.
func (c *Core) Step(now Instant, ev Event) Ready {
	if c.ended {
		return Ready{}
	}
	c.now = max(c.now, now)
	switch ev := ev.(type) {
	case Spawned:
		c.spawned(ev)
	case SpawnFailed:
		c.spawnFailed(ev)
	case Exited:
		c.exited(ev)
	case Launched:
		c.launched(ev)
	case Notified:
		c.notified(ev)
	case GroupGone:
		c.groupGone(ev)
	case Probed:
		c.probeDone(ev)
	case Tick:
		c.tick()
	case Cancel:
		c.cancel(ev.ID)
	default:
		c.wish(ev)
	}
	return c.finish()
}

// finish settles everything and hands out what the step came to.
func (c *Core) finish() Ready {
	c.settle()
	c.answer()
	c.end()
	out := c.out
	out.Save = slices.Grow(out.Save, len(c.touched))
	for _, s := range c.touched {
		s.touched = false
		if c.svc[s.Name] == s {
			out.Save = append(out.Save, s.Record)
		}
	}
	c.touched = c.touched[:0]
	c.out = Ready{}
	return out
}

// Deadline is the next instant at which a Tick is due, if there is one.
func (c *Core) Deadline() (Instant, bool) { return c.timers.next() }

// System is what is wanted of the whole.
func (c *Core) System() System { return c.sys }

// Warnings is what is odd about the configuration as it was read last; after a
// recovery there are none until the next reload.
func (c *Core) Warnings() []configs.Problem { return c.warnings }

// insert adds a service that was not there before.
func (c *Core) insert(spec *configs.Service, up bool, why Cause) *service {
	s := &service{Record: Record{
		Name:  spec.Name,
		Spec:  spec,
		Up:    up,
		Gen:   c.sys.Gen,
		State: StateInactive,
		Since: c.now,
		Cause: why,
		Wish:  why,
	}}
	c.svc[s.Name] = s
	c.out.Changed = append(c.out.Changed, Change{At: c.now, Name: s.Name, To: s.State, Cause: why})
	c.touch(s)
	return s
}

// drop forgets a service that has no process.
func (c *Core) drop(s *service, why Cause) {
	delete(c.svc, s.Name)
	c.out.Changed = append(c.out.Changed, Change{At: c.now, Name: s.Name, From: s.State, Cause: why})
	s.Until = 0
	if s.Gen > c.sys.Gen {
		c.sys.Gen = s.Gen
		c.saveSystem()
	}
	c.do(Forget{Name: s.Name})
	c.stale = true
	c.neighbours(s, true)
	c.wake(s)
}

// relink builds the graph anew and has every service looked at: any edge may be
// another one now.
func (c *Core) relink() {
	c.stale = false
	c.graph = c.link(true)
	if len(c.graph.Cycles()) > 0 {
		// What is being removed may close a ring with what is new, and then does not
		// count: it has to go whatever it needed.
		c.graph = c.link(false)
	}
	for _, name := range slices.Sorted(maps.Keys(c.svc)) {
		s := c.svc[name]
		s.rescan = true
		c.dirty.push(s)
	}
}

// link is the graph of the definitions in force; going: with what those need that
// are being removed.
func (c *Core) link(going bool) *graph.Graph {
	return graph.New(func(yield func(graph.Node) bool) {
		for _, s := range c.svc {
			node := s.Spec.Node()
			if s.Removed && !going {
				node = graph.Node{Name: s.Name}
			}
			if !yield(node) {
				return
			}
		}
	})
}

// touch has the service looked at, and its record saved at the end of the step.
func (c *Core) touch(s *service) {
	c.dirty.push(s)
	if !s.touched {
		s.touched = true
		c.touched = append(c.touched, s)
	}
}

// saveSystem has the system's record saved.
func (c *Core) saveSystem() {
	sys := c.sys
	c.out.System = &sys
}

// do adds an action.
func (c *Core) do(a Action) { c.out.Do = append(c.out.Do, a) }
