package logs

import "fmt"

// tell writes how many lines are missing.
func (c *copyist) tell(s *copyCursor) error {
	line := fmt.Appendf(nil, "[… %d lines lost]\n", s.lost)
	if c.torn != nil {
		line = append([]byte{'\n'}, line...)
	}
	if _, err := c.file.write(line); err != nil {
		return err
	}
	c.lost += s.lost
	s.lost, c.torn = 0, nil
	return nil
}

// write writes text, or as many of its lines as there is room for.
func (c *copyist) write(s *copyCursor, text []byte) error {
	if len(text) == 0 {
		return nil
	}
	if text = c.fit(text); c.file.fd < 0 {
		return c.file.ready() // it could not be made anew; the next turn tries again
	}
	p := place{stream: 0, to: s.pos + int64(len(text)), dev: c.file.dev, ino: c.file.ino, size: c.file.size}
	if s == c.cursors[1] {
		p.stream = 1
	}
	if c.file.regular {
		c.note(p)
	}
	n, err := c.file.write(text)
	if n > 0 {
		if c.torn = nil; text[n-1] != '\n' {
			c.torn = s
		}
		c.release(s, s.pass(text[:n])) // from now on the slab may be written over
	}
	c.note(place{stream: -1})
	if err == nil {
		c.works()
	}
	return err
}

// fit rotates the file if it is time, and says how much of text may follow.
func (c *copyist) fit(text []byte) []byte {
	if !c.file.regular {
		return lines(text, onePipeful)
	}
	if c.file.maxSize == 0 || c.file.linked || c.torn != nil {
		return text
	}
	if room := c.file.maxSize - c.file.size; int64(len(text)) > room && c.file.size > 0 {
		if whole := lines(text, room); int64(len(whole)) <= room {
			return whole
		}
		err := c.file.rotate()
		if err != nil && !c.cannot {
			c.log.Error("cannot rotate log file; it grows", "service", c.name, "file", c.file.path, "err", err)
		}
		if c.cannot = err != nil; c.cannot {
			return text
		}
	}
	return lines(text, c.file.maxSize)
}

func (c *copyist) places() [2]int64 { return [2]int64{c.cursors[0].pos, c.cursors[1].pos} }

// note writes down how far the copy has come.
func (c *copyist) note(p place) {
	p.at = c.places()
	c.book.write(p)
}
