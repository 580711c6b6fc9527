package logs

import (
	"bytes"
	"context"
	"fmt"
	"math"
)

// helping is how many bytes of one ear a follower reads at once.
const helping = 256 << 10

// cursor is a follower's place in one ear.
type cursor struct {
	ear   *ear
	pos   int64 // offset in the stream of the first byte that was not sent
	seen  int64 // the end of the stream when it was last looked at
	loss  *loss // what was being lost then
	lines int64 // that end before pos, in the count of span.before
	lost  entry // the last loss that was sent: at and Lost
}

// follower is somebody who follows. It belongs to the goroutine of its Follow.
type follower struct {
	store   *Store
	query   Query
	version int // of the services that cursors knows
	cursors []*cursor
	turned  int // the ear to begin the next turn with: all get theirs
}

// All sends all lines that are kept and meant, however many, merged by time. ready is
// called once, before the first send. A send that is slow delays nobody else; where the
// ring turns meanwhile, a Line with Lost says so.
func (s *Store) All(ctx context.Context, q Query, ready func(), send func(Line) error) error {
	if err := s.follows(+1); err != nil {
		return err
	}
	defer s.follows(-1)
	h, err := s.newHistory(ctx, q, true)
	if err != nil {
		return err
	}
	ready()
	return h.newest(ctx, send)
}

// Follow sends what All does, but for an unterminated line, and then each line
// when it is complete, until ctx ends or send fails, and returns that error, or
// ErrClosed. Services that come later are followed too. It calls ready once,
// when nothing that is written later can be missed, before the first send. A send that
// is slow delays nobody else; a follower whom the ring overtakes gets a Line with Lost.
func (s *Store) Follow(ctx context.Context, q Query, ready func(), send func(Line) error) error {
	if err := s.follows(+1); err != nil {
		return err
	}
	defer s.follows(-1)
	f := &follower{store: s, query: q}
	backlog, err := f.begin(ctx)
	if err != nil {
		return err
	}
	ready()
	if err := backlog(ctx, send); err != nil {
		return err
	}
	for {
		rung := s.bell.listen()
		found, err := f.turn()
		if err != nil {
			return err
		}
		if len(found) > 0 {
			if err := deliver(ctx, found, send); err != nil {
				return err
			}
			continue
		}
		select {
		case <-rung:
		case <-ctx.Done():
			return ctx.Err()
		case <-s.pump.done:
			return ErrClosed
		}
	}
}

// follows counts the followers, so that the pump counts lines while there are any.
func (s *Store) follows(change int) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed && change > 0 {
		return ErrClosed
	}
	s.followers += change
	s.pump.setCounting(s.followers > 0)
	return nil
}

func deliver(ctx context.Context, found []entry, send func(Line) error) error {
	for _, l := range found {
		if err := ctx.Err(); err != nil {
			return err
		}
		if err := send(l.Line); err != nil {
			return err
		}
	}
	return nil
}

// begin takes a place in each ear that exists, and returns what sends the backlog.
func (f *follower) begin(ctx context.Context) (func(context.Context, func(Line) error) error, error) {
	f.version = f.store.currentVersion()
	if f.query.Lines != nil {
		all, err := f.few(ctx)
		if err != nil || !all.more {
			return func(ctx context.Context, send func(Line) error) error { return deliver(ctx, all.kept, send) }, err
		}
	}
	h, err := f.store.newHistory(ctx, f.query, false)
	if err != nil {
		return nil, err
	}
	f.cursors = h.cursors()
	return h.newest, nil
}

// few is begin for a number of lines that is likely to be small.
func (f *follower) few(ctx context.Context) (collection, error) {
	all := collection{query: f.query}
	for _, e := range recent(f.store.match(f.query)) {
		if err := ctx.Err(); err != nil {
			return all, err
		}
		found, err := e.query(&all, false)
		if err != nil {
			return all, err
		}
		f.cursors = append(f.cursors, &found.next)
		all.add(found.lines)
	}
	return all, nil
}

// turn returns lines that have come since the last one, a sip of them.
func (f *follower) turn() ([]entry, error) {
	f.update()
	var all []entry
	size := 0
	for range f.cursors {
		f.turned++
		c := f.cursors[f.turned%len(f.cursors)]
		for size < sip && c.behind() {
			found, err := c.read(helping, math.MaxInt64)
			if err != nil {
				return nil, fmt.Errorf("cannot read the log of %s: %w", c.ear.service, err)
			}
			for _, l := range found {
				size += l.weight()
			}
			all = append(all, found...)
			if len(found) > 0 {
				break
			}
		}
	}
	return merge(all), nil
}

