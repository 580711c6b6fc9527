package driver

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"testing"
	"testing/synctest"
	"time"

	"zinit/configs"
	"zinit/supervisor"
)

func TestBootStartsWhatIsWantedOnceItIsOnFile(t *testing.T) {
	bubble(t, set(service("app", "db"), service("db")), func(t *testing.T, d *Driver, w *world) {
		pass(time.Second)
		for _, name := range []string{"app", "db"} {
			if s := state(t, d, name); s != supervisor.StateRunning {
				t.Errorf("%s is %s", name, s)
			}
			if r := w.record(name); r.State != supervisor.StateRunning || r.Pid == 0 {
				t.Errorf("on file is %+v", r)
			}
		}
		if !w.started {
			t.Error("the world was not started")
		}
	})
}

func TestEventIsAcknowledgedOnceItIsOnFile(t *testing.T) {
	bubble(t, set(service("web")), func(t *testing.T, d *Driver, w *world) {
		pass(time.Second)
		pid := w.record("web").Pid
		acknowledged := make(chan supervisor.Record, 1)
		d.Post(supervisor.Exited{Pid: pid, Status: supervisor.Status{Code: 3}}, func() {
			acknowledged <- w.record("web")
		})
		if r := <-acknowledged; r.Last.Code != 3 {
			t.Errorf("acknowledged, but on file is %+v", r)
		}
	})
}

func TestTimerWakesTheCoreAtItsDeadline(t *testing.T) {
	bubble(t, set(service("web")), func(t *testing.T, d *Driver, w *world) {
		pass(time.Second)
		d.Post(supervisor.Exited{Pid: w.record("web").Pid, Status: supervisor.Status{Code: 3}}, nil)
		pass(990 * time.Millisecond)
		if n := w.spawns("web"); n != 1 {
			t.Errorf("born %d times before the delay was over", n)
		}
		pass(20 * time.Millisecond)
		if n := w.spawns("web"); n != 2 {
			t.Errorf("born %d times after the delay", n)
		}
	})
}

func TestAskWaitsForTheAnswer(t *testing.T) {
	web := service("web")
	web.Status = configs.StatusStop
	bubble(t, set(web), func(t *testing.T, d *Driver, w *world) {
		a, err := d.Ask(t.Context(), "start by the test", true, func(w supervisor.Wish) supervisor.Event {
			return supervisor.Start{Wish: w, Name: "web"}
		})
		if err != nil || a.Refusal != nil {
			t.Fatalf("got %+v, %v", a, err)
		}
		if s := state(t, d, "web"); s != supervisor.StateRunning {
			t.Errorf("answered while web is %s", s)
		}
		a, err = d.Ask(t.Context(), "start by the test", true, func(w supervisor.Wish) supervisor.Event {
			return supervisor.Start{Wish: w, Name: "nobody"}
		})
		if err != nil || a.Refusal == nil || a.Refusal.Kind != supervisor.NotFound {
			t.Errorf("start of nobody: got %+v, %v", a, err)
		}
	})
}

func TestAskerThatGoesAwayIsForgotten(t *testing.T) {
	bubble(t, set(service("web")), func(t *testing.T, d *Driver, w *world) {
		pass(time.Second)
		w.deaf["web"] = true
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		_, err := d.Ask(ctx, "stop by the test", true, func(w supervisor.Wish) supervisor.Event {
			return supervisor.Stop{Wish: w, Name: "web"}
		})
		if !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("got %v", err)
		}
		err = d.enter(t.Context(), func(d *Driver) {
			if len(d.waiting) != 0 {
				t.Errorf("%d askers are still waited for", len(d.waiting))
			}
		})
		if err != nil {
			t.Error(err)
		}
		pass(10 * time.Second)
		if s := state(t, d, "web"); s != supervisor.StateExited {
			t.Errorf("the stop went away with its asker: web is %s", s)
		}
	})
}

