package supervisor

import (
	"slices"
	"testing"
	"time"

	"zinit/configs"
)

// world is the simplest world there is: every birth succeeds, every process
// obeys its signals at once, and nothing happens by itself.
type world struct {
	t       testing.TB
	core    *Core
	now     Instant
	pids    int
	procs   map[int]Spawn
	deaf    map[string]bool // services that ignore everything but SIGKILL
	unborn  bool            // births are not reported
	stiff   bool            // nobody ends by a signal
	orders  bool            // births of x are launching
	lasting bool            // groups outlive their leaders
	todo    []Event
	answers map[uint64]Answer
	changes []Change
	ended   []End
	probes  []Probe
	saved   map[string]Record
	sys     System
}

func service_(name string, change ...func(*configs.Service)) *configs.Service {
	s := &configs.Service{
		Name: name, Origin: "/etc/zinit/services/" + name + ".toml",
		Command: configs.Command{Argv: []string{"/bin/" + name}}, Dir: "/",
		Status: configs.StatusStart, Class: configs.ClassUser, Umask: 0o022,
		Restart: configs.RestartOnFailure, StopSignal: 15,
		StartTimeout: 30 * time.Second, StopTimeout: 10 * time.Second,
		RestartDelay: time.Second, RestartDelayMax: time.Minute,
		StabilityPeriod: 10 * time.Second, BufferLines: 1000,
	}
	for _, f := range change {
		f(s)
	}
	if s.Oneshot {
		s.StartTimeout = 0
	}
	if s.Target {
		s.Command = configs.Command{}
	}
	return s
}

func requires(names ...string) func(*configs.Service) {
	return func(s *configs.Service) { s.Requires = names }
}

func after(names ...string) func(*configs.Service) {
	return func(s *configs.Service) { s.After = names }
}

func conflicts(names ...string) func(*configs.Service) {
	return func(s *configs.Service) { s.Conflicts = names }
}

func oneshot(s *configs.Service) { s.Oneshot = true }
func target(s *configs.Service)  { s.Target = true }
func manual(s *configs.Service)  { s.Status = configs.StatusStop }

// boot starts a world with some services.
func boot(t testing.TB, services ...*configs.Service) *world {
	w := &world{
		t: t, now: Instant(time.Hour), pids: 100, procs: map[int]Spawn{}, deaf: map[string]bool{},
		answers: map[uint64]Answer{}, saved: map[string]Record{},
	}
	slices.SortFunc(services, func(a, b *configs.Service) int { return compareNames(a.Name, b.Name) })
	var ready Ready
	w.core, ready = New(configs.Set{Services: services}, nil, System{}, w.now)
	w.obey(ready)
	w.run()
	return w
}

func compareNames(a, b string) int {
	switch {
	case a < b:
		return -1
	case a > b:
		return 1
	default:
		return 0
	}
}

// crash has another server take over.
func (w *world) crash() {
	var past []Record
	for _, r := range w.saved {
		past = append(past, r)
	}
	var ready Ready
	w.todo = nil
	w.core, ready = New(configs.Set{}, past, w.sys, w.now)
	w.obey(ready)
	w.run()
}

// step gives the core events, and then all that follows from them.
func (w *world) step(events ...Event) {
	w.todo = append(w.todo, events...)
	w.run()
}

func (w *world) run() {
	for len(w.todo) > 0 {
		ev := w.todo[0]
		w.todo = w.todo[1:]
		w.obey(w.core.Step(w.now, ev))
	}
	if err := w.core.Check(); err != nil {
		w.t.Fatal(err)
	}
}

// wait lets time pass, deadline by deadline.
func (w *world) wait(d time.Duration) {
	end := w.now.Add(d)
	for {
		at, ok := w.core.Deadline()
		if !ok || at > end {
			break
		}
		w.now = max(w.now, at)
		w.step(Tick{})
	}
	w.now = end
}

func (w *world) obey(ready Ready) {
	if ready.System != nil {
		w.sys = *ready.System
	}
	for _, r := range ready.Save {
		w.saved[r.Name] = r
	}
	w.changes = append(w.changes, ready.Changed...)
	for _, action := range ready.Do {
		w.do(action)
	}
}

func (w *world) do(action Action) {
	switch a := action.(type) {
	case Spawn:
		w.pids++
		w.procs[w.pids] = a
		if w.unborn && a.Name == "x" {
			return
		}
		orders := w.orders && a.Name == "x"
		w.todo = append(w.todo, Spawned{Name: a.Name, Gen: a.Gen, Pid: w.pids, Ticks: uint64(w.pids), Launching: orders})
	case Kill:
		if _, live := w.procs[a.Pid]; live && !w.stiff && (a.Sig == 9 || !w.deaf[a.Name]) {
			w.die(a.Pid, Status{Signal: a.Sig})
		}
	case Await:
		if w.lasting {
			return
		}
		w.todo = append(w.todo, GroupGone{Name: a.Name, Gen: a.Gen})
	case Answer:
		if _, twice := w.answers[a.ID]; twice {
			w.t.Fatalf("request %d has two answers", a.ID)
		}
		w.answers[a.ID] = a
	case Probe:
		w.probes = append(w.probes, a)
	case Forget:
		delete(w.saved, a.Name)
	case End:
		w.ended = append(w.ended, a)
	}
}

// die ends a process.
func (w *world) die(pid int, status Status) {
	delete(w.procs, pid)
	w.todo = append(w.todo, Exited{Pid: pid, Status: status})
}

// exit ends a service's process by itself.
func (w *world) exit(name string, status Status) {
	w.t.Helper()
	for pid, p := range w.procs {
		if p.Name == name {
			w.die(pid, status)
			w.run()
			return
		}
	}
	w.t.Fatalf("%s has no process", name)
}

// is compares states: "db running", "app blocked".
func (w *world) is(want map[string]State) {
	w.t.Helper()
	for name, state := range want {
		v, ok := w.core.View(name, w.now)
		if !ok || v.State != state {
			w.t.Errorf("%s is %q, want %q (%s)", name, v.State, state, Sentence(w.core.Why(name, w.now), w.now))
		}
	}
}

// path is the states that a service went through.
func (w *world) path(name string) []State {
	var states []State
	for _, c := range w.changes {
		if c.Name == name {
			states = append(states, c.To)
		}
	}
	return states
}
