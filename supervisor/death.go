package supervisor

import (
	"slices"
	"time"

	"zinit/configs"
)

// killGrace is how long a SIGKILL may take to show before it is said that the
// process cannot be killed. It is then repeated, ever more seldom.
const (
	killGrace    = time.Second
	killGraceMax = time.Minute
)

// floorGap is the least time between two starts of a service with no delay: a
// service that dies at once is started ten times a second at most.
const floorGap = 100 * time.Millisecond

// sigKill is SIGKILL, the one signal the core itself knows: signal(7).
const sigKill = 9

// stop begins the end of a living incarnation.
func (c *Core) stop(s *service, why Cause) {
	c.unprobe(s)
	c.stable(s)
	c.to(s, StateStopping, why)
	s.Recovering = s.ByPolicy && !s.mustStop && c.willRestart(s, false)
	c.signalStop(s)
}

// signalStop sends the stop signal and sets the time after which SIGKILL follows.
// An incarnation that is not born yet gets it at its birth.
func (c *Core) signalStop(s *service) {
	s.Killed, s.Unkillable = false, false
	spec := s.ran()
	if spec.StopTimeout == 0 {
		c.until(s, c.now.Add(killGrace))
		c.kill(s, sigKill, false)
		return
	}
	c.until(s, c.now.Add(spec.StopTimeout))
	c.kill(s, int(spec.StopSignal), true)
}

// kill sends a signal to the process group, if there is one.
func (c *Core) kill(s *service, sig int, cont bool) {
	if s.Pid != 0 {
		c.do(Kill{Name: s.Name, Gen: s.Gen, Pid: s.Pid, Ticks: s.Ticks, Sig: sig, Cont: cont})
	}
}

// exited takes in the death of a group's leader. A pid that belongs to nobody, or
// no longer, falls to the floor: that is how a repeated message is ignored.
func (c *Core) exited(ev Exited) {
	s := c.disown(ev.Pid, ev.Ticks)
	if s == nil {
		return
	}
	s.Last, s.Ended, s.Dead = ev.Status, true, true
	c.touch(s)
	if s.State == StateStopping {
		c.leaderGone(s, ev)
		return
	}
	c.unprobe(s)
	c.stable(s)
	s.ByPolicy = true
	why := Cause{Kind: CauseExit, Text: ev.Status.String()}
	if !ev.Left {
		c.over(s, why)
		return
	}
	c.to(s, StateStopping, why)
	s.Recovering = !s.mustStop && c.willRestart(s, s.Last.Success())
	c.signalStop(s)
	c.do(Await{Name: s.Name, Gen: s.Gen, Pid: s.Pid})
}

// leaderGone goes on with a stop whose leader is dead: the rest of the group has
// the rest of the time, and nobody may have escaped.
func (c *Core) leaderGone(s *service, ev Exited) {
	if ev.Gone {
		c.over(s, Cause{Kind: CauseExit, Text: s.Last.String()})
		return
	}
	if !ev.Left {
		c.until(s, 0)
	}
	c.do(Await{Name: s.Name, Gen: s.Gen, Pid: s.Pid, Escaped: true})
}

// disown finds whose leader a dead pid was. The number may have been given out
// again before its first owner's death was heard of: the oldest is meant, unless
// the teller knows better.
func (c *Core) disown(pid int, ticks uint64) *service {
	owners := c.owners[pid]
	for i, s := range owners {
		if ticks == 0 || ticks == s.Ticks {
			c.owners[pid] = slices.Delete(owners, i, i+1)
			if len(c.owners[pid]) == 0 {
				delete(c.owners, pid)
			}
			return s
		}
	}
	return nil
}

// groupGone takes in that nothing of an incarnation is left.
func (c *Core) groupGone(ev GroupGone) {
	s := c.svc[ev.Name]
	if s == nil || s.Gen != ev.Gen || s.State != StateStopping || !s.Dead {
		return
	}
	s.Left = ev.Left
	c.over(s, Cause{Kind: CauseExit, Text: s.Last.String()})
}

