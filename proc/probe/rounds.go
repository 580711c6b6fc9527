package probe

import (
	"context"
	"sync/atomic"
	"time"
)

// Rounds are all probes of a server. They are kept apart in time, so that many that
// began together do not all go on at the same moment, and yet go in groups, a few
// dozen in an interval: waking up costs more than a probe.
type Rounds struct {
	began time.Time
	count atomic.Uint32
}

// NewRounds begins to count the time.
func NewRounds() *Rounds { return &Rounds{began: time.Now()} }

// Begin makes the first turn at once, the next after 50 ms, and so on in doubling
// gaps up to the interval, until one succeeds; from then on one every interval, of
// which the first is cut short. With Steady it begins there.
//
// A turn is a call of run, which should end when its context does. If it does not,
// it has failed all the same, and the next turn waits until it returns. report is
// told of each failure, in words, and of a success (nil) that follows none; it must
// not wait for End, nor be slow.
func (r *Rounds) Begin(pace Pace, run func(context.Context) error, report func(error)) *Probe {
	// The multiples of the golden section modulo 1 lie as evenly as can be, however
	// many there are.
	const section = 2654435769 // 2³² / 1.618…
	phase := float64(r.count.Add(1)*section) / (1 << 32)
	p := &Probe{pace: pace, run: run, report: report, rounds: r, phase: phase}
	p.mu.Lock()
	defer p.mu.Unlock()
	first := time.Duration(0)
	if pace.Steady {
		first = p.gap(time.Now())
	} else {
		p.waits = min(soonest, pace.Interval)
	}
	p.timer = time.AfterFunc(first, p.turn)
	return p
}

// together gives the moment at which to do what is due at a moment of the steady
// time: a little earlier, with others.
func (r *Rounds) together(due time.Duration, interval time.Duration) time.Duration {
	grid := time.Millisecond
	for 2*grid <= interval/8 {
		grid *= 2 // so that the grids of all intervals meet
	}
	return due.Truncate(grid)
}
