package logs

import (
	"time"

	"golang.org/x/sys/unix"
)

const (
	longestNap  = 2 * time.Millisecond
	shortestNap = 64 * time.Microsecond
	quiet       = 2 * longestNap // nothing for so long: no load
)

// pace decides how long the pump rests between two turns. Under load it is cheaper
// for all to let the pipes fill than to wake for each line; but a writer must
// not meet a full pipe, and after silence a line must be visible at once.
type pace struct {
	now   time.Time // when this turn began
	last  time.Time // when the one before ended
	nap   time.Duration
	full  bool // in this turn, some pipe was near full
	ample bool // in this turn, some pipe held enough
}

// woken begins a turn.
func (p *pace) woken(now time.Time) {
	if now.Sub(p.last) > quiet {
		p.nap = 0
	}
	p.now, p.full, p.ample = now, false, false
}

// moved tells what an ear gave.
func (p *pace) moved(full, ample bool) {
	p.full = p.full || full
	p.ample = p.ample || ample
}

// rest ends a turn.
func (p *pace) rest() {
	switch {
	case p.full:
		p.nap /= 2
	case !p.ample:
		p.nap = min(longestNap, max(shortestNap, 2*p.nap))
	}
	if p.nap >= shortestNap {
		nap := unix.NsecToTimespec(int64(p.nap))
		unix.Nanosleep(&nap, nil)
	}
	p.last = time.Now()
}
