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
	at := c.death(s, ev)
	if s.State != StateStopping {
		c.unprobe(s)
	}
	s.Last, s.Ended, s.Dead, s.Launching = ev.Status, true, true, false
	s.Restarts, s.ReadyAt = s.row(at), 0
	c.touch(s)
	if s.State == StateStopping {
		c.leaderGone(s, ev)
		return
	}
	s.ByPolicy = true
	why := Cause{Kind: CauseExit, Text: ev.Status.String()}
	if !ev.Left && s.ran().TTY == "" {
		c.over(s, why, at)
		return
	}
	c.to(s, StateStopping, why)
	s.Recovering = !s.mustStop && c.willRestart(s, s.Last.Success())
	c.until(s, 0)
	if ev.Left {
		c.signalStop(s)
	}
	c.awaitEnd(s, false)
}

// death is when a process ended: before it was heard of, but not before it was to
// be born. The server may have slept meanwhile.
func (c *Core) death(s *service, ev Exited) Instant {
	if ev.At <= 0 || ev.At > c.now {
		return c.now
	}
	return max(ev.At, s.Born)
}

// leaderGone goes on with a stop whose leader is dead: the rest of the group has
// the rest of the time, and nobody may have escaped.
func (c *Core) leaderGone(s *service, ev Exited) {
	if ev.Gone && s.ran().TTY == "" {
		c.over(s, Cause{Kind: CauseExit, Text: s.Last.String()}, c.death(s, ev))
		return
	}
	if !ev.Left {
		c.until(s, 0)
	}
	c.awaitEnd(s, true)
}

// disown finds whose leader a dead pid was. The number may have been given out
// again before its first owner's death was heard of: the oldest is meant, unless
// the teller knows better.
func (c *Core) disown(pid int, ticks uint64) *service {
	owners := c.owners[pid]
	for i, s := range owners {
		if ticks == 0 || s.Ticks == 0 || ticks == s.Ticks {
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
	c.over(s, Cause{Kind: CauseExit, Text: s.Last.String()}, c.now)
}

// over ends an incarnation of which nothing is left since the instant at.
func (c *Core) over(s *service, why Cause, at Instant) {
	s.Pid, s.Ticks, s.Dead, s.ReadyAt = 0, 0, false, 0
	s.Ran, s.Launching = nil, false
	s.Probes, s.ProbeError = 0, ""
	c.until(s, 0)
	if s.ByPolicy && s.Up {
		c.policy(s, why, at)
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
func (c *Core) policy(s *service, why Cause, at Instant) {
	if s.Failure.Kind == "" {
		s.Failure = s.Last.failure()
	}
	if s.Failure.Kind == FailSpawn { // how a process ended that never was the program says nothing
		why = Cause{Kind: CauseSpawn, Text: s.Failure.Message}
	}
	success := s.Failure.Kind == ""
	switch {
	case s.Again:
		s.Restarts, s.Recovering = 0, false
		c.to(s, StateBlocked, why)
	case c.willRestart(s, success):
		c.delay(s, why, at)
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

// delay has the service start again after its gap, which began with its end. The
// floor counts from its birth, not from when that was decided: the kernel may have
// taken its time.
func (c *Core) delay(s *service, why Cause, ended Instant) {
	at := ended.Add(gap(s.Spec, s.Restarts))
	if s.Spec.RestartDelay == 0 {
		at = max(at, s.Born.Add(floorGap), s.Forked.Add(floorGap))
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

// row is how many automatic restarts in a row count for a service whose process
// lives, or has lived until at: none if it was up for long enough.
func (s *service) row(at Instant) int {
	if s.State == StateStopping {
		at = min(at, s.Since) // from then on it was not up
	}
	if s.ReadyAt > 0 && at.Sub(s.ReadyAt) >= s.Spec.StabilityPeriod {
		return 0
	}
	return s.Restarts
}

// willRestart says whether the policy starts the service again.
func (c *Core) willRestart(s *service, success bool) bool {
	used := s.Spec.MaxRestarts > 0 && s.row(c.now) >= s.Spec.MaxRestarts
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