func TestEndOfTheShutdownEndsTheLoop(t *testing.T) {
	dir := t.TempDir()
	synctest.Test(t, func(t *testing.T) {
		d, w := begin(t, dir, set(service("app", "db"), service("db")), nil)
		finished := run(d)
		pass(time.Second)
		w.deaf["db"] = true
		if err := d.shutdown(); err != nil {
			t.Fatal(err)
		}
		watching := make(chan error, 1)
		go func() {
			watching <- d.Watch(t.Context(), func() {}, func([]supervisor.Change) error { return nil })
		}()
		if end := <-finished; end.Goal != supervisor.GoalExit {
			t.Errorf("ended with %+v", end)
		}
		if err := <-watching; !errors.Is(err, ErrEnded) {
			t.Errorf("the watcher got %v", err)
		}
		if _, err := d.Ask(t.Context(), "late", true, func(w supervisor.Wish) supervisor.Event {
			return supervisor.Start{Wish: w, Name: "db"}
		}); !errors.Is(err, ErrEnded) {
			t.Errorf("the late asker got %v", err)
		}
		if err := d.Read(t.Context(), func(*supervisor.Core, supervisor.Instant) {}); !errors.Is(err, ErrEnded) {
			t.Errorf("the late reader got %v", err)
		}
		d.Post(supervisor.Exited{Pid: 1000}, nil)
	})
}

// eager posts a crowd of events from inside Do, as a kernel does whose goroutines
// are quicker than the loop.
type eager struct{ *world }

func (e eager) Do(a supervisor.Action) {
	for i := range 10_000 {
		e.post(supervisor.Exited{Pid: 1_000_000 + i}, nil)
	}
	e.world.Do(a)
}

func TestPostFromInsideTheKernelDoesNotBlock(t *testing.T) {
	dir := t.TempDir()
	synctest.Test(t, func(t *testing.T) {
		store := testStore(t, dir)
		d := New(store, store.log)
		if err := d.Recover(eager{newWorld(t, dir, d.Post)}, set(service("web"))); err != nil {
			t.Fatal(err)
		}
		finished := run(d)
		pass(time.Second)
		if s := state(t, d, "web"); s != supervisor.StateRunning {
			t.Errorf("web is %s", s)
		}
		if err := d.shutdown(); err != nil {
			t.Error(err)
		}
		<-finished
	})
}

func TestFullFileSystemIsSurvived(t *testing.T) {
	web := service("web")
	web.Restart = configs.RestartNever // so that nothing else wakes the loop
	bubble(t, set(web), func(t *testing.T, d *Driver, w *world) {
		pass(time.Second)
		before := w.record("web")
		blocker := filepath.Join(w.dir, "state/.new")
		if err := os.Mkdir(blocker, 0o700); err != nil {
			t.Fatal(err)
		}
		d.Post(supervisor.Exited{Pid: before.Pid, Status: supervisor.Status{Code: 3}}, nil)
		synctest.Wait()
		if s := state(t, d, "web"); s != supervisor.StateFailed {
			t.Errorf("web is %s", s)
		}
		if r := w.record("web"); r.State != before.State {
			t.Fatalf("the record was written: %+v", r)
		}
		if err := os.Remove(blocker); err != nil {
			t.Fatal(err)
		}
		pass(retryEvery)
		synctest.Wait()
		if r := w.record("web"); r.Last.Code != 3 {
			t.Errorf("not written again: %+v", r)
		}
	})
}

func TestLastWordIsTheAnswerWhereThereIsOne(t *testing.T) {
	reply := newReply()
	if _, err := lastWord(reply); !errors.Is(err, ErrEnded) {
		t.Errorf("without an answer: %v", err)
	}
	reply <- supervisor.Answer{ID: 7}
	if a, err := lastWord(reply); err != nil || a.ID != 7 {
		t.Errorf("with an answer: %+v, %v", a, err)
	}
}
