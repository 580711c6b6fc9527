package supervisor

import (
	"maps"
	"slices"

	"zinit/configs"
	"zinit/graph"
)

// wish takes in what somebody asks for. What is refused changes nothing.
func (c *Core) wish(ev Event) {
	if c.stale {
		c.relink() // wishes follow edges, and must not follow those of what was dropped
	}
	if w, ok := shutBy(ev); ok && c.sys.Goal != GoalRun {
		c.done(w, refused(ShuttingDown, "", "zinit is shutting down", ""))
		return
	}
	switch ev := ev.(type) {
	case Start:
		c.start(ev)
	case Stop:
		c.stopService(ev)
	case RestartService:
		c.restart(ev)
	case Signal:
		c.signal(ev)
	case StartAll:
		c.startAll(ev.Wish)
	case StopAll:
		c.stopAll(ev.Wish)
	case DeleteAll:
		c.deleteAll(ev.Wish)
	case Reload:
		c.reload(ev)
	case Add:
		c.add(ev)
	case Remove:
		c.remove(ev)
	case Shutdown:
		c.shutdown(ev)
	}
}

// shutBy finds the wishes that a shutdown in progress shuts the door to: all that
// would start something, or change what there is.
func shutBy(ev Event) (Wish, bool) {
	switch ev := ev.(type) {
	case Start:
		return ev.Wish, true
	case RestartService:
		return ev.Wish, true
	case StartAll:
		return ev.Wish, true
	case Reload:
		return ev.Wish, true
	case Add:
		return ev.Wish, true
	case Remove:
		return ev.Wish, true
	case DeleteAll:
		return ev.Wish, true
	default:
		return Wish{}, false
	}
}

// done answers a wish at once.
func (c *Core) done(w Wish, refusal *Refusal) {
	if w.ID != 0 {
		c.do(Answer{ID: w.ID, Refusal: refusal})
	}
}

// later answers a wish when the service is where it should be, or at once when
// nobody wants to wait.
func (c *Core) later(w Wish, s *service, want want, gen uint64) {
	switch {
	case w.ID == 0:
	case !w.Wait:
		c.do(Answer{ID: w.ID})
	default:
		c.await(s, &ask{id: w.ID, want: want, gen: gen})
	}
}

// find is the service of a name, or answers that there is none.
func (c *Core) find(w Wish, name string) *service {
	if s := c.svc[name]; s != nil && !s.Removed {
		return s
	}
	c.done(w, refused(NotFound, name, "there is no service "+name, "zinit list shows all"))
	return nil
}

// findSound is find for what is to run: a bad file cannot.
func (c *Core) findSound(w Wish, name string) *service {
	s := c.find(w, name)
	if s == nil || !s.broken() {
		return s
	}
	c.done(w, refused(InvalidConfig, s.Name, s.ConfigError, "mend the file, then zinit reload"))
	return nil
}

// cause is the cause of what a wish changes.
func (w Wish) cause() Cause { return Cause{Kind: CauseCommand, By: w.By} }

func (c *Core) start(ev Start) {
	s := c.findSound(ev.Wish, ev.Name)
	if s == nil {
		return
	}
	gen := s.Gen
	c.startTree(s, ev.NoDeps, ev.cause())
	c.later(ev.Wish, s, wantUp, gen)
}

// startTree wants a service up, and all that it requires and wants.
func (c *Core) startTree(s *service, alone bool, why Cause) {
	c.revive(s, why)
	if alone {
		return
	}
	for name := range c.graph.Closure([]string{s.Name}, true, graph.Requires, graph.Wants) {
		if d := c.svc[name]; d != nil && d != s {
			c.want(d, why)
		}
	}
}

// revive starts a service by its own name: whatever it is at rest in, it begins
// anew. A oneshot that has succeeded runs again, and those that need it go on.
func (c *Core) revive(s *service, why Cause) {
	switch s.State {
	case StateInactive, StateBlocked, StateFailed, StateExited:
		up := s.isUp()
		s.Restarts, s.Done, s.blocker = 0, false, ""
		s.Recovering = up || s.Recovering && s.State == StateBlocked
		c.until(s, 0)
		c.lift(s, why)
	default:
		if !s.Up {
			c.lift(s, why)
		}
	}
}

