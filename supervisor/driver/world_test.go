package driver

import (
	"context"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"zinit/configs"
	"zinit/supervisor"
)

// world is a kernel in which a birth and an end take a millisecond. It checks of
// each action that what it stands on is already on file.
type world struct {
	t     *testing.T
	dir   string
	post  Post
	start time.Time
	adopt func([]supervisor.Record) []supervisor.Record
	deaf  map[string]bool // services that ignore their stop signal
	lost  []supervisor.Exited

	mu      sync.Mutex
	pids    int
	done    []supervisor.Action
	started bool
}

func newWorld(t *testing.T, dir string, post Post) *world {
	return &world{t: t, dir: dir, post: post, start: time.Now(), deaf: map[string]bool{}, pids: 100}
}

func (w *world) Now() supervisor.Instant {
	return supervisor.Instant(time.Minute + time.Since(w.start))
}

func (w *world) Start() { w.started = true }

func (w *world) Adopt(past []supervisor.Record) []supervisor.Record {
	if w.adopt == nil {
		return past
	}
	return w.adopt(past)
}

func (w *world) Lost([]supervisor.Record) []supervisor.Exited { return w.lost }

func (w *world) Do(a supervisor.Action) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.done = append(w.done, a)
	switch a := a.(type) {
	case supervisor.Spawn:
		if r := w.record(a.Name); r.State != supervisor.StateStarting || r.Gen != a.Gen || r.Pid != 0 {
			w.t.Errorf("spawn of %s %d, but on file is %+v", a.Name, a.Gen, r)
		}
		w.pids++
		w.soon(supervisor.Spawned{Name: a.Name, Gen: a.Gen, Pid: w.pids, Ticks: uint64(w.pids)})
	case supervisor.Kill:
		if r := w.record(a.Name); r.Pid != a.Pid {
			w.t.Errorf("kill of %s %d, but on file is %+v", a.Name, a.Pid, r)
		}
		if a.Sig == 9 || !w.deaf[a.Name] {
			w.soon(supervisor.Exited{Pid: a.Pid, Ticks: a.Ticks, Status: supervisor.Status{Signal: a.Sig}})
		}
	case supervisor.Await:
		w.soon(supervisor.GroupGone{Name: a.Name, Gen: a.Gen})
	case supervisor.Forget:
		if _, err := os.Stat(filepath.Join(w.dir, "state", a.Name+".json")); err == nil {
			w.t.Errorf("%s is forgotten, but its record is still there", a.Name)
		}
	}
}

func (w *world) soon(ev supervisor.Event) {
	time.AfterFunc(time.Millisecond, func() { w.post(ev, nil) })
}

// record is what is on file of a service.
func (w *world) record(name string) supervisor.Record {
	text, err := os.ReadFile(filepath.Join(w.dir, "state", name+".json"))
	if err != nil {
		w.t.Errorf("no record of %s: %v", name, err)
		return supervisor.Record{}
	}
	r, err := decode(text)
	if err != nil {
		w.t.Errorf("record of %s: %v", name, err)
	}
	return r
}

// spawns is how often a service was born.
func (w *world) spawns(name string) int {
	w.mu.Lock()
	defer w.mu.Unlock()
	n := 0
	for _, a := range w.done {
		if s, ok := a.(supervisor.Spawn); ok && s.Name == name {
			n++
		}
	}
	return n
}

func service(name string, requires ...string) *configs.Service {
	return &configs.Service{
		Name: name, Origin: configs.Runtime, Command: configs.Command{Argv: []string{"/bin/" + name}},
		Status: configs.StatusStart, Class: configs.ClassUser, Requires: requires,
		Restart: configs.RestartOnFailure, StopSignal: 15, StartTimeout: 30 * time.Second,
		StopTimeout: 10 * time.Second, RestartDelay: time.Second, RestartDelayMax: time.Minute,
		StabilityPeriod: 10 * time.Second, BufferLines: 1000, Dir: "/", Umask: 0o22,
	}
}

func set(services ...*configs.Service) func() configs.Set {
	return func() configs.Set { return configs.Set{Services: services} }
}

// bubble runs a server's loop over a fresh directory in a bubble of fake time, and
// ends it after body.
func bubble(t *testing.T, load func() configs.Set, body func(*testing.T, *Driver, *world)) {
	t.Helper()
	dir := t.TempDir()
	synctest.Test(t, func(t *testing.T) {
		d, w := begin(t, dir, load, nil)
		finished := run(d)
		body(t, d, w)
		if err := d.shutdown(); err != nil && err != ErrEnded {
			t.Errorf("cannot shut down: %v", err)
		}
		<-finished
	})
}

// begin makes a driver and lets it recover.
func begin(t *testing.T, dir string, load func() configs.Set, prepare func(*world)) (*Driver, *world) {
	t.Helper()
	store := testStore(t, dir)
	d := New(store, store.log)
	w := newWorld(t, dir, d.Post)
	if prepare != nil {
		prepare(w)
	}
	if err := d.Recover(w, load); err != nil {
		t.Fatal(err)
	}
	return d, w
}

func run(d *Driver) <-chan supervisor.End {
	finished := make(chan supervisor.End, 1)
	go func() { finished <- d.Run() }()
	return finished
}

func (d *Driver) shutdown() error {
	_, err := d.Ask(context.Background(), "the test's end", false, func(w supervisor.Wish) supervisor.Event {
		return supervisor.Shutdown{Wish: w, Goal: supervisor.GoalExit}
	})
	return err
}

func state(t *testing.T, d *Driver, name string) supervisor.State {
	t.Helper()
	var s supervisor.State
	err := d.Read(t.Context(), func(c *supervisor.Core, now supervisor.Instant) {
		if v, ok := c.View(name, now); ok {
			s = v.State
		}
	})
	if err != nil {
		t.Error(err)
	}
	return s
}

// pass lets fake time go by.
func pass(d time.Duration) { <-time.After(d) }
