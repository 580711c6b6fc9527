package configs

import (
	"cmp"
	"maps"
	"slices"

	"zinit/graph"
)

// softTables are the tables that apply to a running service without a restart.
var softTables = []string{"lifecycle", "health", "logging"}

// Equal says whether two definitions say the same, whatever files they are from.
func Equal(a, b *Service) bool { return same(a, b, nil) }

// SoftOnly says whether two definitions differ in nothing but restart, timeout,
// health and logging keys, or not at all: what changed may be put in force while the
// service runs. Two things of these tables are a
// process's from its birth, and stay: where its descriptors lead, and whether it
// has a socket to notify.
func SoftOnly(a, b *Service) bool {
	return same(a, b, softTables) && a.output() == b.output() && a.notifies() == b.notifies()
}

// SameHealth says whether two definitions have the same probes, or both none.
func SameHealth(a, b *Service) bool { return sameTable(a, b, "health") }

// output is where stdout and stderr go; a definition made by an older version
// does not say.
func (s *Service) output() Output { return cmp.Or(s.Log.Stdout, OutputRing) }

// notifies says whether the service tells by itself how it is.
func (s *Service) notifies() bool { return s.Health != nil && s.Health.Type == HealthNotify }

// same compares all keys, but for those of some tables.
func same(a, b *Service, but []string) bool {
	for _, table := range tables {
		if !slices.Contains(but, table) && !sameTable(a, b, table) {
			return false
		}
	}
	return true
}

// sameTable compares the keys of a table.
func sameTable(a, b *Service, table string) bool {
	if !a.has(table) || !b.has(table) {
		return a.has(table) == b.has(table)
	}
	for k := range keysOf(table) {
		if !k.same(a, b) {
			return false
		}
	}
	return true
}

// same compares what a key is in two services: what forms show is one of these two
// or can be compared as it is.
func (k key) same(a, b *Service) bool {
	left, right := k.form.show(a), k.form.show(b)
	switch left := left.(type) {
	case []string:
		right, ok := right.([]string)
		return ok && slices.Equal(left, right)
	case map[string]string:
		right, ok := right.(map[string]string)
		return ok && maps.Equal(left, right)
	}
	return left == right
}

// Node is the service with its edges, for a graph.
func (s *Service) Node() graph.Node {
	return graph.Node{Name: s.Name, Requires: s.Requires, After: s.After, Wants: s.Wants, Conflicts: s.Conflicts}
}
