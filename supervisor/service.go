package supervisor

import (
	"zinit/configs"
	"zinit/graph"
)

// service is one service in the core: its record, and what settle derives from
// the records of its neighbours.
type service struct {
	Record
	derived

	seen    face   // as its neighbours know it
	blocker string // whom it waited for last
	asks    []*ask // requests that wait for it
	watch   int    // index of the requirement that blocked it last: looked at first
	rescan  bool   // a requirement became hopeless, or is so no more: look at all
	queues  uint8  // that it is in
	touched bool   // in Core.touched
	asked   bool   // in Core.asking
}

// derived is what one look at a service and its neighbours yields.
type derived struct {
	mustStop bool       // may not go on running
	held     bool       // somebody that needs it still lives: no signal yet
	waits    ReasonKind // blocked: the root's reason; otherwise empty
	hopeless bool       // blocked, and without somebody's doing it will remain so
}

// face is what a service's neighbours can see of it.
type face struct {
	derived
	state             State
	up, wanted, later bool
	live, recovering  bool
	again, lost       bool
	unkillable, fresh bool
}

func (s *service) face() face {
	return face{
		derived:    s.derived,
		state:      s.State,
		up:         s.isUp(),
		wanted:     s.Up,
		later:      s.Until > 0,
		live:       s.live(),
		recovering: s.Recovering,
		again:      s.Again,
		lost:       s.lost(),
		unkillable: s.Unkillable,
		fresh:      s.fresh(),
	}
}

// ran is the definition that the live process was started with.
func (s *service) ran() *configs.Service {
	if s.Ran != nil {
		return s.Ran
	}
	return s.Spec
}

// broken says that there is no definition to run, only a bad file.
func (s *service) broken() bool { return s.Failure.Kind == FailConfig }

// live says that it has a process, or may have one; of a target, that it is up.
func (s *service) live() bool {
	return s.State == StateStarting || s.State == StateRunning || s.State == StateStopping
}

// groupGone says that the leader is dead and was the last of its group: what is
// still looked for has left it.
func (s *service) groupGone() bool { return s.Dead && s.Until == 0 }

// isUp says that those that require it may start, if what it requires itself is
// not about to go: a oneshot that has done its work stands for it while its own
// requirements are there, and is not run again when they are back.
func (s *service) isUp() bool {
	if s.ran().Oneshot {
		return s.State == StateExited && s.Done && s.Up
	}
	return s.State == StateRunning
}

// undone says that a oneshot has done its work, but what it requires is leaving:
// it does not stand for it any more.
func (s *service) undone() bool { return s.ran().Oneshot && s.isUp() && s.mustStop }

// leaving says that those that require it must not go on running: it is not up
// and no restart of its own will bring it back, or it is about to go.
func (s *service) leaving() bool {
	return s.mustStop || !s.isUp() && !s.Recovering
}

// lost says that it will not come up unless somebody does something.
func (s *service) lost() bool {
	switch s.State {
	case StateFailed, StateExited:
		return s.hopeless || !s.isUp() && !s.Again
	default:
		return !s.Up || s.hopeless
	}
}

// each calls f for the neighbours of one kind that are configured, until f says no.
func (c *Core) each(names []string, f func(*service) bool) {
	for _, name := range names {
		if n := c.svc[name]; n != nil && !f(n) {
			return
		}
	}
}

// mustStop says whether the service may not go on running: it is not wanted, is
// to be started anew, or a requirement is leaving.
func (c *Core) mustStop(s *service) bool {
	if !s.Up || s.Again {
		return true
	}
	for _, name := range c.graph.Out(s.Name, graph.Requires) {
		if r := c.svc[name]; r == nil || r.leaving() {
			return true
		}
	}
	return false
}

// held says whether somebody that needs the service still lives: itself, or
// through others that do not.
func (c *Core) held(s *service) bool {
	holds := func(d *service) bool {
		if d.live() {
			return !(d.Unkillable && c.sys.Goal != GoalRun)
		}
		return d.held
	}
	found := false
	look := func(d *service) bool {
		found = holds(d)
		return !found
	}
	c.each(c.graph.In(s.Name, graph.Requires), look)
	if !found && c.sys.Goal != GoalRun {
		c.each(c.graph.In(s.Name, graph.After), look)
	}
	return found
}
