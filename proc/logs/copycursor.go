package logs

import (
	"bytes"
	"errors"
	"sync/atomic"
	"time"

	"golang.org/x/sys/unix"
)

// copyCursor is the copyist's place in one ear. It reads the segments itself, and keeps
// the one it is at open while there is more: what is removed meanwhile stays readable.
type copyCursor struct {
	*copying
	ear  *ear
	left *atomic.Pointer[string] // the service was forgotten: its segments' names go on so
	pos  int64                   // offset of the next byte

	data, index int   // the open segment; -1: none
	slab        *slab // it is in there, or nil
	base        int64 // its first byte
	slot        int64 // records of its index that were read
	records     []record
	more        int64 // bytes that are there, from pos on, in this segment
	last        bool  // no segment follows it yet

	lost   int64 // lines, to be told before the next byte
	told   int64 // offset of the last loss that was told, or -1
	ragged bool  // the rest of a line that was lost comes first
}

func newCopyCursor(e *ear, c *copying, left *atomic.Pointer[string]) *copyCursor {
	return &copyCursor{copying: c, ear: e, left: left, pos: c.at, data: -1, index: -1, told: -1}
}

// look finds out what there is to copy.
func (s *copyCursor) look() error {
	s.more = 0
	if s.pos >= s.ear.end.Load() {
		return nil
	}
	for range tries {
		if s.data < 0 {
			err := s.open()
			if errors.Is(err, unix.ENOENT) { // it is being removed, or renamed
				<-time.After(time.Millisecond)
				continue
			}
			if err != nil {
				return err
			}
		}
		end := s.ear.end.Load()
		var st unix.Stat_t
		if err := unix.Fstat(s.data, &st); err != nil {
			return err
		}
		s.more, s.last = min(s.base+st.Size, end)-s.pos, s.base+st.Size >= end
		if s.more <= 0 && !s.last {
			s.close()
			continue
		}
		if s.more = max(s.more, 0); s.more == 0 {
			return nil
		}
		return s.readIndex()
	}
	s.more = 0
	s.skip(s.ear.end.Load()) // it turns faster than we open
	return nil
}

// open opens the segment that holds pos, or the oldest one.
func (s *copyCursor) open() error {
	spans := s.ear.spans()
	if len(spans) == 0 {
		return unix.ENOENT
	}
	if s.pos < spans[0].base {
		s.skip(spans[0].base)
	}
	at := spans[0]
	for _, span := range spans {
		if span.base <= s.pos {
			at = span
		}
	}
	path := segmentPath(s.path(), at.base)
	data, err := unix.Open(path, unix.O_RDONLY|unix.O_CLOEXEC, 0)
	if err != nil {
		return err
	}
	index, err := unix.Open(path+".idx", unix.O_RDONLY|unix.O_CLOEXEC, 0)
	if err != nil {
		index = -1 // its times and losses are not known
	}
	s.data, s.index, s.base, s.slot, s.records = data, index, at.base, 0, nil
	if at.slab.share() { // it stays what it is until it is copied
		s.slab = at.slab
	}
	return nil
}

// skip goes on at start, or behind it, as the bytes before are gone.
func (s *copyCursor) skip(start int64) {
	to, lines, clean := s.jump(start)
	s.pos, s.lost, s.ragged = to, s.lost+lines, !clean
}

func (s *copyCursor) close() {
	if s.data >= 0 {
		unix.Close(s.data)
		unix.Close(s.index)
	}
	s.slab.free()
	s.data, s.index, s.slab, s.records = -1, -1, nil, nil
}

// readIndex reads the records that speak of bytes which are there: a later one may
// still be overwritten. Those behind us are dropped, but for the one that we are in.
func (s *copyCursor) readIndex() error {
	end := s.pos + s.more
	for b := make([]byte, 64*recordSize); s.index >= 0; {
		n, err := unix.Pread(s.index, b, s.slot*recordSize)
		if err != nil {
			return err
		}
		got := 0
		for ; (got+1)*recordSize <= n; got++ {
			r := decode(b[got*recordSize:])
			if r.at >= end {
				break
			}
			s.records = append(s.records, r)
		}
		if s.slot += int64(got); got < 64 {
			break
		}
	}
	for len(s.records) > 1 && s.records[1].at <= s.pos {
		s.records = s.records[1:]
	}
	for _, r := range s.records {
		if r.at == s.pos && r.lost > 0 && s.told != r.at {
			s.told, s.lost = r.at, s.lost+r.lost
		}
	}
	return nil
}

// came is when the next byte came, in nanoseconds since 1970; 0 where nobody knows.
func (s *copyCursor) came() int64 {
	if len(s.records) == 0 || s.records[0].at > s.pos {
		return 0
	}
	return s.records[0].wall
}

// until is the offset up to which the bytes came not later than t, and nothing was lost.
func (s *copyCursor) until(t int64) (end int64, broken bool) {
	for _, r := range s.records {
		if r.at > s.pos && (r.lost > 0 || r.wall > t) {
			return r.at, r.lost > 0
		}
	}
	return s.pos + s.more, false
}

// take reads whole lines up to offset end, or the first one if it is longer. A line without an
// end is taken if it is all there will be of it in one piece, or with loose.
func (s *copyCursor) take(buffer []byte, end int64, broken, loose bool) ([]byte, error) {
	b, err := s.read(buffer[:min(s.more, int64(len(buffer)), max(end-s.pos, maxLine+1))])
	if err != nil {
		return nil, err
	}
	n := len(b)
	if s.ragged {
		i := bytes.IndexByte(b, '\n')
		if i < 0 {
			i = len(b) - 1
		} else {
			s.ragged, s.lost = false, s.lost+1
		}
		s.pass(b[:i+1])
		return nil, nil
	}
	room := int(min(end-s.pos, int64(n)))
	if i := bytes.LastIndexByte(b[:room], '\n'); i >= 0 {
		return b[:i+1], nil
	}
	if broken && room < n {
		return b[:room], nil
	}
	if i := bytes.IndexByte(b, '\n'); i >= 0 {
		return b[:i+1], nil
	}
	if loose || n > maxLine || broken || !s.last && int64(n) == s.more {
		return b, nil
	}
	return nil, nil
}

// read gives the next bytes, as many as buffer has room for. They are valid until pass.
func (s *copyCursor) read(buffer []byte) ([]byte, error) {
	at := s.pos - s.base
	if end := at + int64(len(buffer)); end <= s.slab.size() { // a slab that was sealed may grow out of it
		return s.slab.mem[at:end], nil
	}
	n, err := unix.Pread(s.data, buffer, at)
	return buffer[:max(n, 0)], err
}

// pass goes on behind text. It is true where the pump has waited for that.
func (s *copyCursor) pass(text []byte) (held bool) {
	held = s.advance(text)
	s.pos += int64(len(text))
	s.more -= int64(len(text))
	if s.slab != nil && s.pos-s.base == s.slab.size() {
		s.close() // its file may become that of another segment
	}
	for len(s.records) > 1 && s.records[1].at <= s.pos {
		s.records = s.records[1:]
	}
	return held
}

// removeLeft removes what a forgotten service has left.
func (s *copyCursor) removeLeft() {
	for _, span := range s.ear.spans() {
		removeSegment(segmentPath(s.path(), span.base))
	}
}

// path is that of the segments.
func (s *copyCursor) path() string {
	if left := s.left.Load(); left != nil {
		return s.ear.path + *left
	}
	return s.ear.path
}
