package graph

import (
	"iter"
	"maps"
	"slices"
)

// Kind is what an edge means.
type Kind uint8

// The kinds of edges.
const (
	Requires  Kind = iota // the other must be up
	After                 // the other goes first, where both go
	Wants                 // the other is started too
	Conflicts             // never both; holds in both directions
	kinds
)

// Node is a name and the names at the other ends of its edges, in any order.
type Node struct {
	Name                              string
	Requires, After, Wants, Conflicts []string
}

// Graph is a set of nodes with their edges. It never changes after [New] and may
// be shared.
type Graph struct {
	names    []string // of the nodes, sorted
	vertices map[string]*vertex
}

// vertex is one name, defined or only mentioned.
type vertex struct {
	known   bool
	out, in [kinds][]string // sorted, without doubles
}

// New makes the graph of nodes. Names are unique; of two nodes with one name the
// later one counts. Slices that are sorted already are kept, not copied: whoever
// made them must not change them.
func New(nodes iter.Seq[Node]) *Graph {
	g := &Graph{vertices: map[string]*vertex{}}
	for n := range nodes {
		g.vertices[n.Name] = &vertex{known: true, out: [kinds][]string{
			tidy(n.Requires), tidy(n.After), tidy(n.Wants), tidy(n.Conflicts),
		}}
	}
	g.names = slices.Sorted(maps.Keys(g.vertices))
	for _, name := range g.names {
		g.link(name)
	}
	g.pair()
	return g
}

// link enters name at the other end of each of its edges. As it is called in
// order of names, the lists of dependents come out sorted.
func (g *Graph) link(name string) {
	for kind, ends := range g.vertices[name].out {
		for _, end := range ends {
			v := g.vertices[end]
			if v == nil {
				v = &vertex{}
				g.vertices[end] = v
			}
			v.in[kind] = append(v.in[kind], name)
		}
	}
}

// pair makes conflicts the same from both ends.
func (g *Graph) pair() {
	for _, v := range g.vertices {
		if len(v.in[Conflicts]) == 0 && len(v.out[Conflicts]) == 0 {
			continue
		}
		both := tidy(slices.Concat(v.out[Conflicts], v.in[Conflicts]))
		v.out[Conflicts], v.in[Conflicts] = both, both
	}
}

// tidy gives names sorted and without doubles, and names itself where it is so.
func tidy(names []string) []string {
	for i := range names {
		if i > 0 && names[i-1] >= names[i] {
			names = slices.Clone(names)
			slices.Sort(names)
			return slices.Clip(slices.Compact(names))
		}
	}
	return slices.Clip(names)
}

// Has says whether name is a node, and not only mentioned by one.
func (g *Graph) Has(name string) bool {
	v := g.vertices[name]
	return v != nil && v.known
}

// Names are the names of the nodes, sorted. The slice is the graph's own.
func (g *Graph) Names() []string { return g.names }

// Out are the names that name's edges of one kind lead to, sorted, defined or
// not. The slice is the graph's own. A name that nobody mentions has none.
func (g *Graph) Out(name string, kind Kind) []string {
	if v := g.vertices[name]; v != nil {
		return v.out[kind]
	}
	return nil
}

// In are the nodes whose edges of one kind lead to name, sorted. For Conflicts it
// is the same as [Graph.Out]. The slice is the graph's own.
func (g *Graph) In(name string, kind Kind) []string {
	if v := g.vertices[name]; v != nil {
		return v.in[kind]
	}
	return nil
}

// Closure gives names and then all that is reached from them over edges of the
// given kinds, each once, breadth first: along the edges (dependencies) with out,
// else against them (dependents). Undefined names are among them.
func (g *Graph) Closure(names []string, out bool, kinds ...Kind) iter.Seq[string] {
	step := g.In
	if out {
		step = g.Out
	}
	return func(yield func(string) bool) {
		seen := make(map[string]bool, len(names))
		queue := unseen(nil, seen, names)
		for i := 0; i < len(queue); i++ {
			if !yield(queue[i]) {
				return
			}
			for _, kind := range kinds {
				queue = unseen(queue, seen, step(queue[i], kind))
			}
		}
	}
}

// unseen appends those of names that were not seen before, and marks them.
func unseen(queue []string, seen map[string]bool, names []string) []string {
	for _, name := range names {
		if !seen[name] {
			seen[name] = true
			queue = append(queue, name)
		}
	}
	return queue
}
