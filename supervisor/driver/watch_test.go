package driver

import (
	"context"
	"errors"
	"log/slog"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"zinit/supervisor"
)

func TestWatcherSeesEveryChangeInOrder(t *testing.T) {
	bubble(t, set(service("web")), func(t *testing.T, d *Driver, w *world) {
		pass(time.Second)
		var seen []supervisor.State
		ctx, cancel := context.WithCancel(t.Context())
		done := make(chan error, 1)
		ready := make(chan struct{})
		go func() {
			done <- d.Watch(ctx, func() { close(ready) }, func(changes []supervisor.Change) error {
				for _, c := range changes {
					seen = append(seen, c.To)
				}
				return nil
			})
		}()
		<-ready
		d.Post(supervisor.Exited{Pid: w.record("web").Pid, Status: supervisor.Status{Code: 3}}, nil)
		pass(2 * time.Second)
		cancel()
		if err := <-done; !errors.Is(err, context.Canceled) {
			t.Errorf("the watcher got %v", err)
		}
		for _, want := range []supervisor.State{supervisor.StateBlocked, supervisor.StateStarting, supervisor.StateRunning} {
			if !slices.Contains(seen, want) {
				t.Errorf("saw %v, not %s", seen, want)
			}
		}
		if last := seen[len(seen)-1]; last != supervisor.StateRunning {
			t.Errorf("the last it saw is %s", last)
		}
	})
}

func TestSlowWatcherIsDroppedAndTheLoopGoesOn(t *testing.T) {
	bubble(t, set(service("web")), func(t *testing.T, d *Driver, w *world) {
		hold := make(chan struct{})
		done := make(chan error, 1)
		go func() {
			done <- d.Watch(t.Context(), func() {}, func([]supervisor.Change) error { <-hold; return nil })
		}()
		synctest.Wait()
		for range backlog + 10 {
			err := d.enter(t.Context(), func(d *Driver) {
				d.changed = append(d.changed, supervisor.Change{Name: "web"})
			})
			if err != nil {
				t.Fatal(err)
			}
		}
		synctest.Wait()
		if s := state(t, d, "web"); s != supervisor.StateRunning && s != supervisor.StateStarting {
			t.Errorf("web is %s", s)
		}
		close(hold)
		if err := <-done; !errors.Is(err, ErrSlow) {
			t.Errorf("the slow watcher got %v", err)
		}
	})
}

func TestWatcherWhoseSendFailsIsForgotten(t *testing.T) {
	bubble(t, set(service("web")), func(t *testing.T, d *Driver, w *world) {
		pass(time.Second)
		broken := errors.New("broken pipe")
		done := make(chan error, 1)
		go func() {
			done <- d.Watch(t.Context(), func() {}, func([]supervisor.Change) error { return broken })
		}()
		synctest.Wait()
		d.Post(supervisor.Exited{Pid: w.record("web").Pid}, nil)
		if err := <-done; !errors.Is(err, broken) {
			t.Errorf("got %v", err)
		}
		err := d.enter(t.Context(), func(d *Driver) {
			if len(d.watches) != 0 {
				t.Errorf("%d watches are left", len(d.watches))
			}
		})
		if err != nil {
			t.Error(err)
		}
	})
}

// Who reads warnings sees why a service goes that nobody told to.
func TestWarnings(t *testing.T) {
	for name, c := range map[string]struct {
		to   supervisor.State
		kind supervisor.CauseKind
		want bool
	}{
		"it is ill":         {supervisor.StateStopping, supervisor.CauseHealth, true},
		"it is late":        {supervisor.StateStopping, supervisor.CauseTimer, true},
		"it was told to":    {supervisor.StateStopping, supervisor.CauseCommand, false},
		"it came up":        {supervisor.StateRunning, supervisor.CauseHealth, false},
		"it is past saving": {supervisor.StateFailed, supervisor.CauseExit, true},
	} {
		t.Run(name, func(t *testing.T) {
			var out strings.Builder
			d := &Driver{log: slog.New(slog.NewTextHandler(&out, &slog.HandlerOptions{Level: slog.LevelWarn}))}
			d.note(supervisor.Change{Name: "web", From: supervisor.StateRunning, To: c.to, Cause: supervisor.Cause{Kind: c.kind, Text: "HTTP 503"}})
			if got := strings.Contains(out.String(), "HTTP 503"); got != c.want {
				t.Errorf("it says %q", out.String())
			}
		})
	}
}
