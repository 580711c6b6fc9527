package logs

import (
	"fmt"
	"path/filepath"
	"sync/atomic"
	"time"

	"golang.org/x/sys/unix"
)

// segments is how many segments a ring keeps: the one that grows and the one before.
const segments = 2

// ear is one stream of one service: a pipe, but for Syslog, and a ring. It lives
// until Forget.
type ear struct {
	service  string
	stream   string
	path     string // of the segments, without ".BASE"
	fd       int    // the pipe, or -1
	numbered bool   // it has no name
	lines    atomic.Int64

	// The pump's own.
	current *segment  // nil before the first byte
	before  *slab     // of the segment before, if it is all full
	mark    *marker   // nil: the current segment is no slab
	flooded bool      // the next segment shall be a slab
	wide    bool      // the pipe was enlarged
	loud    bool      // under load: visited in each turn, not watched
	spoke   time.Time // the turn in which it last gave something
	sealing bool      // sealLater looks after it
	held    bool      // neither visited nor watched; see hold
	holds   int       // how often that was so
	warned  time.Time // of a loss

	// Written by the pump, read by readers, who load them in this order.
	loss  atomic.Pointer[loss] // not nil while bytes are being dropped
	end   atomic.Int64         // bytes ever kept: the offset of the next one
	heard atomic.Int64         // when the newest bytes came, in nanoseconds since 1970
	ring  atomic.Pointer[[]span]

	copy    atomic.Pointer[copying] // nil: there is no log file
	readers atomic.Int32            // who may read a segment that is out of the ring: views, and former copyists
}

// span is a segment as readers know it. A ring's spans are contiguous.
type span struct {
	base   int64
	before int64 // lines that ended in earlier segments, while somebody followed
	slab   *slab // for the copyist; nil: there was none
}

// suffix is the end of a stream's file names.
func suffix(stream string) string {
	switch stream {
	case Stderr:
		return "err"
	case Syslog:
		return "sys"
	}
	return "out"
}

// capacity is the number of bytes that a segment may hold. Where there is a log file,
// it is more: so much the file may be behind before its service has to wait.
func (e *ear) capacity() int64 {
	least := int64(64 << 10)
	if e.copy.Load() != nil {
		least = 1 << 20
	}
	return max(least, e.lines.Load()*256)
}

// full says whether the current segment has no room, or there is none.
func (e *ear) full() bool {
	g := e.current
	return g == nil || g.size >= e.capacity() || g.slab != nil && g.size >= g.slab.size() ||
		g.records >= 4096+4*e.lines.Load()
}

// spans returns the ring, oldest first.
func (e *ear) spans() []span {
	if r := e.ring.Load(); r != nil {
		return *r
	}
	return nil
}

// begin makes a segment for the bytes from base on.
func (e *ear) begin(base int64) (*segment, error) {
	g := &segment{path: segmentPath(e.path, base), base: base, data: -1, index: -1}
	return g, g.open()
}

// rotate begins a new segment and drops the oldest. With count it keeps account of
// lines, for followers who are overtaken.
func (e *ear) rotate(count bool, scratch []byte) error {
	spans := e.spans()
	next, err := e.next(e.end.Load())
	if err != nil {
		return err
	}
	fresh := span{base: next.base, slab: next.slab}
	if last := len(spans) - 1; last >= 0 {
		fresh.before = spans[last].before
		if count && e.current.open() == nil {
			fresh.before += e.current.newlines(scratch)
		}
		e.current.close()
	}
	e.current = next
	keep := append(append(make([]span, 0, segments+1), spans...), fresh)
	e.publish(keep[max(0, len(keep)-segments):], next.base)
	return nil
}

// publish makes spans the ring, which ends at end, and then removes the segments that
// are in it no more.
func (e *ear) publish(spans []span, end int64) {
	old := e.spans()
	e.ring.Store(&spans)
	e.end.Store(end)
	for _, s := range old {
		if s.base < spans[0].base {
			removeSegment(segmentPath(e.path, s.base))
		}
	}
}

func segmentPath(path string, base int64) string { return fmt.Sprintf("%s.%016x", path, base) }

// forget removes the pipe and the ring. With left, the ring stays for the copyist,
// whose path ends so.
func (e *ear) forget(ears, left string) {
	e.seal()
	if e.fd >= 0 {
		unix.Unlink(filepath.Join(ears, e.service+"."+suffix(e.stream)))
		unix.Close(e.fd)
	}
	if e.current != nil {
		e.current.close()
	}
	for _, s := range e.spans() {
		path := segmentPath(e.path, s.base)
		if left == "" {
			removeSegment(path)
			continue
		}
		unix.Rename(path, segmentPath(e.path+left, s.base))
		unix.Rename(path+".idx", segmentPath(e.path+left, s.base)+".idx")
	}
}
