package supervisor

import (
	"errors"
	"fmt"
)

// Check reports a broken invariant, as far as one state shows it: what spans more
// than one is checked by package sim. It costs a look at every service and is meant for tests.
func (c *Core) Check() error {
	var errs []error
	for _, name := range c.names() {
		s := c.svc[name]
		for _, law := range laws {
			if law.broken(c, s) {
				errs = append(errs, fmt.Errorf("%s: %s (%+v)", name, law.text, s.Record))
			}
		}
	}
	if cycles := c.graph.Cycles(); len(cycles) > 0 && !c.stale {
		errs = append(errs, fmt.Errorf("the graph has a cycle: %v", cycles[0].Ring))
	}
	if _, ok := c.dirty.pop(); ok {
		errs = append(errs, errors.New("a service has not been looked at"))
	}
	return errors.Join(errs...)
}

// laws is what holds of each service after every step.
var laws = []struct {
	text   string
	broken func(*Core, *service) bool
}{
	{"a process, or the hope for one, only in starting, running, stopping", func(_ *Core, s *service) bool {
		return s.Pid != 0 && (!s.live() || s.ran().Target)
	}},
	{"running has a process", func(_ *Core, s *service) bool {
		return s.State == StateRunning && s.Pid == 0 && !s.ran().Target
	}},
	{"only a stopping service has a dead leader", func(_ *Core, s *service) bool {
		return s.Dead && s.State != StateStopping
	}},
	{"only a living process that is starting or stopping is being launched", func(_ *Core, s *service) bool {
		return s.Launching && (s.Pid == 0 || s.Dead || s.State != StateStarting && s.State != StateStopping)
	}},
	{"a living leader is known by its pid", func(c *Core, s *service) bool {
		return s.Pid != 0 && !s.Dead && !c.owns(s)
	}},
	{"the deadline fits the state", func(_ *Core, s *service) bool { return !s.deadlineFits() }},
	{"a shutdown wants nothing", func(c *Core, s *service) bool { return c.sys.Goal != GoalRun && s.Up }},
	{"what follows from the neighbours is up to date", func(c *Core, s *service) bool { return !c.derivedHolds(s) }},
	{"no transition is due", func(c *Core, s *service) bool { return c.due(s) }},
}

func (c *Core) owns(s *service) bool {
	for _, o := range c.owners[s.Pid] {
		if o == s {
			return true
		}
	}
	return false
}

// deadlineFits is invariant 8.
func (s *service) deadlineFits() bool {
	switch s.State {
	case StateStarting:
		return (s.Until > 0) == (s.Spec.StartTimeout > 0) || s.Ran != nil
	case StateStopping:
		return s.Until > 0 || s.Dead
	case StateRunning:
		return s.Until == 0 || s.Spec.Oneshot
	case StateBlocked:
		return true
	default:
		return s.Until == 0
	}
}

// derivedHolds compares what was derived with what would be derived now. Which
// of several reasons is the first may differ, that there is one may not.
func (c *Core) derivedHolds(s *service) bool {
	kind, hopeless := ReasonKind(""), false
	if s.waitsForOthers() {
		for r := range c.reasons(s, 0) {
			kind, hopeless = r.Kind, hopeless || r.lost
		}
	}
	return s.mustStop == c.mustStop(s) && s.held == c.held(s) &&
		(s.waits != "") == (kind != "") && s.hopeless == hopeless
}

// due says whether act would do something.
func (c *Core) due(s *service) bool {
	switch s.State {
	case StateInactive:
		return s.Up || s.Removed
	case StateBlocked:
		return !s.Up || s.Removed || s.Again || s.waits == ""
	case StateStarting, StateRunning:
		return s.mustStop && !s.held
	case StateExited, StateFailed:
		return s.Removed || s.Again && s.Up
	default:
		return false
	}
}
