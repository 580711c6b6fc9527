package supervisor

import "zinit/configs"

// spawn begins an incarnation: on file first, then born.
func (c *Core) spawn(s *service) {
	c.to(s, StateStarting, c.whyUp(s))
	s.Gen++
	s.Born = c.now
	s.blocker = ""
	s.Ran = nil
	s.Failure = Failure{}
	s.Dead, s.ByPolicy, s.Killed, s.Unkillable = false, false, false, false
	s.Probes, s.ReadyAt, s.Left = 0, 0, nil
	c.startDeadline(s)
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
	c.own(s, ev.Pid, ev.Ticks)
	if s.State == StateStopping {
		c.signalStop(s)
		return
	}
	c.alive(s)
}

// own notes that the service's process is pid.
func (c *Core) own(s *service, pid int, ticks uint64) {
	s.Pid, s.Ticks = pid, ticks
	c.owners[pid] = append(c.owners[pid], s)
	c.touch(s)
}

// alive goes on from a birth: at once ready, a oneshot at work, or to be probed.
func (c *Core) alive(s *service) {
	if s.Spec.Health != nil && !s.Spec.Oneshot {
		c.probe(s)
		return
	}
	why := Cause{Kind: CauseSpawn}
	c.to(s, StateRunning, why)
	if s.Spec.Oneshot {
		return // its start timeout, if it has one, bounds its work
	}
	c.until(s, 0)
	c.ready(s)
}

// ready notes that the service is up.
func (c *Core) ready(s *service) {
	s.ReadyAt = c.now
	s.Recovering = false
	s.Probes = 0
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
	c.over(s, Cause{Kind: CauseSpawn, Text: ev.Why})
}

// probe has the health of the living incarnation looked at.
func (c *Core) probe(s *service) {
	if check := s.ran().Health; check != nil && s.Pid != 0 {
		c.do(Probe{Name: s.Name, Gen: s.Gen, Pid: s.Pid, Check: *check})
	}
}

// unprobe ends that.
func (c *Core) unprobe(s *service) {
	if s.ran().Health != nil && s.Pid != 0 {
		c.do(Unprobe{Name: s.Name, Gen: s.Gen})
	}
}

// probed takes in one probe's outcome.
func (c *Core) probed(ev Probed) {
	s := c.svc[ev.Name]
	if s == nil || s.Gen != ev.Gen || s.ran().Health == nil {
		return
	}
	switch {
	case s.State == StateStarting && ev.Err == "":
		c.to(s, StateRunning, Cause{Kind: CauseHealth, Text: "first probe succeeded"})
		c.until(s, 0)
		c.ready(s)
	case s.State == StateRunning && ev.Err == "":
		if s.Probes != 0 {
			s.Probes = 0
			c.touch(s)
		}
	case s.State == StateRunning:
		c.unhealthy(s, *s.ran().Health, ev.Err)
	}
}

// unhealthy counts a failed probe of a service that was ready.
func (c *Core) unhealthy(s *service, check configs.Health, err string) {
	s.Probes++
	c.touch(s)
	if s.Probes < check.Retries {
		return
	}
	s.Failure = Failure{Kind: FailHealth, Attempts: s.Probes, Message: err}
	s.ByPolicy = true
	c.stop(s, Cause{Kind: CauseHealth, Text: err})
}
