package logs

import "bytes"

// block is how many bytes are searched at once.
const block = 64 << 10

// direction says which newline is looked for.
type direction func(b []byte) int

func first(b []byte) int { return bytes.IndexByte(b, '\n') }
func last(b []byte) int  { return bytes.LastIndexByte(b, '\n') }

// find returns the offset in the stream of the first or last newline between two
// offsets, or -1.
func (v *view) find(from, to int64, d direction) (int64, error) {
	b, err := v.read(from, to)
	if err != nil {
		return -1, err
	}
	if i := d(b); i >= 0 {
		return from + int64(i), nil
	}
	return -1, nil
}

// tail returns the offset of a line, not before floor, behind which there are lines
// complete lines at least. It reads backwards, and no more than it must.
func (v *view) tail(lines int, floor int64) (int64, error) {
	if lines == 0 {
		return v.end, nil
	}
	ends := lines // newlines to be found before the one that we look for
	for to := v.end; to > floor; {
		from := max(floor, to-block)
		b, err := v.read(from, to)
		if err != nil {
			return 0, err
		}
		for i := last(b); i >= 0; i = last(b[:i]) {
			if ends--; ends < 0 {
				return from + int64(i) + 1, nil
			}
		}
		to = from
	}
	return floor, nil
}

// lineOf returns the offset where the line begins that holds the byte before at, or
// at if that line ends there; not before floor. A line whose beginning is
// further away than a block has none.
func (v *view) lineOf(at, floor int64) (int64, error) {
	if at <= floor {
		return floor, nil
	}
	from := max(floor, at-block)
	i, err := v.find(from, at, last)
	switch {
	case err != nil || i >= 0:
		return i + 1, err
	case from == floor:
		return floor, nil
	}
	return at, nil
}
