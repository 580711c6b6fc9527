package logs

import (
	"cmp"
	"encoding/binary"
	"slices"
	"time"
)

// recordSize is the length in bytes of a record on file.
const recordSize = 24

// record is one entry of a segment's index: the bytes from at on, up to the next
// record, were taken from the pipe at wall, after lost lines that could not be kept.
type record struct {
	at   int64 // offset in the stream
	wall int64 // nanoseconds since 1970
	lost int64 // lines
}

func (r record) time() time.Time { return time.Unix(0, r.wall) }

// encode writes r in its form on file: three 64 bit words, little endian.
func (r record) encode() [recordSize]byte {
	var b [recordSize]byte
	binary.LittleEndian.PutUint64(b[0:], uint64(r.at))
	binary.LittleEndian.PutUint64(b[8:], uint64(r.wall))
	binary.LittleEndian.PutUint64(b[16:], uint64(r.lost))
	return b
}

func decode(b []byte) record {
	return record{
		at:   int64(binary.LittleEndian.Uint64(b[0:])),
		wall: int64(binary.LittleEndian.Uint64(b[8:])),
		lost: int64(binary.LittleEndian.Uint64(b[16:])),
	}
}

// decodeIndex reads the index of a segment that holds the bytes from base to limit
// of its stream. Records that make no sense are left out, as is one for bytes that
// were not written yet. The first record is always one for base; it carries
// fallback where the index has none.
func decodeIndex(b []byte, base, limit int64, fallback time.Time) []record {
	out := make([]record, 0, len(b)/recordSize+1)
	for ; len(b) >= recordSize; b = b[recordSize:] {
		r := decode(b)
		floor := base
		if len(out) > 0 {
			floor = out[len(out)-1].at + 1
		}
		if r.at < floor || r.at >= limit || r.lost < 0 {
			continue
		}
		if len(out) == 0 && r.at > base {
			out = append(out, record{at: base, wall: fallback.UnixNano()})
		}
		out = append(out, r)
	}
	if len(out) == 0 {
		out = append(out, record{at: base, wall: fallback.UnixNano()})
	}
	return out
}

// timeAt says when the byte at offset at came.
func timeAt(index []record, at int64) time.Time {
	i, found := slices.BinarySearchFunc(index, at, func(r record, at int64) int {
		return cmp.Compare(r.at, at)
	})
	if !found {
		i--
	}
	if i < 0 {
		return time.Time{}
	}
	return index[i].time()
}

// cameAfter returns the offset of the first byte that came at t or later, or end.
func cameAfter(index []record, t time.Time, end int64) int64 {
	if t.IsZero() {
		return 0
	}
	for _, r := range index {
		if !r.time().Before(t) {
			return r.at
		}
	}
	return end
}

// cameLast returns the offset from which on all bytes came at t or later, or end.
func cameLast(index []record, t time.Time, end int64) int64 {
	at := end
	for _, r := range slices.Backward(index) {
		if r.time().Before(t) {
			break
		}
		at = r.at
	}
	return at
}

// lossesFrom returns the records from offset at on that speak of a loss.
func lossesFrom(index []record, at int64) []record {
	var out []record
	for _, r := range index {
		if r.at >= at && r.lost > 0 {
			out = append(out, r)
		}
	}
	return out
}
