package sim

import (
	"hash/fnv"
	"math/rand/v2"
	"time"
)

// dice gives random numbers that depend on nothing but a seed and some words, so
// that one part of a case can change without the others.
func dice(seed uint64, words ...string) *rand.Rand {
	h := fnv.New64a()
	for _, word := range words {
		h.Write([]byte(word))
		h.Write([]byte{0})
	}
	return rand.New(rand.NewPCG(seed, h.Sum64()))
}

// chance is true in percent of all cases.
func chance(r *rand.Rand, percent int) bool { return r.IntN(100) < percent }

// one of the values.
func one[T any](r *rand.Rand, values ...T) T { return values[r.IntN(len(values))] }

// seconds is a duration of whole seconds.
func seconds(n int) time.Duration { return time.Duration(n) * time.Second }
