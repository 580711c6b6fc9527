package supervisor

import (
	"zinit/configs"
	"zinit/graph"
)

// startAll starts all of class user but what only its own name starts.
func (c *Core) startAll(w Wish) {
	c.bulk(w, wantUp, func(s *service) string {
		switch {
		case s.Spec.Class == configs.ClassSystem:
			return "class system"
		case s.Spec.Status == configs.StatusIgnore:
			return "status ignore"
		case s.broken():
			return s.ConfigError
		}
		if !s.isUp() || !s.Up {
			c.startTree(s, false, w.cause())
		}
		return ""
	})
}

// stopAll stops all of class user that no system service requires.
func (c *Core) stopAll(w Wish) {
	keep := c.systemNeeds()
	c.bulk(w, wantDown, func(s *service) string {
		why := keep[s.Name]
		if why == "" {
			c.lower(s, w.cause())
		}
		return why
	})
}

// deleteAll stops and drops all of class user that no system service requires.
func (c *Core) deleteAll(w Wish) {
	keep := c.systemNeeds()
	c.bulk(w, wantGone, func(s *service) string {
		why := keep[s.Name]
		if why == "" {
			c.expel(s, w.cause())
		}
		return why
	})
}

// bulk does something to every service that do does not skip, and answers when
// all of them are where they should be.
func (c *Core) bulk(w Wish, want want, do func(*service) (skip string)) {
	b := &bulk{id: w.ID}
	for _, name := range c.names() {
		s := c.svc[name]
		if s.Removed {
			continue
		}
		gen := s.Gen
		if skip := do(s); skip != "" {
			b.result.Skipped = append(b.result.Skipped, Skipped{name, skip})
			continue
		}
		if !w.Wait || w.ID == 0 {
			b.result.Done = append(b.result.Done, name)
			continue
		}
		b.open++
		c.await(s, &ask{want: want, gen: gen, bulk: b})
	}
	c.replyBulk(b)
}

// systemNeeds is what a bulk command must leave alone, with the reason: the
// system's services and all that they require.
func (c *Core) systemNeeds() map[string]string {
	keep := map[string]string{}
	for _, name := range c.names() {
		if c.svc[name].Spec.Class != configs.ClassSystem {
			continue
		}
		keep[name] = "class system"
		for need := range c.graph.Closure([]string{name}, true, graph.Requires) {
			if keep[need] == "" {
				keep[need] = "required by the system service " + name
			}
		}
	}
	for name := range keep {
		if s := c.svc[name]; s != nil && s.Spec.Class == configs.ClassSystem {
			keep[name] = "class system"
		}
	}
	return keep
}
