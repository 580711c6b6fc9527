package supervisor

// awaitEnd asks for the end of what a dead leader has left, its terminal included.
func (c *Core) awaitEnd(s *service, escaped bool) {
	c.do(Await{Name: s.Name, Gen: s.Gen, Pid: s.Pid, Escaped: escaped, TTY: c.freed(s)})
}

// freed is the terminal that a dead leader gives back. It is empty if another one has
// it, from its birth on.
func (c *Core) freed(s *service) string {
	tty := s.ran().TTY
	if tty == "" {
		return ""
	}
	for _, other := range c.svc {
		if other != s && other.live() && !other.Dead && other.ran().TTY == tty {
			return ""
		}
	}
	return tty
}

// takeTerminal has those of which something is left give nothing back any more: their
// terminal is s's from now on.
func (c *Core) takeTerminal(s *service) {
	if s.Spec.TTY == "" {
		return
	}
	for _, name := range c.names() {
		other := c.svc[name]
		if other.State == StateStopping && other.Dead && other.ran().TTY == s.Spec.TTY {
			c.awaitEnd(other, !other.ByPolicy)
		}
	}
}
