package supervisor

import (
	"zinit/graph"
)

// settle goes on until nothing changes any more. First, for all that may be
// concerned, what follows from their neighbours; only when that is at rest, one
// transition of one service; and again. So nothing is ever decided on half of the
// truth. The graph has no cycles, so it comes to an end.
func (c *Core) settle() {
	for most := 1000 * (len(c.svc) + 1000); ; most-- {
		if most == 0 {
			panic("supervisor: the services do not come to rest")
		}
		if s, ok := c.dirty.pop(); ok {
			c.look(s)
			continue
		}
		s, ok := c.looked.pop()
		if !ok {
			return
		}
		if c.svc[s.Name] == s {
			c.act(s)
		}
	}
}

// look brings up to date what follows from a service's neighbours, and has them
// looked at if they can see a difference.
func (c *Core) look(s *service) {
	if c.svc[s.Name] != s {
		return
	}
	c.derive(s)
	c.looked.push(s)
	before, after := s.seen, s.face()
	if after != before {
		s.seen = after
		c.neighbours(s, after.lost || before.lost)
		c.wake(s)
	}
}

// derive computes what follows from the neighbours.
func (c *Core) derive(s *service) {
	s.mustStop = c.mustStop(s)
	s.held = c.held(s)
	s.waits, s.hopeless = c.waiting(s)
	if s.Recovering && s.mustStop {
		s.Recovering = false
		c.touch(s)
	}
}

// neighbours has everybody looked at who can see the service. rescan says that
// it is, or was, a reason that does not go away by itself.
func (c *Core) neighbours(s *service, rescan bool) {
	push := func(n *service) bool {
		n.rescan = n.rescan || rescan
		c.dirty.push(n)
		return true
	}
	c.each(c.graph.In(s.Name, graph.Requires), push)
	rescan = true // an ordering or a conflict may be a reason now that was none before
	c.each(c.graph.In(s.Name, graph.After), push)
	c.each(c.graph.In(s.Name, graph.Conflicts), push)
	c.each(c.graph.Out(s.Name, graph.Requires), push)
	if c.sys.Goal != GoalRun {
		c.each(c.graph.Out(s.Name, graph.After), push)
	}
}

// act makes the one transition that is due, if one is. What is stopping only
// events bring further.
func (c *Core) act(s *service) {
	switch s.State {
	case StateInactive, StateBlocked:
		c.rise(s)
	case StateStarting, StateRunning:
		c.fall(s)
	case StateExited, StateFailed:
		c.rest(s)
	}
}

// rise starts a service that may run, and lets one that is not wanted be.
func (c *Core) rise(s *service) {
	switch {
	case s.Removed:
		c.drop(s, s.Wish)
	case !s.Up && s.State == StateBlocked:
		c.quiet(s)
		c.to(s, StateInactive, c.whyDown(s))
	case !s.Up: // at rest
	case s.Again:
		s.Again = false
		c.touch(s)
	case s.waits == "" && s.Spec.Target:
		c.to(s, StateRunning, c.whyUp(s))
		c.ready(s)
	case s.waits == "":
		c.spawn(s)
	case s.State == StateInactive:
		c.to(s, StateBlocked, c.whyUp(s))
	}
}

// fall takes a service down that may not go on running.
func (c *Core) fall(s *service) {
	switch {
	case s.ran().Target:
		c.fallTarget(s)
	case s.mustStop && !s.held:
		c.stop(s, c.whyDown(s))
	}
}

// fallTarget takes down a target that is not wanted, or not whole any more.
func (c *Core) fallTarget(s *service) {
	switch {
	case s.mustStop && s.held: // not yet
	case s.mustStop && !s.Up:
		s.Ran = nil
		c.to(s, StateInactive, c.whyDown(s))
	case s.mustStop:
		s.Again, s.Ran = false, nil
		c.to(s, StateBlocked, c.whyDown(s))
	case s.waits != "":
		// A requirement is between a crash and its restart: so is the target.
		s.Recovering = true
		c.to(s, StateBlocked, c.whyDown(s))
	}
}

// rest takes a service that has ended further, if it is to be dropped or run again.
func (c *Core) rest(s *service) {
	switch {
	case s.Removed:
		c.drop(s, s.Wish)
	case s.Again && s.Up:
		s.Again = false
		c.to(s, StateBlocked, c.whyUp(s))
	}
}

// to makes a transition.
func (c *Core) to(s *service, state State, why Cause) {
	change := Change{At: c.now, Name: s.Name, From: s.State, To: state, Cause: why}
	c.out.Changed = append(c.out.Changed, change)
	s.State, s.Since, s.Cause = state, c.now, why
	s.rescan = true
	c.touch(s)
}

// quiet takes away a service's deadline and what only made sense with it.
func (c *Core) quiet(s *service) {
	s.Recovering = false
	c.until(s, 0)
}

// whyDown is the cause of going down: the service itself is not wanted, or the
// first requirement that is leaving.
func (c *Core) whyDown(s *service) Cause {
	if !s.Up || s.Again {
		return s.Wish
	}
	for _, name := range c.graph.Out(s.Name, graph.Requires) {
		if r := c.svc[name]; r == nil || r.leaving() || !r.isUp() {
			return Cause{Kind: CauseDependency, Service: name}
		}
	}
	return s.Wish
}

// whyUp is the cause of a start: what it waited for last, or the wish.
func (c *Core) whyUp(s *service) Cause {
	switch {
	case s.State == StateInactive || s.blocker == "":
		return s.Wish
	case s.blocker == s.Name:
		return Cause{Kind: CauseTimer, Text: "restart delay over"}
	default:
		return Cause{Kind: CauseDependency, Service: s.blocker}
	}
}
