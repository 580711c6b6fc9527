package graph

import "slices"

// numbered is the part of a graph that makes an order: its nodes, numbered in
// order of their names, and for each the nodes that it requires or comes after.
type numbered struct {
	names []string
	needs [][]int // sorted, without doubles
}

// numbered leaves out undefined names: there is nothing to wait for.
func (g *Graph) numbered() numbered {
	number := make(map[string]int, len(g.names))
	for i, name := range g.names {
		number[name] = i
	}
	needs := make([][]int, len(g.names))
	for i, name := range g.names {
		v := g.vertices[name]
		for _, ends := range [][]string{v.out[Requires], v.out[After]} {
			for _, end := range ends {
				if j, ok := number[end]; ok {
					needs[i] = append(needs[i], j)
				}
			}
		}
		slices.Sort(needs[i])
		needs[i] = slices.Compact(needs[i])
	}
	return numbered{g.names, needs}
}

// Order are the names of the nodes in an order of start: each behind those that
// it requires or comes after, wave upon wave, sorted by name in each. Members of
// a cycle, and what is behind one, have no order: they come last, by name.
func (g *Graph) Order() []string {
	n := g.numbered()
	missing := make([]int, len(n.names)) // how many have to come before
	needed := make([][]int, len(n.names))
	var wave []int
	for i, needs := range n.needs {
		missing[i] = len(needs)
		if len(needs) == 0 {
			wave = append(wave, i)
		}
		for _, j := range needs {
			needed[j] = append(needed[j], i)
		}
	}
	order := make([]string, 0, len(n.names))
	for len(wave) > 0 {
		order, wave = n.wave(order, wave, needed, missing)
	}
	for i, left := range missing {
		if left > 0 {
			order = append(order, n.names[i])
		}
	}
	return order
}

// wave appends one wave to order and finds the next.
func (n numbered) wave(order []string, wave []int, needed [][]int, missing []int) ([]string, []int) {
	var next []int
	for _, i := range wave {
		order = append(order, n.names[i])
		for _, j := range needed[i] {
			if missing[j]--; missing[j] == 0 {
				next = append(next, j)
			}
		}
	}
	slices.Sort(next)
	return order, next
}

// StopOrder is [Graph.Order] from its end.
func (g *Graph) StopOrder() []string {
	order := g.Order()
	slices.Reverse(order)
	return order
}