// update finds the services that have come or gone.
func (f *follower) update() {
	version := f.store.currentVersion()
	if version == f.version {
		return
	}
	f.version = version
	fresh := func(e *ear) (*cursor, error) { return &cursor{ear: e}, nil }
	f.cursors, _ = f.store.cursors(f.query, f.cursors, fresh) // fresh cannot fail
}

// cursors are those of all ears that a query means: what there was already, and
// fresh ones for who has come.
func (s *Store) cursors(q Query, old []*cursor, fresh func(*ear) (*cursor, error)) ([]*cursor, error) {
	known := map[*ear]*cursor{}
	for _, c := range old {
		known[c.ear] = c
	}
	var all []*cursor
	for _, e := range s.match(q) {
		c := known[e]
		if c == nil {
			var err error
			if c, err = fresh(e); err != nil {
				return all, err
			}
		}
		all = append(all, c)
	}
	return all, nil
}

// behind says whether there may be something new.
func (c *cursor) behind() bool {
	return c.seen != c.ear.end.Load() || c.loss != c.ear.loss.Load()
}

// read returns the next complete lines, of so many bytes at most, that end before
// offset end.
func (c *cursor) read(most, end int64) ([]entry, error) {
	v, err := c.ear.look()
	if err != nil {
		return nil, err
	}
	defer v.close()
	found, err := c.overtaken(v)
	if err != nil {
		return nil, err
	}
	index, err := v.index()
	if err != nil {
		return nil, err
	}
	to := min(v.end, end, c.pos+most)
	if to < c.pos {
		c.seen = to
		c.ear.sign(found)
		return found, nil
	}
	text, err := v.read(c.pos, to)
	if err != nil {
		return nil, err
	}
	lines, next := split(text, c.pos, upTo(index, to, v.end), false)
	c.lines += int64(bytes.Count(text[:next-c.pos], []byte{'\n'}))
	c.pos, c.seen, c.loss = next, to, v.loss
	found = append(found, c.fresh(lines)...)
	c.ear.sign(found)
	return found, nil
}

// upTo drops the records behind the bytes that were read.
func upTo(index []record, to, end int64) []record {
	n := len(index)
	for n > 0 && to < end && index[n-1].at >= to {
		n--
	}
	return index[:n]
}

// overtaken notices that the ring has turned past the cursor. It goes on with the
// oldest line and tells how many are missing.
func (c *cursor) overtaken(v *view) ([]entry, error) {
	start := v.start()
	if c.pos >= start || len(v.pieces) == 0 {
		return nil, nil
	}
	from, err := v.whole(start)
	if err != nil {
		return nil, err
	}
	before := v.pieces[0].before
	if from > start {
		before++
	}
	gap := max(1, before-c.lines)
	c.pos, c.lines = from, before
	index, err := v.index()
	if err != nil {
		return nil, err
	}
	return []entry{{at: from, Line: Line{Time: timeAt(index, from), Lost: gap}}}, nil
}

// fresh drops the part of a loss that was already sent: it grows while it lasts.
func (c *cursor) fresh(lines []entry) []entry {
	out := lines[:0]
	for _, l := range lines {
		total := l
		if l.Lost > 0 && l.at == c.lost.at {
			l.Lost -= c.lost.Lost
		}
		c.sent(total)
		if l.Lost > 0 || total.Lost == 0 {
			out = append(out, l)
		}
	}
	return out
}

func (c *cursor) sent(l entry) {
	if l.Lost > 0 {
		c.lost = l
	}
}

// anchor finds the number of lines that end before the cursor, in the count that
// the pump keeps while somebody follows.
func (c *cursor) anchor(v *view) error {
	if len(v.pieces) == 0 {
		return nil
	}
	p := v.pieces[len(v.pieces)-1]
	c.lines = p.before
	from, to, sign := p.base, c.pos, int64(1)
	if from > to {
		from, to, sign = to, from, -1
	}
	for at := from; at < to; at += block {
		b, err := v.read(at, min(at+block, to))
		if err != nil {
			return err
		}
		c.lines += sign * int64(bytes.Count(b, []byte{'\n'}))
	}
	return nil
}
