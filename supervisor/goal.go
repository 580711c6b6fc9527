package supervisor

// shutdown wants everything down. Only the first one counts.
func (c *Core) shutdown(ev Shutdown) {
	if c.sys.Goal == GoalRun {
		c.sys.Goal, c.sys.Code = ev.Goal, ev.Code
		if c.sys.Goal == GoalRun {
			c.sys.Goal = GoalExit
		}
		c.saveSystem()
		c.lowerAll(Cause{Kind: CauseShutdown, By: ev.By})
	}
	c.done(ev.Wish, nil)
}

// lowerAll takes every wish for a service away, for good.
func (c *Core) lowerAll(why Cause) {
	for _, name := range c.names() {
		s := c.svc[name]
		if s.Up || s.live() {
			c.lower(s, why)
		}
		if s.State == StateStopping && !s.Killed && s.Until > 0 { // a shutdown grants no extension
			c.until(s, min(s.Until, c.now.Add(max(s.ran().StopTimeout, killGrace))))
		}
		c.dirty.push(s) // the orderings count from now on
		c.wake(s)
	}
}

// end says that the shutdown is complete, once nothing lives any more but what
// nothing can end.
func (c *Core) end() {
	if c.sys.Goal == GoalRun || c.ended {
		return
	}
	for _, s := range c.svc {
		if s.live() && !s.Unkillable {
			return
		}
	}
	c.ended = true
	c.do(End{Goal: c.sys.Goal, Code: c.sys.Code})
}

// giveUp tells that a critical service has failed for good.
func (c *Core) giveUp(s *service) {
	if s.Spec.Critical && c.sys.Goal == GoalRun {
		c.do(GiveUp{Name: s.Name, Code: s.Failure.code()})
	}
}

// code is the failure as an exit code, the shell's way.
func (f Failure) code() int {
	switch {
	case f.Kind == FailExitCode && f.Code != 0:
		return f.Code
	case f.Kind == FailSignal:
		return 128 + f.Signal
	default:
		return 1
	}
}
