package logs

import (
	"time"

	"golang.org/x/sys/unix"
)

// skip is the answer to a writer who is so fast that what waits in his pipe is
// more than the ring must hold: all that is in the ring, and the older part of what is
// in the pipe, would be out of the ring at once. So that part is not copied at all: the
// pipe is emptied down to one full segment, which takes the place of the whole
// ring. Readers see the old ring until the new one is filled. After a crash in between,
// the bytes in question are still in the pipe, or in the new segment.
// It returns the number of bytes moved, 0 if there was no reason to.
func (p *pump) skip(e *ear, waiting int64) int64 {
	excess := p.excess(e, waiting)
	if excess <= 0 || p.space.excess() < e.capacity() {
		return 0
	}
	next, err := e.begin(e.end.Load() + excess)
	if err != nil {
		return 0
	}
	for done := int64(0); done < excess; {
		n, err := unix.Splice(e.fd, nil, p.null, nil, int(excess-done), unix.SPLICE_F_NONBLOCK)
		if err != nil && err != unix.EINTR || err == nil && n == 0 {
			break
		}
		done += max(n, 0)
	}
	for next.size < e.capacity() {
		if next.note(time.Now(), 0) != nil {
			break
		}
		if n, err := next.take(e.fd, e.capacity()-next.size); err != nil || n == 0 {
			break
		}
	}
	p.space.spend(next.size)
	p.touch(e)
	e.seal()
	if e.current != nil {
		e.current.close()
	}
	e.current = next
	e.heard.Store(next.last.wall)
	e.publish([]span{{base: next.base}}, next.base+next.size)
	return excess + next.size
}

// excess is how many of the bytes that wait are older than what the ring must hold.
// While somebody follows, there is a log file, or something is being lost, all is of interest.
func (p *pump) excess(e *ear, waiting int64) int64 {
	if waiting < 2*e.capacity() || p.null < 0 || e.current == nil || e.loss.Load() != nil || e.copy.Load() != nil || p.counting() {
		return 0
	}
	return waiting - e.capacity()
}
