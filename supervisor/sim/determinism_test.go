package sim

import (
	"strings"
	"testing"
)

// TestDeterministic plays histories twice: the same seed must give the same trace,
// to the letter, or no failure could be played again.
func TestDeterministic(t *testing.T) {
	for seed := range uint64(200) {
		var first, second strings.Builder
		play(Sane, NewCase(seed, 150), &first)
		play(Sane, NewCase(seed, 150), &second)
		if a, b := first.String(), second.String(); a != b {
			at := 0
			for at < min(len(a), len(b)) && a[at] == b[at] {
				at++
			}
			from := max(0, at-400)
			t.Fatalf("seed %d differs:\n%s\n---\n%s", seed, a[from:min(len(a), at+400)], b[from:min(len(b), at+400)])
		}
	}
}
