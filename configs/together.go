package configs

import (
	"maps"
	"slices"
	"strings"

	"zinit/graph"
)

// refuseCycles refuses all members of cycles over requires and after.
func (l *loader) refuseCycles() {
	g := graph.New(func(yield func(graph.Node) bool) {
		for _, one := range l.byName {
			if !yield(one.Node()) {
				return
			}
		}
	})
	for _, c := range g.Cycles() {
		for _, name := range c.Members {
			one := l.byName[name]
			one.refused = true
			one.source.service = name
			l.set.Problems = append(l.set.Problems, one.source.problem(one.cyclePlace(c),
				"%s is part of a cycle over requires and after: %s; take out one of these edges", quote(name), Ring(c.Ring)))
		}
	}
}

// longestRing is how many names of a ring are printed.
const longestRing = 12

// Ring shows a cycle in one line, a -> b -> a. The middle of a long one is left
// out.
func Ring(names []string) string {
	if n := len(names); n > longestRing {
		const half = longestRing / 2
		names = slices.Concat(names[:half], []string{"…"}, names[n-half:])
	}
	return strings.Join(names, " -> ")
}

// cyclePlace is the place of the edge that makes a service a member of a cycle.
func (one *loaded) cyclePlace(c graph.Cycle) int {
	for _, key := range []string{"requires", "after"} {
		e := written(one.doc, "dependencies", key)
		if e == nil {
			continue
		}
		for _, item := range e.items {
			if _, member := slices.BinarySearch(c.Members, item.text); member {
				return item.at
			}
		}
	}
	return nowhere
}

// warn notes edges that lead to nobody, and what two services share. A name whose file
// is bad is somebody: its own problem says more.
func (l *loader) warn() {
	known := make(map[string]bool, len(l.byName))
	for name := range l.byName {
		known[name] = true
	}
	for _, p := range l.set.Problems {
		known[p.Service] = true
	}
	sorted := slices.Sorted(maps.Keys(known))
	users := map[string][]string{}
	for _, name := range sorted {
		one := l.byName[name]
		if one == nil {
			continue
		}
		one.source.service = name // what was wrong with the file was told before
		l.warnUnknown(one, sorted, "requires", one.Requires, "it waits until there is one")
		l.warnUnknown(one, sorted, "after", one.After, "there is nothing to wait for")
		l.warnShared(one, users)
		l.set.Warnings = append(l.set.Warnings, one.source.problems...)
	}
}

// maxSuggestions bounds the search for what was meant: it looks at every name.
const maxSuggestions = 100

// warnUnknown notes those of the names under one key that lead to nobody.
func (l *loader) warnUnknown(one *loaded, known []string, key string, names []string, effect string) {
	for _, name := range names {
		if _, ok := slices.BinarySearch(known, name); ok {
			continue
		}
		suggestion := ""
		if len(l.set.Warnings) < maxSuggestions {
			suggestion = didYouMean(name, slices.Values(known))
		}
		one.source.fault(mention(one.doc, key, name), "%s names %s, but no service has that name: %s%s",
			key, quote(name), effect, suggestion)
	}
}
