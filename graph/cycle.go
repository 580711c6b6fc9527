package graph

import (
	"slices"
	"sort"
)

// Cycle is a set of nodes each of which requires or comes after itself over the
// others, so that none of them can ever be the first.
type Cycle struct {
	Members []string // all of them, sorted
	Ring    []string // a shortest way from Members[0] back to it, both ends named: a b c a
}

// Cycles are the cycles over requires and after, sorted by their first member.
// No node is in two of them.
func (g *Graph) Cycles() []Cycle {
	n := g.numbered()
	t := tarjan{numbered: n, mark: make([]mark, len(n.names))}
	for root := range n.names {
		if t.mark[root].index == 0 {
			t.walk(root)
		}
	}
	sort.SliceStable(t.found, func(i, j int) bool { return t.found[i].Members[0] < t.found[j].Members[0] })
	return t.found
}

// tarjan finds strongly connected components (R. Tarjan, Depth-first search and
// linear graph algorithms, 1972), with its own stack in place of recursion.
type tarjan struct {
	numbered
	mark  []mark
	last  int   // index given last
	path  []int // nodes from the root to the one at work
	stack []int // nodes whose component is not complete
	found []Cycle
}

// mark is what the walk knows of a node.
type mark struct {
	index int // order of discovery, from 1; 0: not seen
	low   int // smallest index that can be reached within the component
	next  int // how many of its edges were taken
	open  bool
}

// walk finds the components of all that can be reached from root.
func (t *tarjan) walk(root int) {
	t.enter(root)
	for len(t.path) > 0 {
		i := t.path[len(t.path)-1]
		m := &t.mark[i]
		if m.next == len(t.needs[i]) {
			t.leave(i)
			continue
		}
		j := t.needs[i][m.next]
		m.next++
		if t.mark[j].index == 0 {
			t.enter(j)
		} else if t.mark[j].open {
			m.low = min(m.low, t.mark[j].index)
		}
	}
}

// enter begins with a node that was not seen before.
func (t *tarjan) enter(i int) {
	t.last++
	t.mark[i] = mark{index: t.last, low: t.last, open: true}
	t.path = append(t.path, i)
	t.stack = append(t.stack, i)
}

// leave is done with a node. The first node of a component takes it off the stack.
func (t *tarjan) leave(i int) {
	t.path = t.path[:len(t.path)-1]
	m := t.mark[i]
	if len(t.path) > 0 {
		above := &t.mark[t.path[len(t.path)-1]]
		above.low = min(above.low, m.low)
	}
	if m.low != m.index {
		return
	}
	at := len(t.stack) - 1
	for t.stack[at] != i {
		at--
	}
	members := slices.Clone(t.stack[at:])
	t.stack = t.stack[:at]
	for _, j := range members {
		t.mark[j].open = false
	}
	if len(members) > 1 || slices.Contains(t.needs[i], i) {
		t.found = append(t.found, t.cycle(members))
	}
}

// cycle describes a component.
func (t *tarjan) cycle(members []int) Cycle {
	slices.Sort(members)
	return Cycle{Members: t.named(members), Ring: t.named(t.ring(members))}
}

// ring finds a shortest way from the first of members back to it, breadth first.
// All ways that stay among members lead back, the others never do.
func (t *tarjan) ring(members []int) []int {
	home := members[0]
	from := make(map[int]int, len(members)) // the node before, on the way from home
	for _, j := range members {
		from[j] = -1
	}
	for queue := []int{home}; ; queue = queue[1:] {
		i := queue[0]
		for _, j := range t.needs[i] {
			if j == home {
				return way(from, home, i)
			}
			if before, member := from[j]; member && before < 0 {
				from[j] = i
				queue = append(queue, j)
			}
		}
	}
}

// way follows from backwards, from the last node of a ring to home.
func way(from map[int]int, home, last int) []int {
	ring := []int{home}
	for i := last; i != home; i = from[i] {
		ring = append(ring, i)
	}
	ring = append(ring, home)
	slices.Reverse(ring)
	return ring
}

// named gives the names of nodes.
func (n numbered) named(nodes []int) []string {
	names := make([]string, len(nodes))
	for k, i := range nodes {
		names[k] = n.names[i]
	}
	return names
}
