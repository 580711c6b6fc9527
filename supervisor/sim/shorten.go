package sim

import "slices"

// tries is how many shorter cases are tried before the shortest is taken.
const tries = 400

// shorten leaves out ops as long as the same invariant breaks.
func shorten(birth Birth, c Case, number int) Case {
	left := tries
	for size := len(c.Ops) / 2; size > 0; size /= 2 {
		for at := 0; at+size <= len(c.Ops) && left > 0; {
			left--
			shorter := c
			shorter.Ops = slices.Delete(slices.Clone(c.Ops), at, at+size)
			if v := play(birth, shorter, nil); v != nil && v.Number == number {
				c = shorter
			} else {
				at += size
			}
		}
	}
	return c
}
