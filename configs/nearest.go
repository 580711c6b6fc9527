package configs

import "iter"

// nearest finds the one among words that word was most likely meant to be, or "".
// Of equally near ones it is the first. It takes one slip for every three letters,
// three at most, and a swap of neighbours for one slip.
func nearest(word string, words iter.Seq[string]) string {
	best, slips := "", min(3, (len(word)+2)/3)+1
	for w := range words {
		if n := distance(word, w, slips); n < slips {
			best, slips = w, n
		}
	}
	return best
}

// distance counts the insertions, deletions, replacements and swaps of neighbours
// that lead from a to b, up to most: optimal string alignment.
func distance(a, b string, most int) int {
	if len(a)-len(b) >= most || len(b)-len(a) >= most {
		return most
	}
	above, row, next := make([]int, len(b)+1), make([]int, len(b)+1), make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		next[0] = i + 1
		for j := range len(b) {
			change := row[j]
			if lower(a[i]) != lower(b[j]) {
				change++
			}
			next[j+1] = min(change, row[j+1]+1, next[j]+1)
			if i > 0 && j > 0 && a[i] == b[j-1] && a[i-1] == b[j] {
				next[j+1] = min(next[j+1], above[j-1]+1)
			}
		}
		above, row, next = row, next, above
	}
	return min(row[len(b)], most)
}

// lower makes an ASCII letter small: a wrong case is no slip, but no match either
// where words are compared before they come here.
func lower(c byte) byte {
	if 'A' <= c && c <= 'Z' {
		return c + 'a' - 'A'
	}
	return c
}

// didYouMean is the end of a message: the nearest of words as a question, or nothing.
func didYouMean(word string, words iter.Seq[string]) string {
	if near := nearest(word, words); near != "" {
		return ": did you mean " + quote(near) + "?"
	}
	return ""
}