// over ends an incarnation of which nothing is left.
func (c *Core) over(s *service, why Cause) {
	s.Pid, s.Ticks, s.Dead, s.ReadyAt = 0, 0, false, 0
	s.Ran = nil
	c.until(s, 0)
	if s.ByPolicy && s.Up {
		c.policy(s, why)
		return
	}
	c.stopped(s, why)
}

// stopped ends an incarnation that was told to stop. It is wanted all the same
// when it is to start again, now or when its requirements are back.
func (c *Core) stopped(s *service, why Cause) {
	s.Failure = Failure{}
	if s.Killed {
		s.Failure = Failure{Kind: FailStop}
	}
	s.Restarts, s.Recovering, s.Done = 0, false, false
	switch {
	case !s.Up:
		c.to(s, StateExited, s.Wish)
	case s.State == StateStopping:
		c.to(s, StateBlocked, s.Cause) // what stopped it, not how it ended
	default:
		c.to(s, StateBlocked, why)
	}
}

// policy ends an incarnation that ended by itself, or by its own fault.
func (c *Core) policy(s *service, why Cause) {
	if s.Failure.Kind == "" {
		s.Failure = s.Last.failure()
	}
	success := s.Failure.Kind == ""
	switch {
	case s.Again:
		s.Restarts, s.Recovering = 0, false
		c.to(s, StateBlocked, why)
	case c.willRestart(s, success):
		c.delay(s, why)
	case success && !wantsRestart(s.Spec, success):
		s.Done = s.Spec.Oneshot
		s.Recovering = false
		c.to(s, StateExited, why)
	default:
		if success { // restart = "always" has used up its restarts
			s.Failure = Failure{Kind: FailExitCode}
		}
		s.Recovering = false
		c.to(s, StateFailed, why)
		c.giveUp(s)
	}
}

// delay has the service start again after its gap.
func (c *Core) delay(s *service, why Cause) {
	at := c.now.Add(gap(s.Spec, s.Restarts))
	if s.Spec.RestartDelay == 0 {
		at = max(c.now, s.Born.Add(floorGap))
	}
	s.Restarts++
	s.Total++
	s.Recovering = !s.mustStop
	s.blocker = s.Name
	c.to(s, StateBlocked, why)
	if at > c.now {
		c.until(s, at)
	}
}

// gap is the n-th delay in a row, n from 0: doubled each time, up to the maximum.
func gap(spec *configs.Service, n int) time.Duration {
	d := spec.RestartDelay
	for range n {
		if d >= spec.RestartDelayMax/2 {
			return spec.RestartDelayMax
		}
		d *= 2
	}
	return min(d, spec.RestartDelayMax)
}

// stable begins the count of restarts afresh when the service was up for long
// enough.
func (c *Core) stable(s *service) {
	if s.ReadyAt > 0 && c.now.Sub(s.ReadyAt) >= s.Spec.StabilityPeriod {
		s.Restarts = 0
	}
}

// willRestart says whether the policy starts the service again.
func (c *Core) willRestart(s *service, success bool) bool {
	used := s.Spec.MaxRestarts > 0 && s.Restarts >= s.Spec.MaxRestarts
	unseen := s.Spec.Oneshot && s.Ended && s.Last.Unknown // it may have succeeded
	return s.Up && !used && !unseen && wantsRestart(s.Spec, success)
}

// wantsRestart is what the policy says, the number of restarts apart.
func wantsRestart(spec *configs.Service, success bool) bool {
	switch {
	case spec.Status == configs.StatusIgnore || spec.Restart == configs.RestartNever:
		return false
	case spec.Oneshot && success:
		return false
	case spec.Restart == configs.RestartAlways:
		return true
	default:
		return !success
	}
}
