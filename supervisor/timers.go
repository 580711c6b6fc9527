package supervisor

import "container/heap"

// timers is every service's deadline, the earliest first. An entry whose service
// has another deadline by now is stale and is skipped when it comes up.
type timers struct{ entries entries }

type entry struct {
	until Instant
	s     *service
}

// until gives the service its one deadline; 0 takes it away.
func (c *Core) until(s *service, at Instant) {
	s.Until = at
	c.touch(s)
	c.arm(s)
}

// arm puts the service's deadline among the others, if it has one.
func (c *Core) arm(s *service) {
	if s.Until > 0 {
		heap.Push(&c.timers.entries, entry{s.Until, s})
	}
}

// next is the earliest deadline.
func (t *timers) next() (Instant, bool) {
	for len(t.entries) > 0 {
		first := t.entries[0]
		if first.s.Until == first.until {
			return first.until, true
		}
		heap.Pop(&t.entries)
	}
	return 0, false
}

// due takes out a service whose deadline has passed.
func (t *timers) due(now Instant) (*service, bool) {
	at, ok := t.next()
	if !ok || at > now {
		return nil, false
	}
	return heap.Pop(&t.entries).(entry).s, true
}

type entries []entry

func (e entries) Len() int           { return len(e) }
func (e entries) Less(i, j int) bool { return e[i].until < e[j].until }
func (e entries) Swap(i, j int)      { e[i], e[j] = e[j], e[i] }
func (e *entries) Push(x any)        { *e = append(*e, x.(entry)) }
func (e *entries) Pop() any {
	old := *e
	last := old[len(old)-1]
	old[len(old)-1] = entry{}
	*e = old[:len(old)-1]
	return last
}
