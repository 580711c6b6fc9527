package sim_test

import (
	"testing"

	"zinit/configs"
	"zinit/supervisor"
	"zinit/supervisor/sim"
)

// TestCrashesChangeNothing is invariant 22: a crash anywhere, recovered and
// settled, ends like no crash.
func TestCrashesChangeNothing(t *testing.T) {
	for i := range uint64(min(*runs, 800)) {
		if f := sim.Compare(sim.Sane, *seed+i); f != nil {
			t.Fatalf("%v\nagain: go test ./supervisor/sim -run TestCrashesChangeNothing -seed=%d -runs=1", f, *seed+i)
		}
	}
}

// TestPlantedInRecovery plants a bug that shows only when a history with crashes
// is compared with the same without.
func TestPlantedInRecovery(t *testing.T) {
	birth := forget(func(r *supervisor.Record) {
		if r.State == supervisor.StateBlocked && r.Until != 0 {
			r.Up = false // who is in its restart delay is not wanted any more
		}
	})
	for i := range uint64(500) {
		if f := sim.Compare(birth, i); f != nil {
			if f.Number != 22 {
				t.Fatalf("found by invariant %d, not 22: %v", f.Number, f)
			}
			t.Logf("found after %d histories: %s", i+1, f.Text)
			return
		}
	}
	t.Fatal("not found")
}

// small are sets of three services whose histories are enumerated.
var small = map[string]func(ant, bee, cat *configs.Service){
	"chain":   func(_, b, c *configs.Service) { b.Requires, c.Requires = []string{"ant"}, []string{"bee"} },
	"diamond": func(_, b, c *configs.Service) { b.Requires, c.Requires = []string{"ant"}, []string{"ant", "bee"} },
	"conflict": func(a, b, c *configs.Service) {
		a.Conflicts, c.Requires = []string{"bee"}, []string{"bee"}
	},
	"oneshot": func(a, b, c *configs.Service) {
		a.Oneshot, a.StartTimeout = true, 0
		b.Requires, c.Requires = []string{"ant"}, []string{"ant"}
	},
	"target": func(_, b, c *configs.Service) {
		b.Target, b.Command = true, configs.Command{}
		b.Requires, c.Requires = []string{"ant"}, []string{"bee"}
	},
	"after": func(_, b, c *configs.Service) { b.After, c.Requires = []string{"ant"}, []string{"bee"} },
}

// TestExhaustively plays every short history of some small graphs.
func TestExhaustively(t *testing.T) {
	alphabet := []sim.Op{
		{Kind: sim.Deliver},
		{Kind: sim.Deliver, A: 1},
		{Kind: sim.Pass},
		{Kind: sim.Die, B: 2},
		{Kind: sim.Ask, A: 8},        // stop ant
		{Kind: sim.Ask, A: 1, B: 2},  // start cat
		{Kind: sim.Ask, A: 13, B: 1}, // restart bee
		{Kind: sim.Crash, A: 1, B: 255},
	}
	for name, link := range small {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			set := configs.Set{Services: []*configs.Service{sim.Define("ant"), sim.Define("bee"), sim.Define("cat")}}
			link(set.Services[0], set.Services[1], set.Services[2])
			f, played := sim.Exhaust(sim.Sane, set, alphabet, *depth)
			if f != nil {
				t.Fatal(f)
			}
			t.Logf("%d histories", played)
		})
	}
}
