package sim

import (
	"slices"
	"strings"

	"zinit/configs"
)

// Exhaust plays every sequence of at most depth ops of an alphabet, each to its
// end. A sequence whose last op had no effect is not continued: it is another,
// shorter one. It gives the first failure, and how many sequences were played.
func Exhaust(birth Birth, set configs.Set, alphabet []Op, depth int) (*Failure, int) {
	played := 0
	var deeper func(ops []Op) *Failure
	deeper = func(ops []Op) *Failure {
		played++
		c := Case{Ops: ops, Set: &set}
		v, idle := try(birth, c)
		if v != nil {
			var trace strings.Builder
			play(birth, c, &trace)
			return &Failure{c, *v, trace.String()}
		}
		if idle || len(ops) == depth {
			return nil
		}
		for _, op := range alphabet {
			if f := deeper(append(slices.Clip(ops), op)); f != nil {
				return f
			}
		}
		return nil
	}
	return deeper(nil), played
}

// try plays a case and says whether its last op had no effect.
func try(birth Birth, c Case) (*Violation, bool) {
	w, _ := c.world(birth)
	w.boot()
	before := -1
	for _, op := range c.Ops {
		before = w.state()
		w.apply(c.Seed, op)
		if w.oracle.found != nil {
			return w.oracle.found, false
		}
	}
	idle := before == w.state()
	if !idle {
		w.settle(c.Seed)
	}
	return w.oracle.found, idle
}

// state is a number that changes with all that happens.
func (w *World) state() int {
	return w.events*7 + int(w.now) + len(w.kernel.births) + int(w.kernel.ticks) + len(w.kernel.link) + w.crashIn
}
