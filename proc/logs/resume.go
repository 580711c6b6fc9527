package logs

import (
	"context"
	"fmt"
	"maps"
	"math"
	"slices"
	"time"
)

// sip is how many bytes, by weight, a reader takes at once, of all ears together:
// a thousand services that shout must not fill the server's memory.
const sip = 512 << 10

// Step is a line and where a reader is who has had it.
type Step struct {
	Line
	Ear  string // the stream: the name of its FIFO, as in "web.out"
	Next int64  // offset in the stream of the first byte behind the line

	entry entry
}

// resumer is a reader that outlives its server. It belongs to the goroutine of its
// Resume.
type resumer struct {
	follower
	places map[string]int64
}

// Resume sends the lines of all services from the places on, a Next for each Ear,
// or from the oldest one, and goes on like Follow. A place that its stream has not
// come to is that of another stream of this name, and is ignored. When the store is
// closed it sends what is left, unterminated lines included, and returns ErrClosed.
func (s *Store) Resume(ctx context.Context, places map[string]int64, send func([]Step) error) error {
	if err := s.follows(+1); err != nil {
		return err
	}
	defer s.follows(-1)
	r := &resumer{follower: follower{store: s, version: -1}, places: places}
	for last := false; ; {
		rung := s.bell.listen()
		found, err := r.turn()
		if err == nil && len(found) > 0 {
			err = send(found)
		}
		if err != nil {
			return err
		}
		if len(found) > 0 {
			continue
		}
		select {
		case <-rung:
		case <-ctx.Done():
			return ctx.Err()
		case <-s.pump.done:
			if last {
				return r.rest(send)
			}
			last = true // what came between the turn and the end
		}
	}
}

// turn returns the next lines, a sip of them.
func (r *resumer) turn() ([]Step, error) {
	if err := r.enlist(); err != nil {
		return nil, err
	}
	var all []Step
	size := 0
	for range r.cursors {
		r.turned++
		c := r.cursors[r.turned%len(r.cursors)]
		if size >= sip || !c.behind() {
			continue
		}
		found, err := c.read(helping, math.MaxInt64)
		if err != nil {
			return nil, fmt.Errorf("cannot read the log of %s: %w", c.ear.service, err)
		}
		for _, step := range c.steps(found) {
			size += step.entry.weight()
			all = append(all, step)
		}
	}
	return ordered(all), nil
}

// enlist finds the services that have come or gone.
func (r *resumer) enlist() error {
	version := r.store.currentVersion()
	if version == r.version {
		return nil
	}
	r.version = version
	var err error
	if r.cursors, err = r.store.cursors(r.query, r.cursors, r.cursor); err != nil {
		return err
	}
	r.places = nil // whoever comes from now on has no past
	return nil
}

// cursor takes the place in an ear that the reader had.
func (r *resumer) cursor(e *ear) (*cursor, error) {
	c := &cursor{ear: e, seen: -1, pos: r.places[e.name()]}
	v, err := e.look()
	if err != nil {
		return nil, fmt.Errorf("cannot read the log of %s: %w", e.service, err)
	}
	defer v.close()
	if c.pos < 0 || c.pos > v.end {
		c.pos = 0
	}
	if c.pos == 0 {
		if c.pos, err = v.whole(v.start()); err != nil {
			return nil, fmt.Errorf("cannot read the log of %s: %w", e.service, err)
		}
	}
	return c, c.anchor(v)
}

// rest sends the lines that will have no end any more.
func (r *resumer) rest(send func([]Step) error) error {
	var all []Step
	for _, c := range r.cursors {
		v, err := c.ear.look()
		if err != nil {
			continue
		}
		text, err := v.read(c.pos, v.end)
		v.close()
		if err != nil || len(text) == 0 {
			continue
		}
		found := []entry{{at: c.pos, Line: Line{Text: text}}}
		c.ear.sign(found)
		c.pos = v.end
		all = append(all, c.steps(found)...)
	}
	if len(all) > 0 {
		if err := send(all); err != nil {
			return err
		}
	}
	return ErrClosed
}

// steps says of each line where the next one begins.
func (c *cursor) steps(found []entry) []Step {
	all := make([]Step, len(found))
	for i, l := range found {
		all[i] = Step{Line: l.Line, Ear: c.ear.name(), Next: c.pos, entry: l}
		if i+1 < len(found) {
			all[i].Next = found[i+1].at
		}
	}
	return all
}

// ordered sorts the steps of several ears by time.
func ordered(all []Step) []Step {
	slices.SortStableFunc(all, func(a, b Step) int { return a.entry.key.Compare(b.entry.key) })
	return all
}

// name is that of the FIFO.
func (e *ear) name() string { return e.service + "." + suffix(e.stream) }

// Settle moves what waits in the pipes, for the end of a system whose services are
// all gone. It takes no more of each pipe than one can hold: somebody may still
// write. For log files that are behind it waits a second at most.
func (s *Store) Settle() {
	late := time.After(farewell)
	for behind := true; behind; {
		behind = false
		s.pump.order(func() { behind = s.pump.settle() })
		if !behind {
			return
		}
		select {
		case <-late:
			return
		case <-time.After(time.Millisecond):
		}
	}
}

// settle empties the pipes. It is true where a log file keeps one from that.
func (p *pump) settle() (behind bool) {
	for _, e := range p.all() {
		for moved := int64(0); moved < widePipe; {
			n := p.drain(e)
			if n <= 0 {
				break
			}
			moved += n
		}
		behind = behind || e.held
	}
	return behind
}

// all are the ears in the pump's care.
func (p *pump) all() []*ear {
	p.mu.Lock()
	defer p.mu.Unlock()
	return slices.Collect(maps.Values(p.ears))
}
