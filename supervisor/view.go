package supervisor

// View is what anybody may see of a service: a copy, owned by who asked for it.
type View struct {
	Record
	Kind      string   // service or target
	IsUp      bool     // those that require it may run
	Held      bool     // it has to stop, but somebody that needs it still lives
	WaitingOn []Reason // blocked, or a finished oneshot that is not up: why, the most telling first
	NextStart Instant  // blocked in its own restart delay: when that ends; else 0
}

// View is what anybody may see of a service; false: there is none of that name.
func (c *Core) View(name string, now Instant) (View, bool) {
	s := c.svc[name]
	if s == nil {
		return View{}, false
	}
	return c.view(s, now, roots{}), true
}

// Views is the view of every service, sorted by name.
func (c *Core) Views(now Instant) []View {
	views := make([]View, 0, len(c.svc))
	known := roots{}
	for _, name := range c.names() {
		views = append(views, c.view(c.svc[name], now, known))
	}
	return views
}

// Services is how many services are defined, targets not counted.
func (c *Core) Services() (n int) {
	for _, s := range c.svc {
		if !s.Spec.Target {
			n++
		}
	}
	return n
}

func (c *Core) view(s *service, now Instant, known roots) View {
	v := View{Record: s.Record, Kind: "service", IsUp: s.isUp() && !s.undone()}
	v.Held = s.live() && s.mustStop && s.held
	if s.Spec.Target {
		v.Kind = "target"
	}
	v.Restarts = s.row(now)
	if s.Unkillable && s.Pid != 0 && !s.Dead {
		v.Left = []int{s.Pid}
	}
	if s.State != StateBlocked && !s.undone() {
		return v
	}
	v.WaitingOn = c.waitingOn(s, known)
	if s.State == StateBlocked {
		v.NextStart = s.Until
	}
	return v
}

// waitingOn is all reasons of a blocked service, those first that will not go
// away by themselves.
func (c *Core) waitingOn(s *service, known roots) []Reason {
	var lost, passing []Reason
	for r := range c.reasons(s, 0) {
		if root := known.of(c, r.Service); root != r.Service && r.Kind != ReasonConflict {
			r.Root = root
		}
		if r.lost {
			lost = append(lost, r.Reason)
		} else {
			passing = append(passing, r.Reason)
		}
	}
	return append(lost, passing...)
}

// roots remembers, for one look at many services, who is at the end of each
// one's waiting: a chain of thousands is walked once.
type roots map[string]string

// of is whom a service waits for in the end; itself if it waits for nobody.
func (known roots) of(c *Core, name string) string {
	var path []string
	at := name
	for {
		if root, ok := known[at]; ok {
			at = root
			break
		}
		path = append(path, at)
		s := c.svc[at]
		if s == nil || s.waits == "" || s.blocker == at || s.waits == ReasonConflict {
			break
		}
		known[at] = at // until the root is known: a ring of orderings must end
		at = s.blocker
	}
	for _, name := range path {
		known[name] = at
	}
	return at
}
