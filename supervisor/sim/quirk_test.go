package sim

import (
	"strings"
	"testing"
)

// TestDriverQuirks plants bugs in the driver: it must save, then do, then
// acknowledge, in this order.
func TestDriverQuirks(t *testing.T) {
	quirks := []struct {
		name string
		want int
		set  func(*World)
	}{
		{"it does before it saves", 3, func(w *World) { w.doFirst = true }},
		{"it acknowledges before it saves", 4, func(w *World) { w.ackFirst = true }},
	}
	for _, q := range quirks {
		t.Run(q.name, func(t *testing.T) {
			const most = 2000
			for seed := range uint64(most) {
				v := playWith(Sane, NewCase(seed, 90), new(strings.Builder), q.set)
				if v != nil && v.Number != q.want {
					t.Fatalf("found by invariant %d, not %d: %v", v.Number, q.want, v)
				}
				if v != nil {
					t.Logf("found after %d histories: %v", seed+1, v)
					return
				}
			}
			t.Fatalf("not found in %d histories", most)
		})
	}
}
