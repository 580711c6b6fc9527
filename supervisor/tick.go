package supervisor

import "time"

// tick acts on every deadline that has passed.
func (c *Core) tick() {
	for {
		s, ok := c.timers.due(c.now)
		if !ok {
			return
		}
		c.expired(s)
		c.dirty.push(s)
	}
}

// expired acts on the deadline of one service.
func (c *Core) expired(s *service) {
	switch s.State {
	case StateStarting, StateRunning:
		s.Failure = Failure{Kind: FailStart, Message: s.unready()}
		s.ByPolicy = true
		c.until(s, 0)
		c.stop(s, Cause{Kind: CauseTimer, Text: "start timeout"})
	case StateStopping:
		c.escalate(s)
	default:
		c.until(s, 0)
	}
}

// unready is what is known of why a service is not ready.
func (s *service) unready() string {
	if s.Launching {
		return "its program was not executed yet"
	}
	return s.ProbeError
}

// escalate sends SIGKILL, and again, ever more seldom, when that has not helped.
// One that is not born yet has nobody to be signalled: it gets its signal at birth.
func (c *Core) escalate(s *service) {
	if s.Killed || s.Pid == 0 || s.ran().StopTimeout == 0 {
		s.Unkillable = true
		wait := max(killGrace, min(c.now.Sub(s.Since), killGraceMax))
		c.until(s, c.now.Add(wait))
	} else {
		s.Killed = true
		c.until(s, c.now.Add(killGrace))
	}
	c.kill(s, sigKill, false)
	c.wake(s)
}

// seconds is a duration for people: rounded to what matters.
func seconds(d time.Duration) string {
	if d < time.Second {
		return d.Round(time.Millisecond).String()
	}
	return d.Round(100 * time.Millisecond).String()
}
