package logs

import (
	"errors"
	"io"
	"os"
	"runtime"
	"slices"
)

// view is a ring at one moment, with its files open: what it shows stays readable
// when the ring turns. It belongs to one reader, who closes it.
type view struct {
	ear    *ear
	pieces []piece // contiguous, oldest first
	end    int64   // offset in the stream behind the last byte
	loss   *loss   // at end, or nil
}

// piece is the part of a segment that belongs to a view.
type piece struct {
	span
	limit int64 // offset in the stream behind its last byte
	file  *os.File
}

// tries is how often a reader begins anew that is overtaken while it opens files.
const tries = 100

// look takes a view of the ear. An ear that was forgotten is empty.
func (e *ear) look() (*view, error) {
	for range tries {
		e.readers.Add(1) // first, so that what we find in the ring is not written over
		v := &view{ear: e, loss: e.loss.Load(), end: e.end.Load()}
		if v.loss != nil && v.loss.at != v.end {
			v.loss = nil
		}
		err := v.open(e)
		if err == nil {
			return v, nil
		}
		v.close()
		if !errors.Is(err, os.ErrNotExist) {
			return nil, err
		}
		runtime.Gosched()
	}
	end := e.end.Load()
	e.readers.Add(1)
	return &view{ear: e, end: end}, nil
}

// open opens the segments. What the ring gave up in the meantime is left out; the
// error is os.ErrNotExist where that is all of it.
func (v *view) open(e *ear) error {
	spans := e.spans()
	for i, s := range spans {
		limit := v.end
		if i+1 < len(spans) {
			limit = min(limit, spans[i+1].base)
		}
		if limit < s.base || limit == s.base && i > 0 {
			continue
		}
		f, err := os.Open(segmentPath(e.path, s.base))
		if errors.Is(err, os.ErrNotExist) && limit < v.end {
			continue
		}
		if err != nil {
			return err
		}
		v.pieces = append(v.pieces, piece{span: s, limit: limit, file: f})
	}
	if len(v.pieces) == 0 && v.end > 0 {
		return os.ErrNotExist
	}
	return nil
}

func (v *view) close() {
	for _, p := range v.pieces {
		p.file.Close()
	}
	v.ear.readers.Add(-1)
}

// start is the offset in the stream of the oldest byte.
func (v *view) start() int64 {
	if len(v.pieces) == 0 {
		return v.end
	}
	return v.pieces[0].base
}

// read returns the bytes between two offsets. A file that was cut short by somebody
// else reads as zeros there.
func (v *view) read(from, to int64) ([]byte, error) {
	b := make([]byte, max(0, to-from))
	for _, p := range v.pieces {
		lo, hi := max(from, p.base), min(to, p.limit)
		if lo >= hi {
			continue
		}
		_, err := p.file.ReadAt(b[lo-from:hi-from], lo-p.base)
		if err != nil && err != io.EOF {
			return nil, err
		}
	}
	return b, nil
}

// index reads the times and losses of all bytes.
func (v *view) index() ([]record, error) {
	var all []record
	for _, p := range v.pieces {
		st, err := p.file.Stat()
		if err != nil {
			return nil, err
		}
		b, err := os.ReadFile(p.file.Name() + ".idx")
		if err != nil && !errors.Is(err, os.ErrNotExist) {
			return nil, err
		}
		all = slices.Concat(all, decodeIndex(b, p.base, p.limit, st.ModTime()))
	}
	if v.loss != nil && v.loss.lines > 0 {
		all = append(all, record{at: v.loss.at, wall: v.loss.when.UnixNano(), lost: v.loss.lines})
	}
	return all, nil
}

// whole returns the offset of the first byte from on that begins a line, where from
// is the oldest byte of a ring that has turned; else from. A line that fills the
// ring has no beginning and is shown all the same.
func (v *view) whole(from int64) (int64, error) {
	if from > v.start() || from == 0 {
		return from, nil
	}
	for at := from; at < v.end; at += block {
		i, err := v.find(at, min(at+block, v.end), first)
		if err != nil || i >= 0 {
			return max(i+1, from), err
		}
	}
	return from, nil
}
