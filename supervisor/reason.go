package supervisor

import "zinit/graph"

// reason is why a service may not start: a [Reason], and whether it will stay
// until somebody does something.
type reason struct {
	Reason
	lost bool
}

// waiting is the reason that decides whether the service may start: a hopeless
// one if there is any, else the first. It is kept cheap for a service that
// requires thousands: the requirement that blocked last time is asked first, and
// all are asked only if one of them became hopeless or is so no more.
func (c *Core) waiting(s *service) (kind ReasonKind, hopeless bool) {
	if !s.waitsForOthers() {
		return "", false
	}
	all := s.rescan || s.hopeless
	var found *reason
	for r := range c.reasons(s, s.watch) {
		if found == nil || r.lost {
			found = &r
		}
		if r.lost || !all {
			break
		}
	}
	s.rescan = false
	if found == nil {
		return "", false
	}
	s.blocker = found.Service
	c.watch(s)
	return found.Kind, found.lost
}

// waitsForOthers says whether reasons matter to the service in its state. Without
// a process of their own, a target and a finished oneshot are up only as long as
// what they require is.
func (s *service) waitsForOthers() bool {
	switch s.State {
	case StateInactive, StateBlocked:
		return s.Up
	default:
		return s.isUp() && (s.ran().Target || s.ran().Oneshot)
	}
}

// watch remembers which requirement is the blocker.
func (c *Core) watch(s *service) {
	required := c.graph.Out(s.Name, graph.Requires)
	for i := range required {
		at := (s.watch + i) % len(required)
		if required[at] == s.blocker {
			s.watch = at
			return
		}
	}
}

// reasons yields all reasons why a service may not start, the requirements first
// and of these the one at index first.
func (c *Core) reasons(s *service, first int) func(yield func(reason) bool) {
	return func(yield func(reason) bool) {
		required := c.graph.Out(s.Name, graph.Requires)
		for i := range required {
			name := required[(first+i)%len(required)]
			if r, ok := c.required(name); ok && !yield(r) {
				return
			}
		}
		if s.isUp() {
			return // it has started: no more than that matters
		}
		for _, name := range c.graph.Out(s.Name, graph.Conflicts) {
			if r, ok := c.conflict(s, name); ok && !yield(r) {
				return
			}
		}
		for _, name := range c.graph.Out(s.Name, graph.After) {
			if r, ok := c.after(name); ok && !yield(r) {
				return
			}
		}
		if s.Until > 0 { // until the tick that takes it away
			yield(reason{Reason{Service: s.Name, Kind: ReasonRestartDelay}, false})
		}
	}
}

// required says why a requirement is not there.
func (c *Core) required(name string) (reason, bool) {
	r := c.svc[name]
	if r == nil || r.Removed && !r.live() {
		return reason{Reason{Service: name, Kind: ReasonMissing}, true}, true
	}
	if r.isUp() && !r.mustStop {
		return reason{}, false
	}
	return reason{Reason{Service: name, Kind: r.notUp()}, r.lost()}, true
}

// notUp is what is the matter with a service that is not up, or about to go.
func (s *service) notUp() ReasonKind {
	switch s.State {
	case StateFailed:
		return ReasonFailed
	case StateStopping:
		return ReasonStopping
	case StateStarting, StateRunning:
		if s.mustStop {
			return ReasonStopping
		}
		return ReasonStarting
	case StateBlocked:
		return s.root()
	case StateExited:
		if s.isUp() {
			return s.root()
		}
		return ReasonInactive
	default:
		if s.Up {
			return ReasonStarting
		}
		return ReasonInactive
	}
}

// root is the reason at the root of a blocked service's state.
func (s *service) root() ReasonKind {
	switch {
	case !s.Up:
		return ReasonInactive
	case s.waits == "":
		return ReasonStarting
	default:
		return s.waits
	}
}

// after says whether an ordering has to be waited for: somebody that is wanted
// and has neither come up nor ended.
func (c *Core) after(name string) (reason, bool) {
	a := c.svc[name]
	if a == nil || !a.Up || a.isUp() && !a.mustStop {
		return reason{}, false
	}
	if (a.State == StateExited || a.State == StateFailed) && !a.Again {
		return reason{}, false
	}
	return reason{Reason{Service: name, Kind: ReasonAfter}, a.lost()}, true
}

// conflict says whether a conflicting service is in the way: it lives, or it has
// the precedence at boot.
func (c *Core) conflict(s *service, name string) (reason, bool) {
	o := c.svc[name]
	if o == nil || o == s {
		return reason{}, false
	}
	if o.live() {
		going := o.State == StateStopping && !o.Up
		return reason{Reason{Service: name, Kind: ReasonConflict}, !going}, true
	}
	return reason{Reason{Service: name, Kind: ReasonConflict}, false}, c.precedes(o, s)
}

// precedes says that s is to be let first of two in conflict: both are being
// started by the boot, its name sorts first, and all that it needs may yet come.
// It must not depend on what follows from other itself being held back.
func (c *Core) precedes(s, other *service) bool {
	if s.Name >= other.Name || !s.fresh() || !other.fresh() || s.hopeless {
		return false
	}
	for name := range c.graph.Closure([]string{s.Name}, true, graph.Requires, graph.After) {
		if name == other.Name {
			return false
		}
	}
	return true
}

// fresh says that the boot is still about to start the service.
func (s *service) fresh() bool {
	waiting := s.State == StateInactive || s.State == StateBlocked
	return waiting && s.Up && s.Born == 0 && s.Wish.Kind == CauseBoot
}
