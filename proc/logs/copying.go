package logs

import (
	"bytes"
	"os"
	"sync"
	"time"

	"golang.org/x/sys/unix"
)

// patience is how long a service that writes faster than its log file is held up
// for it, at a time. A file that has taken nothing for so long gets what it can.
const patience = time.Second

// copying is how far the copy of one stream has come: what the pump and the copyist
// know of each other.
type copying struct {
	poke  chan struct{} // there is something new; has room for one
	haste chan struct{} // the pump waits; has room for one

	mu      sync.Mutex // short, but for the count of what is missed
	at      int64      // offset of the first byte that is not in the file
	stalled bool       // the file takes nothing; nobody waits for it
	held    bool       // the pump waits …
	need    int64      // … until at is here
	missed  *missed
}

// missed is what the ring has turned past before it was copied.
type missed struct {
	from, to int64 // offsets in the stream
	lines    int64 // that end there
	clean    bool  // the last byte ended a line
}

// ring rings a bell that has room for one.
func ring(bell chan struct{}) {
	select {
	case bell <- struct{}{}:
	default:
	}
}

// wake tells the copyist that there is something new.
func (c *copying) wake() { ring(c.poke) }

// advance says that text, which began where the copy stood, is in the file. It is
// true where the pump has waited for that.
func (c *copying) advance(text []byte) (held bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	to := c.at + int64(len(text))
	if m := c.missed; m != nil && m.from < to {
		m.lines -= int64(bytes.Count(text[m.from-c.at:min(to, m.to)-c.at], []byte{'\n'}))
		m.from = to
		if to >= m.to {
			c.missed = nil
		}
	}
	c.at, c.stalled = to, false
	held = c.held && to >= c.need
	c.held = c.held && !held
	return held
}

// stall says that the file takes nothing for now. It is true where the pump has
// waited for it.
func (c *copying) stall() (held bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.stalled = true
	held, c.held = c.held, false
	return held
}

// hold is true where the pump has to wait, as the copy has not come to offset to yet.
func (c *copying) hold(to int64) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.held = c.at < to && !c.stalled; c.held {
		c.need = to
		ring(c.haste)
	}
	return c.held
}

// past is true where the copy has come to offset to.
func (c *copying) past(to int64) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.at >= to
}

// miss counts the lines of the segment at path, from base to end, that will be
// dropped before they were copied.
func (c *copying) miss(path string, base, end int64, scratch []byte) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.at >= end {
		return
	}
	m := c.missed
	if m == nil || m.to != base {
		m = &missed{from: max(c.at, base)}
	}
	m.to = end
	f, err := os.Open(segmentPath(path, base))
	if err == nil {
		defer f.Close()
	}
	for off := max(c.at, base); err == nil && off < end; {
		n, fail := unix.Pread(int(f.Fd()), scratch[:min(int64(len(scratch)), end-off)], off-base)
		if fail != nil || n <= 0 {
			break
		}
		m.lines += int64(bytes.Count(scratch[:n], []byte{'\n'}))
		m.clean = scratch[n-1] == '\n'
		off += int64(n)
	}
	c.missed = m
}

// jump goes to the first byte behind what was missed, or to start if nobody has
// counted, and says how many lines that leaves out.
func (c *copying) jump(start int64) (to, lines int64, clean bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	to, lines = start, 1
	if m := c.missed; m != nil && m.to > c.at {
		to, lines, clean = m.to, m.lines, m.clean
	}
	c.at, c.missed = to, nil
	return to, lines, clean
}
