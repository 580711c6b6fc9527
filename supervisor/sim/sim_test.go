package sim_test

import (
	"flag"
	"testing"

	"zinit/supervisor/sim"
)

var (
	seed  = flag.Uint64("seed", 1, "first seed of the simulation")
	runs  = flag.Int("runs", 1500, "number of histories to simulate")
	steps = flag.Int("steps", 90, "length of a history")
	depth = flag.Int("depth", 4, "length of the histories that are enumerated; 5 takes ten seconds, 7 many minutes")
)

// TestSimulation plays random histories. A failing seed prints the command that
// plays it again.
func TestSimulation(t *testing.T) {
	t.Logf("-seed=%d -runs=%d -steps=%d", *seed, *runs, *steps)
	for i := range uint64(*runs) {
		if f := sim.Run(sim.Sane, sim.NewCase(*seed+i, *steps)); f != nil {
			t.Fatalf("%v\nagain: go test ./supervisor/sim -run TestSimulation -seed=%d -runs=1 -steps=%d", f, *seed+i, *steps)
		}
	}
}
