package probe

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"
)

// history is what becomes of a probe: when its turns begin, and what is reported.
type history struct {
	t      *testing.T
	began  time.Time
	rounds *Rounds
	turns  []time.Duration
	told   []string
	under  int
}

func newHistory(t *testing.T) *history {
	return &history{t: t, began: time.Now(), rounds: NewRounds()}
}

// begin begins a probe whose n-th turn, from 0, is as run says.
func (h *history) begin(pace Pace, run func(ctx context.Context, n int) error) *Probe {
	return h.rounds.Begin(pace, func(ctx context.Context) error {
		n := len(h.turns)
		h.turns = append(h.turns, time.Since(h.began))
		if h.under++; h.under > 1 {
			h.t.Error("two turns at once")
		}
		defer func() { h.under-- }()
		return run(ctx, n)
	}, func(err error) {
		h.told = append(h.told, fmt.Sprintf("%v %v", time.Since(h.began), err))
	})
}

// pass lets a time pass, of a bubble's clock.
func pass(d time.Duration) {
	<-time.After(d)
	synctest.Wait()
}

var errDown = errors.New("connection refused")

func until(n int) func(context.Context, int) error {
	return func(_ context.Context, turn int) error {
		if turn < n {
			return errDown
		}
		return nil
	}
}

func TestGapsDoubleUntilTheFirstSuccess(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := newHistory(t)
		p := h.begin(Pace{Interval: 300 * time.Millisecond, Timeout: time.Second}, until(5))
		defer p.End()
		pass(1200 * time.Millisecond)
		ms := time.Millisecond
		if want := []time.Duration{0, 50 * ms, 150 * ms, 350 * ms, 650 * ms, 950 * ms}; !slices.Equal(h.turns[:6], want) {
			t.Errorf("turns at %v, not at %v", h.turns, want)
		}
		if len(h.told) != 6 || h.told[5] != "950ms <nil>" {
			t.Errorf("told: %q", h.told)
		}
	})
}

func TestSteadyTurnsKeepTheInterval(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := newHistory(t)
		const interval = time.Second
		p := h.begin(Pace{Interval: interval, Timeout: interval}, until(0))
		defer p.End()
		pass(1000*interval + interval/2)
		if n := len(h.turns); n < 1000 || n > 1002 {
			t.Errorf("%d turns in 1000 intervals", n)
		}
		for i := 2; i < len(h.turns); i++ {
			if gap := h.turns[i] - h.turns[i-1]; gap < interval-interval/8 || gap > interval+interval/8 {
				t.Fatalf("gap %d is %v", i, gap)
			}
		}
		if len(h.told) != 1 {
			t.Errorf("a success that follows another is told: %q", h.told)
		}
	})
}

func TestManyAreSpreadAndYetTogether(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		rounds := NewRounds()
		var mu sync.Mutex
		at := map[time.Duration]int{}
		began := time.Now()
		for range 500 {
			p := rounds.Begin(Pace{Interval: time.Second, Timeout: time.Second}, func(context.Context) error {
				mu.Lock()
				defer mu.Unlock()
				at[time.Since(began)]++
				return nil
			}, func(error) {})
			defer p.End()
		}
		pass(1100 * time.Millisecond)
		mu.Lock()
		clear(at)
		mu.Unlock()
		pass(time.Second)
		mu.Lock()
		defer mu.Unlock()
		most, all := 0, 0
		for _, n := range at {
			most, all = max(most, n), all+n
		}
		if all < 450 || all > 550 || most > 60 || len(at) > 40 {
			t.Errorf("%d turns at %d moments of a second, %d at one of them", all, len(at), most)
		}
	})
}

func TestSteadyFromTheBeginning(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := newHistory(t)
		p := h.begin(Pace{Interval: time.Second, Timeout: time.Second, Steady: true}, until(2))
		defer p.End()
		pass(3 * time.Second)
		if len(h.turns) != 3 || h.turns[0] == 0 || h.turns[2]-h.turns[1] < 900*time.Millisecond {
			t.Errorf("turns at %v", h.turns)
		}
	})
}

func TestHangingTurnFailsAndIsNotMadeTwice(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := newHistory(t)
		release := make(chan struct{})
		p := h.begin(Pace{Interval: 100 * time.Millisecond, Timeout: 2 * time.Second}, func(_ context.Context, n int) error {
			if n == 0 {
				<-release // whatever becomes of its context
			}
			return nil
		})
		defer p.End()
		pass(10 * time.Second)
		if len(h.turns) != 1 || !slices.Equal(h.told, []string{"2s no answer within 2s"}) {
			t.Errorf("turns at %v, told %q", h.turns, h.told)
		}
		close(release)
		pass(time.Second)
		if len(h.told) != 2 || h.told[1] != "10.01s <nil>" {
			t.Errorf("told: %q", h.told)
		}
	})
}

func TestTurnEndsWithItsContext(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := newHistory(t)
		p := h.begin(Pace{Interval: time.Second, Timeout: 1500 * time.Millisecond}, func(ctx context.Context, _ int) error {
			<-ctx.Done()
			return ctx.Err()
		})
		pass(1600 * time.Millisecond)
		if !slices.Equal(h.told, []string{"1.5s no answer within 1.5s"}) {
			t.Errorf("told: %q", h.told)
		}
		p.End()
		synctest.Wait() // the turn under way has ended too
		if h.under != 0 || len(h.told) != 1 {
			t.Errorf("after the end: %d under way, told %q", h.under, h.told)
		}
	})
}

func TestRecoveryAndFailureAreTold(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := newHistory(t)
		bad := []bool{false, false, true, true, false, false, true}
		p := h.begin(Pace{Interval: time.Second, Timeout: time.Second}, func(_ context.Context, n int) error {
			if n < len(bad) && bad[n] {
				return errDown
			}
			return nil
		})
		defer p.End()
		pass(10 * time.Second)
		var told []string
		for _, line := range h.told {
			var at, what string
			fmt.Sscan(line, &at, &what)
			told = append(told, what)
		}
		if want := []string{"<nil>", "connection", "connection", "<nil>", "connection", "<nil>"}; !slices.Equal(told, want) {
			t.Errorf("told %q, not %q", told, want)
		}
	})
}

func TestNothingIsToldAfterTheEnd(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := newHistory(t)
		p := h.begin(Pace{Interval: time.Millisecond, Timeout: time.Second}, func(context.Context, int) error {
			<-time.After(5 * time.Millisecond)
			return errDown
		})
		pass(17 * time.Millisecond) // in the midst of a turn
		told := len(h.told)
		p.End()
		pass(time.Minute)
		if len(h.told) != told || told == 0 {
			t.Errorf("told: %q", h.told)
		}
	})
}

// A probe that takes longer than its interval does not go on without a break.
func TestRestBetweenTurns(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := newHistory(t)
		p := h.begin(Pace{Interval: time.Millisecond, Timeout: time.Second}, func(context.Context, int) error {
			<-time.After(20 * time.Millisecond)
			return nil
		})
		pass(3 * time.Second)
		p.End()
		pass(time.Second)
		if len(h.turns) > 101 {
			t.Errorf("%d turns in 3 s", len(h.turns))
		}
	})
}
