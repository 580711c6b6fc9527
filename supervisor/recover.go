package supervisor

import (
	"slices"

	"zinit/configs"
)

// recover takes up where a server left off that died.
func (c *Core) recover(set configs.Set, past []Record) {
	for _, r := range past {
		if r.Damaged || r.Spec == nil {
			c.reread(set, r.Name)
			continue
		}
		c.svc[r.Name] = &service{Record: r}
	}
	c.relink()
	for _, name := range c.names() {
		c.resume(c.svc[name])
	}
	if c.sys.Goal != GoalRun {
		c.lowerAll(Cause{Kind: CauseShutdown})
	}
}

// reread gives a service whose record is damaged the definition of its file.
func (c *Core) reread(set configs.Set, name string) {
	at := slices.IndexFunc(set.Services, func(s *configs.Service) bool { return s.Name == name })
	if at >= 0 {
		spec := set.Services[at]
		c.insert(spec, spec.Status == configs.StatusStart, Cause{Kind: CauseBoot})
	}
}

// resume repeats what the last server may not have come to do. Every action is
// safe to repeat.
func (c *Core) resume(s *service) {
	c.arm(s)
	if s.Pid != 0 && !s.Dead {
		c.owners[s.Pid] = append(c.owners[s.Pid], s)
	}
	if s.Pid != 0 && s.Forked == 0 {
		s.Forked = c.now // born after all, and nobody heard of it: some time before now
		c.touch(s)
	}
	if s.Launching {
		// Whoever was to hear of its launch is dead, and the kernel cannot tell. If it
		// is still at it, it will execute its program in a moment, or end.
		s.Launching = false
		c.touch(s)
	}
	if s.live() && s.Pid != 0 {
		c.do(Relog{Name: s.Name, Spec: s.Spec})
	}
	switch {
	case s.State == StateStarting && s.Pid == 0:
		// An intent without a process: nothing ran. The next one is another incarnation.
		c.until(s, 0)
		s.State = StateBlocked
		c.touch(s)
	case s.State == StateStarting:
		c.alive(s)
	case s.State == StateStopping && s.Dead:
		c.awaitEnd(s, !s.ByPolicy)
	case s.State == StateStopping && s.Pid == 0:
		c.over(s, s.Cause, c.now)
	case s.State == StateStopping && (s.Killed || s.ran().StopTimeout == 0):
		c.kill(s, sigKill, false)
	case s.State == StateStopping:
		c.kill(s, int(s.ran().StopSignal), true)
	case s.State == StateRunning:
		c.probe(s)
	case s.State == StateFailed && s.Up && !s.broken():
		c.giveUp(s)
	}
}
