package supervisor

// spawn begins an incarnation: on file first, then born.
func (c *Core) spawn(s *service) {
	c.to(s, StateStarting, c.whyUp(s))
	s.Gen++
	s.Born = c.now
	s.blocker = ""
	s.Ran = nil
	s.Failure = Failure{}
	s.Dead, s.ByPolicy, s.Killed, s.Unkillable = false, false, false, false
	s.Forked, s.ReadyAt, s.Left = 0, 0, nil
	s.Probes, s.ProbeError, s.SaidReady, s.Said = 0, "", false, Said{}
	c.startDeadline(s)
	c.takeTerminal(s)
	c.do(Spawn{Name: s.Name, Gen: s.Gen, Spec: s.Spec})
}

// startDeadline sets the time by which the incarnation has to be ready, if there
// is one.
func (c *Core) startDeadline(s *service) {
	c.until(s, 0)
	if s.Spec.StartTimeout > 0 {
		c.until(s, s.Born.Add(s.Spec.StartTimeout))
	}
}

// spawned takes in a birth.
func (c *Core) spawned(ev Spawned) {
	s := c.svc[ev.Name]
	if s == nil || s.Gen != ev.Gen || s.Pid != 0 || s.State != StateStarting && s.State != StateStopping {
		return
	}
	s.Forked, s.Launching = c.now, ev.Launching
	c.own(s, ev.Pid, ev.Ticks)
	switch {
	case s.State == StateStopping:
		c.signalStop(s)
	case !s.Launching:
		c.alive(s)
	}
}

// launched takes in that a process has come to execute its program, or cannot.
func (c *Core) launched(ev Launched) {
	s := c.svc[ev.Name]
	if s == nil || s.Gen != ev.Gen || !s.Launching {
		return
	}
	s.Launching = false
	c.touch(s)
	switch {
	case s.State == StateStopping: // and that goes on
	case ev.Why == "":
		c.alive(s)
	default:
		c.launchFailed(s, ev.Why)
	}
}

// launchFailed ends a process that cannot execute its program. It is about to end, and
// has nothing that it would need time for.
func (c *Core) launchFailed(s *service, why string) {
	s.Failure = Failure{Kind: FailSpawn, Message: why}
	s.ByPolicy = true
	c.to(s, StateStopping, Cause{Kind: CauseSpawn, Text: why})
	s.Recovering = !s.mustStop && c.willRestart(s, false)
	c.until(s, c.now.Add(killGrace))
	c.kill(s, sigKill, false)
}

// own notes that the service's process is pid.
func (c *Core) own(s *service, pid int, ticks uint64) {
	s.Pid, s.Ticks = pid, ticks
	c.owners[pid] = append(c.owners[pid], s)
	c.touch(s)
}

// alive goes on from a birth: at once ready, a oneshot at work, or to be probed.
func (c *Core) alive(s *service) {
	if s.probed() && !s.SaidReady {
		c.probe(s)
		return
	}
	why := Cause{Kind: CauseSpawn}
	c.to(s, StateRunning, why)
	if s.ran().Oneshot {
		return // its start timeout, if it has one, bounds its work
	}
	c.until(s, 0)
	c.ready(s)
	c.probe(s)
}

// ready notes that the service is up.
func (c *Core) ready(s *service) {
	s.ReadyAt = c.now
	s.Recovering = false
	c.healthy(s)
	c.touch(s)
}

// spawnFailed takes in that nobody was born.
func (c *Core) spawnFailed(ev SpawnFailed) {
	s := c.svc[ev.Name]
	if s == nil || s.Gen != ev.Gen || s.Pid != 0 || s.State != StateStarting && s.State != StateStopping {
		return
	}
	if s.State == StateStarting {
		s.Failure = Failure{Kind: FailSpawn, Message: ev.Why}
		s.ByPolicy = true
	}
	c.over(s, Cause{Kind: CauseSpawn, Text: ev.Why}, c.now)
}
