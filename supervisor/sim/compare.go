package sim

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"time"

	"zinit/configs"
	"zinit/supervisor"
)

// Compare is invariant 22: it plays a history twice, once as it is and once with
// crashes of the server, and compares what they come to each time all is at rest.
// Processes behave as their service does always, so that both can be compared.
func Compare(birth Birth, seed uint64) *Failure {
	plain, v := history(birth, seed, false, nil)
	if v == nil {
		var crashed []string
		crashed, v = history(birth, seed, true, nil)
		v = differ(plain, crashed, v)
	}
	if v == nil {
		return nil
	}
	var trace strings.Builder
	history(birth, seed, false, &trace)
	trace.WriteString("======== the same with crashes\n")
	history(birth, seed, true, &trace)
	return &Failure{Case{Seed: seed}, *v, trace.String()}
}

// differ compares the states at rest.
func differ(plain, crashed []string, v *Violation) *Violation {
	if v != nil {
		return v
	}
	for i := range plain {
		if plain[i] != crashed[i] {
			return &Violation{22, fmt.Sprintf("after wish %d\n  without a crash: %s\n  with crashes:    %s", i, plain[i], crashed[i])}
		}
	}
	return nil
}

// history plays one: a boot and some wishes, each left alone until all is at
// rest. The client of a wish that the server did not answer asks again.
func history(birth Birth, seed uint64, crashes bool, trace *strings.Builder) (rests []string, found *Violation) {
	r := dice(seed, "compare")
	w := steadyWorld(birth, seed, r)
	w.trace = trace
	w.oracle = newOracle(w)
	defer func() {
		if p := recover(); p != nil {
			found = &Violation{0, fmt.Sprintf("panic: %v", p)}
		}
	}()
	fate := dice(seed, "fate")
	hit := func() {
		if crashes {
			w.arm(fate.IntN(12))
			w.rearm = fate.IntN(20)
		}
	}
	hit()
	w.boot()
	w.rest()
	rests = append(rests, w.summary())
	for range 4 {
		which, whose := one(r, byte(1), 8, 8, 13), byte(r.IntN(len(names)))
		hit()
		w.wished(seed, which, whose)
		w.rest()
		rests = append(rests, w.summary())
		if w.oracle.found != nil {
			return rests, w.oracle.found
		}
	}
	return rests, w.oracle.found
}

// wished has somebody ask until there is an answer, or the wish is on file.
func (w *World) wished(seed uint64, which, whose byte) {
	for range 9 {
		w.recoverSafely()
		ev := w.wish(seed, which, whose)
		w.give(ev)
		if !w.down {
			return
		}
	}
}

// rest runs the world until nothing happens any more, or only probes.
func (w *World) rest() {
	for range patience {
		w.recoverSafely()
		if w.oracle.found != nil {
			return
		}
		if list := w.pending(); len(list) > 0 {
			list[0]()
			continue
		}
		at, ok := w.due()
		if !ok || w.resting() {
			w.crashIn, w.rearm = -1, -1
			return
		}
		w.advance(at)
	}
	w.oracle.fail(23, "no rest after %d steps", patience)
}

// summary is what all has come to, without what a crash may well change.
func (w *World) summary() string {
	var b strings.Builder
	for _, v := range w.mind.Views(w.now) {
		failure := string(v.Failure.Kind)
		if v.State == supervisor.StateBlocked {
			failure = "" // it may have ended just before its requirement, or been stopped
		}
		fmt.Fprintf(&b, "%s: %s%s %s; ", v.Name, v.State, when(v.IsUp, ", up"), failure)
	}
	return b.String()
}

// steadyWorld draws a world in which each service's processes are all alike, and
// no race decides: no conflicts, no end that depends on how often it was tried.
func steadyWorld(birth Birth, seed uint64, r *rand.Rand) *World {
	set := randomSet(r)
	steady := map[string]Manner{}
	for _, s := range set.Services {
		s.Conflicts = nil
		s.StabilityPeriod = seconds(60)
		s.MaxRestarts = 1 + r.IntN(3)
		if s.Health != nil {
			s.StartTimeout = seconds(5)
		}
		steady[s.Name] = steadyManner(dice(seed, "steady", s.Name), s)
	}
	w := newWorld(birth, set)
	w.manner = func(name string, _ int, _ bool) Manner { return steady[name] }
	return w
}

// steadyManner draws the one manner of a service.
func steadyManner(r *rand.Rand, s *configs.Service) Manner {
	m := Docile(s.Oneshot)
	switch {
	case chance(r, 10):
		m.Unborn = "no such file or directory"
	case s.Oneshot:
		m.Lives = one(r, 0, time.Second)
		m.Status = one(r, supervisor.Status{}, supervisor.Status{}, supervisor.Status{Code: 1})
	case chance(r, 20):
		m.Lives = one(r, time.Second, seconds(2))
		m.Status = randomStatus(r.IntN(4))
	}
	m.Obeys = one(r, 0, 0, 300*time.Millisecond, -1)
	m.Kids = chance(r, 20)
	m.KidObey = one(r, 0, 300*time.Millisecond, -1)
	m.Sick = one(r, 0, 0, -1)
	m.Orders = chance(r, 40) // and they take no time: a successor believes that they are carried out
	return m
}
