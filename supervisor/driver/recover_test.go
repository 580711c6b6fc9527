package driver

import (
	"os"
	"path/filepath"
	"testing"
	"testing/synctest"
	"time"

	"zinit/configs"
	"zinit/supervisor"
)

// crash lets a server boot and leaves its records as a kill -9 would: after the
// first step's saves and actions, or after a second of life.
func crash(t *testing.T, dir string, load func() configs.Set) {
	t.Helper()
	begin(t, dir, load, nil)
}

func mustNotLoad(t *testing.T) func() configs.Set {
	return func() configs.Set {
		t.Error("the configuration was read, though the records are whole")
		return configs.Set{}
	}
}

func TestRecoveryAdoptsAnIntentWhoseProcessLives(t *testing.T) {
	dir := t.TempDir()
	synctest.Test(t, func(t *testing.T) {
		crash(t, dir, set(service("web")))
		d, w := begin(t, dir, mustNotLoad(t), func(w *world) {
			w.adopt = func(past []supervisor.Record) []supervisor.Record {
				for i := range past {
					past[i].Pid, past[i].Ticks = 4242, 99
				}
				return past
			}
		})
		finished := run(d)
		pass(time.Second)
		if s := state(t, d, "web"); s != supervisor.StateRunning {
			t.Errorf("web is %s", s)
		}
		if n := w.spawns("web"); n != 0 {
			t.Errorf("a twin was born: %d", n)
		}
		if r := w.record("web"); r.Pid != 4242 {
			t.Errorf("on file is %+v", r)
		}
		d.shutdown()
		<-finished
	})
}

func TestRecoveryStartsAnIntentWithoutAProcess(t *testing.T) {
	dir := t.TempDir()
	synctest.Test(t, func(t *testing.T) {
		crash(t, dir, set(service("web")))
		d, w := begin(t, dir, mustNotLoad(t), nil)
		finished := run(d)
		pass(time.Second)
		if n := w.spawns("web"); n != 1 || state(t, d, "web") != supervisor.StateRunning {
			t.Errorf("born %d times, and now %s", n, state(t, d, "web"))
		}
		d.shutdown()
		<-finished
	})
}

func TestRecoveryHearsOfTheLost(t *testing.T) {
	dir := t.TempDir()
	synctest.Test(t, func(t *testing.T) {
		store := testStore(t, dir)
		web := service("web")
		r := supervisor.Record{
			Name: "web", Spec: web, Up: true, State: supervisor.StateRunning, Gen: 1, Pid: 77, Ticks: 7,
		}
		store.SaveSystem(supervisor.System{Booted: true})
		store.Save(&r)
		d, w := begin(t, dir, mustNotLoad(t), func(w *world) {
			w.lost = []supervisor.Exited{{Pid: 77, Ticks: 7, Status: supervisor.Status{Unknown: true}}}
		})
		finished := run(d)
		pass(2 * time.Second)
		if n := w.spawns("web"); n != 1 {
			t.Errorf("born %d times after it was lost", n)
		}
		d.shutdown()
		<-finished
	})
}

func TestRecoveryReadsTheConfigurationForADamagedRecord(t *testing.T) {
	dir := t.TempDir()
	synctest.Test(t, func(t *testing.T) {
		crash(t, dir, set(service("web"), service("db")))
		if err := os.WriteFile(filepath.Join(dir, "state/web.json"), []byte("{"), 0o600); err != nil {
			t.Fatal(err)
		}
		d, _ := begin(t, dir, set(service("web"), service("db"), service("new")), nil)
		finished := run(d)
		pass(time.Second)
		if s := state(t, d, "web"); s != supervisor.StateRunning {
			t.Errorf("web is %q", s)
		}
		if s := state(t, d, "new"); s != "" {
			t.Errorf("new is %q: a recovery is no reload", s)
		}
		d.shutdown()
		<-finished
	})
}

func TestBootThatDiedBeforeItsMarkBeginsAnew(t *testing.T) {
	dir := t.TempDir()
	synctest.Test(t, func(t *testing.T) {
		crash(t, dir, set(service("web"), service("db")))
		if err := os.Remove(filepath.Join(dir, "system.json")); err != nil {
			t.Fatal(err)
		}
		d, _ := begin(t, dir, set(service("web"), service("db")), nil)
		finished := run(d)
		pass(time.Second)
		if s := state(t, d, "db"); s != supervisor.StateRunning {
			t.Errorf("db is %q", s)
		}
		d.shutdown()
		<-finished
	})
}
