package supervisor

import "time"

// extendMax bounds by how much a service may put off a deadline of its own.
const extendMax = 365 * 24 * time.Hour

// notified takes in what a service says of itself.
func (c *Core) notified(ev Notified) {
	s := c.svc[ev.Name]
	if s == nil || s.Gen != ev.Gen || !s.live() || s.ran().Target {
		return
	}
	said := s.Said
	if ev.Status != nil {
		said.Status = oneLine(*ev.Status)
	}
	if ev.Main > 0 {
		said.Main = ev.Main
	}
	if ev.Phase != "" {
		said.Phase = ev.Phase
	}
	if said != s.Said {
		s.Said = said
		c.touch(s)
	}
	c.extend(s, ev.Extend)
}

// extend gives a start or a stop more time, if its time is limited. After SIGKILL
// the deadline is not the service's any more, and a shutdown ends when it has to.
func (c *Core) extend(s *service, by time.Duration) {
	if c.sys.Goal != GoalRun {
		return
	}
	killed := s.State == StateStopping && (s.Killed || s.Unkillable || s.ran().StopTimeout == 0)
	at := c.now.Add(min(by, extendMax))
	if by > 0 && s.Until > 0 && at > s.Until && !killed {
		c.until(s, at)
	}
}
