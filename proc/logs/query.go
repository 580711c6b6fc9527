package logs

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"sort"
	"time"
)

// Query says which lines are meant.
type Query struct {
	Names  []string  // services; empty: all
	Lines  *int      // the newest so many in all, 0 or more; nil: all that fits
	Since  time.Time // none that came earlier; zero: any
	Stream string    // Stdout, Stderr or Syslog; empty: all
}

// match returns the ears that q means, stdout before stderr before syslog, services by name.
func (s *Store) match(q Query) []*ear {
	s.mu.Lock()
	defer s.mu.Unlock()
	names := slices.Sorted(slices.Values(q.Names))
	if len(q.Names) == 0 {
		names = slices.Sorted(maps.Keys(s.services))
	}
	var ears []*ear
	for _, name := range slices.Compact(names) {
		sv := s.services[name]
		if sv == nil {
			continue
		}
		for _, e := range sv.ears() {
			if q.Stream == "" || q.Stream == e.stream {
				ears = append(ears, e)
			}
		}
	}
	return ears
}

// recent puts the ears first that heard something last: beside what they have, little
// of the others' is new enough to be read at all.
func recent(ears []*ear) []*ear {
	heard := make(map[*ear]int64, len(ears))
	for _, e := range ears {
		heard[e] = e.heard.Load()
	}
	sort.SliceStable(ears, func(i, j int) bool { return heard[ears[i]] > heard[ears[j]] })
	return ears
}

// Query returns lines that are kept, merged by time; those of one stream stay in
// order whatever the wall clock did. Services that are not known have none. What
// it returns is bounded, see Weight: more says that q means older lines too. The
// error names the service whose log cannot be read, or is that of ctx.
func (s *Store) Query(ctx context.Context, q Query) (found []Line, more bool, err error) {
	c := collection{query: q}
	for _, e := range recent(s.match(q)) {
		if err := ctx.Err(); err != nil {
			return nil, false, err
		}
		found, err := e.query(&c, true)
		if err != nil {
			return nil, false, err
		}
		c.add(found.lines)
	}
	return strip(c.kept), c.more, nil
}

// Tail returns the newest n lines of a service.
func (s *Store) Tail(name string, n int) ([]Line, error) {
	found, _, err := s.Query(context.Background(), Query{Names: []string{name}, Lines: &n})
	return found, err
}

// reading is what query found in one ear.
type reading struct {
	lines []entry
	next  cursor // where a follower goes on
}

// query reads from one ear what c may still use. With tail, that includes an
// unterminated line.
func (e *ear) query(c *collection, tail bool) (reading, error) {
	fail := func(err error) (reading, error) {
		return reading{}, fmt.Errorf("cannot read the log of %s: %w", e.service, err)
	}
	v, err := e.look()
	if err != nil {
		return fail(err)
	}
	defer v.close()
	index, err := v.index()
	if err != nil {
		return fail(err)
	}
	from, err := c.from(v, index)
	if err != nil {
		return fail(err)
	}
	text, err := v.read(from, v.end)
	if err != nil {
		return fail(err)
	}
	found, next := split(text, from, index, tail)
	cur := cursor{ear: e, pos: next, seen: v.end, loss: v.loss}
	if !tail {
		err = cur.anchor(v)
	}
	for _, l := range found {
		cur.sent(l)
	}
	e.sign(found)
	if since := c.query.Since; !since.IsZero() {
		found = slices.DeleteFunc(found, func(l entry) bool { return l.Time.Before(since) })
	}
	return reading{lines: found, next: cur}, err
}

// sign completes the lines of an ear. Where the clock was set back, what came before
// counts as having come then: the newest lines have their true time.
func (e *ear) sign(found []entry) {
	var key time.Time
	for i := range slices.Backward(found) {
		l := &found[i]
		l.Service, l.Stream = e.service, e.stream
		if key.IsZero() || l.Time.Before(key) {
			key = l.Time
		}
		l.key = key
	}
}

// merge sorts the lines of several ears by time.
func merge(all []entry) []entry {
	slices.SortStableFunc(all, func(a, b entry) int { return a.key.Compare(b.key) })
	return all
}

func strip(all []entry) []Line {
	out := make([]Line, len(all))
	for i, l := range all {
		out[i] = l.Line
	}
	return out
}
