package sim

import (
	"fmt"
	"math/rand/v2"
	"time"

	"zinit/supervisor"
)

// Manner is how one incarnation behaves.
type Manner struct {
	Unborn  string            // not empty: it can't be spawned, and this is why
	Orders  bool              // it is born with orders to carry out before its program is executed
	Takes   time.Duration     // so long do they take; below 0: for ever
	Refused string            // not empty: they can't be carried out, and this is why
	Lingers bool              // then it does not end, as it should
	Lives   time.Duration     // it ends by itself after this; below 0: never
	Status  supervisor.Status // how it ends by itself
	Obeys   time.Duration     // from a signal to its end; 0: at once; below 0: it ignores all but SIGKILL
	Catches bool              // it answers a signal with exit 0, and is not killed by it
	Kids    bool              // it leaves processes in its group
	KidObey time.Duration     // as Obeys, for these
	Wild    bool              // a child of it left the group
	Bound   bool              // that child can't be killed
	Sick    int               // probes that fail before the first success; below 0: all
	Falls   int               // successful probes before they fail; 0: they never do
}

// Docile is a process that runs until it is told to stop, and a oneshot that
// succeeds at once.
func Docile(oneshot bool) Manner {
	if oneshot {
		return Manner{}
	}
	return Manner{Lives: -1}
}

// randomManner draws the manner of a service's n-th process.
func randomManner(seed uint64, name string, n int, oneshot bool) Manner {
	r := dice(seed, "manner", name, fmt.Sprint(n))
	m := Docile(oneshot)
	if chance(r, 8) {
		m.Unborn = "no such file or directory"
	}
	if oneshot || chance(r, 40) {
		m.Lives = one(r, 0, time.Second, seconds(6), seconds(15))
		m.Status = randomStatus(r.IntN(8))
	}
	m.Obeys = one(r, 0, 0, 0, time.Second, seconds(3), -1)
	m.Catches = chance(r, 50)
	if chance(r, 20) {
		m.Kids = true
		m.KidObey = one(r, 0, 0, seconds(2), -1)
	}
	m.Wild = chance(r, 10)
	m.Bound = chance(r, 20)
	m.Sick = one(r, 0, 0, 1, 3, -1)
	m.Falls = one(r, 0, 0, 2)
	launch(dice(seed, "launch", name, fmt.Sprint(n)), &m)
	return m
}

// launch draws how a process comes to execute its program.
func launch(r *rand.Rand, m *Manner) {
	m.Orders = chance(r, 40)
	m.Takes = one(r, 0, 0, time.Second, seconds(6), -1)
	if chance(r, 25) {
		m.Refused = "cannot open the terminal"
		m.Lingers = chance(r, 30)
	}
}

// randomStatus is one of a few ways to end.
func randomStatus(n int) supervisor.Status {
	switch n % 4 {
	case 0, 1:
		return supervisor.Status{}
	case 2:
		return supervisor.Status{Code: 1}
	default:
		return supervisor.Status{Signal: 11, Core: true}
	}
}
