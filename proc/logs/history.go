package logs

import (
	"container/heap"
	"context"
	"fmt"
	"math"
	"slices"
)

const (
	wholeShare = 8 << 20  // bytes of text that a history reads ahead, of all ears together
	leastShare = 2 << 10  // bytes that it reads of one ear at once
	mostShare  = 64 << 10 // bytes
	mostAhead  = 128      // lines of one ear that wait, where there are many ears
)

// history is what is kept at one moment, merged by time, however much it is: it reads
// each ear piece by piece. Where the ring turns past it, it says how much it missed.
type history struct {
	query  Query
	tail   bool     // an unterminated line is a line, too
	tracks []*track // a heap by the time of the next line
	share  int64    // bytes to read at once
	ahead  int      // lines to keep at once
}

// track is a history's place in one ear.
type track struct {
	*cursor
	order int   // among the ears, where times are equal
	end   int64 // offset behind what is meant
	lines []entry
	done  bool
}

// newHistory takes a place in each of the ears that q means.
func (s *Store) newHistory(ctx context.Context, q Query, tail bool) (*history, error) {
	ears := s.match(q)
	h := &history{query: q, tail: tail, ahead: math.MaxInt}
	h.share = min(mostShare, max(leastShare, wholeShare/int64(max(1, len(ears)))))
	if h.share < mostShare {
		h.ahead = mostAhead
	}
	for i, e := range ears {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		t, err := q.track(e)
		if err != nil {
			return nil, fmt.Errorf("cannot read the log of %s: %w", e.service, err)
		}
		t.order = i
		h.tracks = append(h.tracks, t)
	}
	return h, nil
}

// track takes a place in one ear: at its oldest line that may be meant.
func (q Query) track(e *ear) (*track, error) {
	v, err := e.look()
	if err != nil {
		return nil, err
	}
	defer v.close()
	t := &track{cursor: &cursor{ear: e, seen: -1}, end: v.end}
	if t.pos, err = v.whole(v.start()); err != nil {
		return nil, err
	}
	if !q.Since.IsZero() {
		index, err := v.index()
		if err != nil {
			return nil, err
		}
		if t.pos, err = v.lineOf(max(t.pos, cameAfter(index, q.Since, v.end)), t.pos); err != nil {
			return nil, err
		}
	}
	return t, t.anchor(v)
}

// again is the same history from its beginning.
func (h *history) again() *history {
	twin := *h
	twin.tracks = nil
	for _, t := range h.tracks {
		place := *t.cursor
		twin.tracks = append(twin.tracks, &track{cursor: &place, order: t.order, end: t.end})
	}
	return &twin
}

// cursors are the places that were taken. They move with the history.
func (h *history) cursors() []*cursor {
	var all []*cursor
	for _, t := range h.tracks {
		all = append(all, t.cursor)
	}
	return all
}

// newest gives all lines that are meant: of a number that is asked for the newest ones, whose
// beginning is found by counting.
func (h *history) newest(ctx context.Context, send func(Line) error) error {
	skip := int64(0)
	if h.query.Lines != nil {
		skip = -int64(*h.query.Lines)
		if err := h.again().each(ctx, func(Line) error { skip++; return nil }); err != nil {
			return err
		}
	}
	return h.each(ctx, func(l Line) error {
		if skip > 0 {
			skip -= max(1, l.Lost)
			return nil
		}
		return send(l)
	})
}

// each gives all lines. It is called once.
func (h *history) each(ctx context.Context, send func(Line) error) error {
	all := h.tracks
	defer func() { h.tracks = all }()
	h.tracks = nil
	for _, t := range all {
		if err := h.fill(t); err != nil {
			return err
		}
		if !t.done {
			h.tracks = append(h.tracks, t)
		}
	}
	heap.Init(h)
	for len(h.tracks) > 0 {
		if err := ctx.Err(); err != nil {
			return err
		}
		t := h.tracks[0]
		l := t.lines[0]
		t.lines = t.lines[1:]
		if h.query.Since.IsZero() || !l.Time.Before(h.query.Since) {
			if err := send(l.Line); err != nil {
				return err
			}
		}
		if err := h.fill(t); err != nil {
			return err
		}
		if t.done {
			heap.Pop(h)
		} else {
			heap.Fix(h, 0)
		}
	}
	return nil
}

// fill sees to the next line of a track.
func (h *history) fill(t *track) error {
	for share := h.share; len(t.lines) == 0 && !t.done; {
		was := t.pos
		found, err := t.read(share, t.end)
		if err != nil {
			return fmt.Errorf("cannot read the log of %s: %w", t.ear.service, err)
		}
		t.lines = t.keep(found, h.ahead)
		switch {
		case len(found) > 0 || t.pos > was:
		case share <= maxLine && t.pos+share < t.end:
			share = maxLine + 1
		case h.tail:
			t.done = true
			return t.rest()
		default:
			t.done = true
		}
	}
	return nil
}

// keep gives back what is too much: it is read again. Not where there was a loss, which
// is told once.
func (t *track) keep(found []entry, most int) []entry {
	if len(found) <= most || slices.ContainsFunc(found, func(l entry) bool { return l.Lost > 0 }) {
		return found
	}
	for _, l := range found[most:] {
		if !l.Partial {
			t.cursor.lines--
		}
	}
	t.pos, t.seen = found[most].at, -1
	return found[:most]
}

// rest takes the line that has no end.
func (t *track) rest() error {
	v, err := t.ear.look()
	if err != nil {
		return err
	}
	defer v.close()
	if t.pos >= t.end || t.pos < v.start() {
		return nil
	}
	index, err := v.index()
	if err != nil {
		return err
	}
	text, err := v.read(t.pos, min(t.end, v.end))
	if err != nil {
		return err
	}
	l := entry{at: t.pos, Line: Line{Time: timeAt(index, t.pos), Text: text, Partial: true}}
	t.lines, t.done = []entry{l}, false
	t.ear.sign(t.lines)
	t.pos = t.end
	return nil
}

// Len, Less, Swap, Push and Pop are for [heap.Interface].
func (h *history) Len() int { return len(h.tracks) }

// Less compares the times of the next lines.
func (h *history) Less(i, j int) bool {
	a, b := h.tracks[i], h.tracks[j]
	if c := a.lines[0].key.Compare(b.lines[0].key); c != 0 {
		return c < 0
	}
	return a.order < b.order
}

// Swap swaps two tracks.
func (h *history) Swap(i, j int) { h.tracks[i], h.tracks[j] = h.tracks[j], h.tracks[i] }

// Push adds a track.
func (h *history) Push(t any) { h.tracks = append(h.tracks, t.(*track)) }

// Pop takes the last track away.
func (h *history) Pop() any {
	last := h.tracks[len(h.tracks)-1]
	h.tracks = h.tracks[:len(h.tracks)-1]
	return last
}