// want starts a service for another's sake: what is up, or on its way, is left
// alone, and so is what may be started by its own name only.
func (c *Core) want(s *service, why Cause) {
	if s.broken() || s.Removed || s.Spec.Status == configs.StatusIgnore || s.isUp() {
		return
	}
	resting := s.State == StateFailed || s.State == StateExited
	if !s.Up || resting {
		s.Restarts, s.Done = 0, false
		c.lift(s, why)
	}
}

// lift notes that a service is wanted, and takes it out of its rest.
func (c *Core) lift(s *service, why Cause) {
	s.Up, s.Wish = true, why
	if s.State == StateFailed || s.State == StateExited {
		s.blocker = ""
		c.to(s, StateBlocked, why)
	}
	s.rescan = true
	c.touch(s)
}

// lower notes that a service is not wanted any more.
func (c *Core) lower(s *service, why Cause) {
	s.Up, s.Again, s.Done, s.Wish = false, false, false, why
	c.touch(s)
}

func (c *Core) stopService(ev Stop) {
	s := c.find(ev.Wish, ev.Name)
	if s == nil {
		return
	}
	c.lower(s, ev.cause())
	c.later(ev.Wish, s, wantDown, s.Gen)
}

func (c *Core) restart(ev RestartService) {
	s := c.findSound(ev.Wish, ev.Name)
	if s == nil {
		return
	}
	gen := s.Gen
	c.renew(s, ev.cause())
	c.startTree(s, false, ev.cause())
	c.later(ev.Wish, s, wantUp, gen)
}

// renew has a living service stop and start again, and with it those that
// require it. One that has no process is to be started instead.
func (c *Core) renew(s *service, why Cause) {
	if s.live() {
		s.Again, s.Wish = true, why
	}
	s.Done, s.Recovering = false, false
	c.touch(s)
}

func (c *Core) signal(ev Signal) {
	s := c.find(ev.Wish, ev.Name)
	if s == nil {
		return
	}
	if s.Pid == 0 || s.groupGone() {
		c.done(ev.Wish, refused(NotRunning, s.Name, s.Name+" has no process", ""))
		return
	}
	c.kill(s, ev.Signal, false)
	c.done(ev.Wish, nil)
}

func (c *Core) add(ev Add) {
	name := ev.Service.Name
	if old := c.svc[name]; old != nil {
		text := name + " exists already (" + old.Spec.Origin + ")"
		if old.Removed {
			text = name + " is still being removed"
		}
		c.done(ev.Wish, refused(Exists, name, text, "zinit remove-service "+name))
		return
	}
	if ring := c.ringWith(ev.Service); ring != "" {
		c.done(ev.Wish, refused(InvalidConfig, name, "dependency cycle: "+ring, ""))
		return
	}
	up := ev.Start || ev.Service.Status == configs.StatusStart
	c.insert(ev.Service, up, ev.cause())
	c.relink()
	c.done(ev.Wish, nil)
}

func (c *Core) remove(ev Remove) {
	s := c.find(ev.Wish, ev.Name)
	if s == nil {
		return
	}
	victims := []*service{s}
	for name := range c.graph.Closure([]string{s.Name}, false, graph.Requires) {
		d := c.svc[name]
		if d == nil || d == s || d.Removed {
			continue
		}
		if d.live() && !ev.Cascade {
			c.done(ev.Wish, refused(HasDependents, s.Name, d.Name+" requires "+s.Name+" and is "+string(d.State),
				"--cascade removes it too"))
			return
		}
		if ev.Cascade {
			victims = append(victims, d)
		}
	}
	for _, v := range victims {
		c.expel(v, ev.cause())
	}
	c.later(ev.Wish, s, wantGone, s.Gen)
}

// expel has a service stopped and dropped.
func (c *Core) expel(s *service, why Cause) {
	c.lower(s, why)
	s.Removed = true
}

// names is every service's, sorted.
func (c *Core) names() []string { return slices.Sorted(maps.Keys(c.svc)) }
