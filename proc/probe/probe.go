package probe

import (
	"context"
	"errors"
	"fmt"
	"os"
	"sync"
	"time"
)

const (
	// soonest is the gap after the first failure; it doubles until the first success.
	soonest = 50 * time.Millisecond
	// rest is the shortest gap between two turns: a probe that takes longer than its
	// interval must not take a whole processor.
	rest = 10 * time.Millisecond
)

// Pace is how often a probe is made.
type Pace struct {
	Interval time.Duration // from turn to turn, above 0
	Timeout  time.Duration // for one turn, above 0
	Steady   bool          // there was a success before: no hurry
}

// Probe is one probe and its timer. There is never more than one turn at a time, and
// no goroutine between the turns.
type Probe struct {
	pace   Pace
	run    func(context.Context) error
	report func(error)
	rounds *Rounds
	phase  float64 // part of the interval, from the first success to the next turn

	mu     sync.Mutex
	timer  *time.Timer        // for the next turn
	cancel context.CancelFunc // ends the turn under way; nil: there was none yet
	ended  bool
	waits  time.Duration // to the next turn, as long as there was no success; then 0
	due    time.Duration // of the steady turns, since the rounds began; 0: none is set
	good   bool          // the last turn was a success, which is reported
}

// End ends the turn under way and all that would follow. Once it has returned
// nothing more is reported.
func (p *Probe) End() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.ended = true
	p.timer.Stop()
	if p.cancel != nil {
		p.cancel()
	}
}

// turn makes one turn and sets the timer for the next.
func (p *Probe) turn() {
	ctx, cancel := context.WithTimeout(context.Background(), p.pace.Timeout)
	defer cancel()
	if !p.enter(cancel) {
		return
	}
	began := time.Now()
	told := false
	stop := context.AfterFunc(ctx, func() { p.tell(&told, context.DeadlineExceeded) })
	err := p.run(ctx)
	stop()
	p.tell(&told, err)
	p.next(began)
}

// enter says whether there is to be a turn.
func (p *Probe) enter(cancel context.CancelFunc) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.cancel = cancel
	return !p.ended
}

// tell reports the outcome of a turn, once.
func (p *Probe) tell(told *bool, err error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.ended || *told {
		return
	}
	*told = true
	switch {
	case err == nil && p.good:
	case err == nil:
		p.good, p.waits = true, 0
		p.report(nil)
	default:
		p.good = false
		p.report(p.words(err))
	}
}

// words says of a turn that took too long just that.
func (p *Probe) words(err error) error {
	if errors.Is(err, context.DeadlineExceeded) || errors.Is(err, os.ErrDeadlineExceeded) {
		return fmt.Errorf("no answer within %v", p.pace.Timeout)
	}
	return err
}

// next sets the timer, as a turn that began then has ended.
func (p *Probe) next(began time.Time) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if !p.ended {
		p.timer.Reset(max(time.Until(began.Add(p.gap(began))), rest))
	}
}

// gap is the time from the turn that began then to the next one.
func (p *Probe) gap(began time.Time) time.Duration {
	if p.waits > 0 {
		gap := p.waits
		p.waits = min(2*p.waits, p.pace.Interval)
		return gap
	}
	now := began.Sub(p.rounds.began)
	step := p.pace.Interval
	if p.due == 0 {
		p.due, step = now, time.Duration(float64(step)*p.phase)
	}
	p.due = max(p.due+step, now) // what was missed is not made up for
	return p.rounds.together(p.due, p.pace.Interval) - now
}
