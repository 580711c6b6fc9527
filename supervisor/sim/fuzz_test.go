package sim_test

import (
	"testing"

	"zinit/supervisor/sim"
)

// FuzzSim turns bytes into a history: the seed of its services, then the ops.
func FuzzSim(f *testing.F) {
	f.Add(uint64(1), []byte("\x00\x00\x00\x02\x08\x00\x00\x00\x00\x01\x00\x00\x04\x01\xff\x02\x01\x01"))
	f.Add(uint64(7), []byte("\x00\x00\x00\x00\x00\x00\x02\x17\x05\x00\x01\x00\x03\x00\x02\x02\x1f\x04"))
	f.Fuzz(func(t *testing.T, seed uint64, data []byte) {
		const most = 3 * 200
		if failure := sim.Run(sim.Sane, sim.Case{Seed: seed, Ops: sim.Ops(data[:min(len(data), most)])}); failure != nil {
			t.Fatal(failure)
		}
	})
}
