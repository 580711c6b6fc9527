package logs

import (
	"errors"
	"fmt"
	"sync/atomic"

	"golang.org/x/sys/unix"
)

// slab is the file of a segment that is under load, at its full length from the
// beginning, as memory. A read of the pipe goes right into it. When its segment is out
// of the ring another one begins in it, over the old bytes: to free a file's pages and
// to get new ones costs more than all the copying. The copyist writes out of it.
type slab struct {
	mem   []byte
	users atomic.Int32 // the pump, and a copyist; the last one gives it back
}

// slabMost is the largest slab, in bytes: it has all its pages from the beginning.
const slabMost = 4 << 20

// errCut says that a slab could not have the bytes, or not all of them.
var errCut = errors.New("a slab was cut")

// newSlab makes the file behind fd a slab of size bytes. It has them all, in memory and
// as pages of ours: a read that finds no space for one, or has to wait for it while a
// kill comes, ends in the middle. See mark.
func newSlab(fd int, size int64) (*slab, error) {
	if err := unix.Fallocate(fd, 0, 0, size); err != nil {
		return nil, err
	}
	mem, err := unix.Mmap(fd, 0, int(size), unix.PROT_READ|unix.PROT_WRITE, unix.MAP_SHARED|unix.MAP_POPULATE)
	if err != nil {
		return nil, err
	}
	_ = unix.Mlock(mem) // where we may: no page is to be swapped out
	s := &slab{mem: mem}
	s.users.Store(1)
	return s, nil
}

// size is the number of bytes that fit in, 0 for no slab.
func (s *slab) size() int64 {
	if s == nil {
		return 0
	}
	return int64(len(s.mem))
}

// share is for somebody who calls free later. It is false where there is nothing left.
func (s *slab) share() bool {
	for s != nil {
		n := s.users.Load()
		if n == 0 {
			break
		}
		if s.users.CompareAndSwap(n, n+1) {
			return true
		}
	}
	return false
}

func (s *slab) free() {
	if s != nil && s.users.Add(-1) == 0 {
		_ = unix.Munmap(s.mem)
	}
}

// faulted makes an error of a fault. Whoever makes the file of a slab shorter takes the
// memory away, and the server is not to end of that.
func faulted(err *error) {
	switch fault := recover().(type) {
	case nil:
	case interface{ Addr() uintptr }: // runtime.Error, see debug.SetPanicOnFault
		*err = errors.New("cannot read the log: somebody has cut its file")
	default:
		*err = fmt.Errorf("a mistake in the log of services, please report it: %v", fault)
	}
}

// scoop moves up to want bytes from a pipe into the slab of a segment. It never waits:
// the error is EAGAIN where there are none, and another one where not even a nonce has
// room, or the read has ended early.
func (g *segment) scoop(pipe int, want int64, m *marker) (n int64, err error) {
	waiting, err := unix.IoctlGetInt(pipe, unix.TIOCINQ)
	if err == nil && waiting == 0 {
		err = unix.EAGAIN
	}
	if err != nil {
		return 0, err
	}
	room := g.slab.size() - g.size
	want = min(want, int64(waiting), room)
	if want < room && want > room-nonceSize { // else there is no room for another nonce
		want = room - nonceSize
	}
	if want < nonceSize {
		return 0, errCut
	}
	end := g.size + want
	if _, err := unix.Pwrite(g.data, m.nonce[:], end-nonceSize); err != nil {
		return 0, err
	}
	if err := m.write(g.base, g.size, want); err != nil {
		return 0, err
	}
	got, err := unix.Read(pipe, g.slab.mem[g.size:end])
	n = int64(max(got, 0))
	g.size += n
	if err == nil && n < want {
		err = errCut
	}
	return n, err
}

// take moves up to want bytes from the pipe to the end of the current segment. It
// never waits. Where a slab can't have them this ends the use of slabs.
func (e *ear) take(want int64) (int64, error) {
	if e.current.slab != nil {
		n, err := e.current.scoop(e.fd, want, e.mark)
		if err == nil || err == unix.EAGAIN {
			return n, err
		}
		e.seal()
		if n > 0 {
			return n, nil
		}
	}
	return e.current.take(e.fd, want)
}

// next makes the segment that comes after the current one, for the bytes from base
// on: while the ear is flooded a slab, if one can be had. A slab that was not filled is
// cut first, and ends this.
func (e *ear) next(base int64) (*segment, error) {
	g := e.current
	cut := g != nil && g.slab != nil && g.size < g.slab.size()
	if e.flooded && !cut && e.capacity() <= slabMost && e.announce(base) == nil {
		if g, err := e.beginSlab(base); err == nil {
			return g, nil
		}
	}
	e.seal()
	return e.begin(base)
}

// announce has the mark speak of the slab at base, before there is one: without a mark
// it would count as full.
func (e *ear) announce(base int64) (err error) {
	if e.mark == nil {
		if e.mark, err = makeMarker(e.path); err != nil {
			return err
		}
	}
	return e.mark.write(base, 0, 0)
}

// beginSlab makes a segment in the slab of the oldest one if it can be had, else in a
// new one.
func (e *ear) beginSlab(base int64) (*segment, error) {
	old := e.recycle(base)
	g, err := e.begin(base)
	if err != nil {
		old.free()
		removeSegment(segmentPath(e.path, base)) // it may be the old file, with its bytes
		return nil, err
	}
	if g.slab = old; old == nil {
		if g.slab, err = newSlab(g.data, e.capacity()); err != nil {
			g.close()
			removeSegment(g.path)
			return nil, err
		}
	}
	if e.current != nil {
		e.before = e.current.slab
	}
	return g, nil
}

// recycle takes the oldest segment out of the ring. If it is in a slab that nobody needs
// any more, its file becomes that of the segment at base. Who looks at the ring from
// now on does not find it there, and who has found it before counts as a reader.
func (e *ear) recycle(base int64) *slab {
	old := e.before
	e.before = nil
	spans := e.spans()
	if len(spans) < segments || old.size() != e.capacity() {
		old.free()
		return nil
	}
	oldest, rest := segmentPath(e.path, spans[0].base), spans[1:]
	e.ring.Store(&rest)
	c := e.copy.Load()
	needed := c == nil || !c.past(rest[0].base) || e.readers.Load() > 0
	if needed || unix.Rename(oldest, segmentPath(e.path, base)) != nil {
		old.free()
		old = nil
	}
	removeSegment(oldest)
	return old
}

// seal ends the use of slabs: the file of the current segment is as long as it has
// bytes again.
func (e *ear) seal() {
	e.flooded = false
	if e.mark == nil {
		return
	}
	if g := e.current; g != nil && g.slab != nil {
		_ = unix.Truncate(g.path, g.size) // to become shorter takes nothing that could be short
		g.slab.free()
		g.slab = nil
	}
	e.before.free()
	e.before = nil
	e.mark.remove(e.path)
	e.mark = nil
}
