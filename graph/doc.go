// Package graph is the theory of who needs whom: names, four kinds of edges, an
// order, the cycles, and walks over neighbours and closures.
//
// It is pure and knows nothing of services, states or files. Names that nobody
// defined are kept as ends of edges: [Graph.Has] tells them from the others.
// Every walk is a loop over an explicit stack or queue, so that a chain of ten
// thousand costs memory and not a crash, and every answer is deterministic:
// neighbours come sorted by name.
package graph
