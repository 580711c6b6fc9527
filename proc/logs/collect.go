package logs

import "bytes"

const (
	// Weight is how much a query returns, in bytes: the newest lines, each of which
	// counts with its text, its service's name and 96 bytes more. That is what a
	// line of plain text is in JSON, so that twice as much fits in a frame.
	Weight = 2 << 20

	lineWeight = 96
	mostLines  = Weight/lineWeight + 1 // more can never be returned
)

func (l *entry) weight() int { return lineWeight + len(l.Service) + len(l.Text) }

// collection is the newest lines of the ears that were read so far: a query has
// never more than these and one ear's share in memory.
type collection struct {
	query Query
	kept  []entry // by time
	more  bool    // lines were left out that would be too much
	full  bool    // what is older than all of kept is not wanted
}

// add merges the lines of one more ear and keeps the newest.
func (c *collection) add(found []entry) {
	if len(found) == 0 {
		return
	}
	for i := range found {
		found[i].borrowed = true
	}
	at := len(c.kept)
	for at > 0 && c.kept[at-1].key.After(found[0].key) {
		at--
	}
	all := append(c.kept, found...)
	merge(all[at:])
	i := len(all)
	for room := Weight; i > 0 && !c.enough(len(all)-i); i-- {
		if room -= all[i-1].weight(); room < 0 {
			c.more = true
			break
		}
	}
	c.full = c.more || c.enough(len(all)-i)
	n := copy(all, all[i:])
	clear(all[n:]) // nothing of what is left out stays in memory
	c.kept = all[:n]
	for i := range c.kept {
		if l := &c.kept[i]; l.borrowed {
			l.Text, l.borrowed = bytes.Clone(l.Text), false
		}
	}
}

// enough says whether n lines are all that is asked for.
func (c *collection) enough(n int) bool { return c.query.Lines != nil && n >= *c.query.Lines }

// from returns the offset from which on a view's lines may be of use: not those
// that are too many, too much, or too old.
func (c *collection) from(v *view, index []record) (int64, error) {
	from, err := v.whole(v.start())
	if err != nil || c.enough(0) {
		return max(from, v.end), err
	}
	at := max(from, cameAfter(index, c.query.Since, v.end))
	if c.full && len(c.kept) > 0 {
		at = max(at, cameLast(index, c.kept[0].key, v.end))
	}
	if from, err = v.lineOf(at, from); err != nil {
		return from, err
	}
	meant := from
	if from, err = v.lineOf(v.end-Weight, from); err != nil {
		return from, err
	}
	if c.query.Lines != nil && *c.query.Lines < mostLines {
		return v.tail(*c.query.Lines, from)
	}
	if from, err = v.tail(mostLines, from); from > meant {
		c.more = true
	}
	return from, err
}
