package supervisor

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"zinit/configs"
)

type states = map[string]State

func TestBootInOrder(t *testing.T) {
	w := boot(t, service_("app", requires("db")), service_("db"), service_("worker", requires("app")))
	w.is(states{"db": StateRunning, "app": StateRunning, "worker": StateRunning})
	var order []string
	for _, c := range w.changes {
		if c.To == StateStarting {
			order = append(order, c.Name)
		}
	}
	if want := []string{"db", "app", "worker"}; !slices.Equal(order, want) {
		t.Errorf("started in the order %v, want %v", order, want)
	}
}

func TestStopTakesDependentsFirst(t *testing.T) {
	w := boot(t, service_("app", requires("db")), service_("db"), service_("worker", requires("app")))
	w.step(Stop{Wish: Wish{ID: 1, By: "stop", Wait: true}, Name: "db"})
	w.is(states{"db": StateExited, "app": StateBlocked, "worker": StateBlocked})
	var order []string
	for _, c := range w.changes {
		if c.To == StateStopping {
			order = append(order, c.Name)
		}
	}
	if want := []string{"worker", "app", "db"}; !slices.Equal(order, want) {
		t.Errorf("stopped in the order %v, want %v", order, want)
	}
	if a, ok := w.answers[1]; !ok || a.Refusal != nil {
		t.Errorf("answer = %+v, %v", a, ok)
	}
	w.step(Start{Wish: Wish{ID: 2, Wait: true}, Name: "db"})
	w.is(states{"db": StateRunning, "app": StateRunning, "worker": StateRunning})
}

func TestCrashLeavesDependentsAlone(t *testing.T) {
	w := boot(t, service_("app", requires("db")), service_("db"))
	w.exit("db", Status{Code: 3})
	w.is(states{"db": StateBlocked, "app": StateRunning})
	w.wait(999 * time.Millisecond)
	w.is(states{"db": StateBlocked})
	w.wait(time.Millisecond)
	w.is(states{"db": StateRunning, "app": StateRunning})
	if got := w.path("app"); slices.Contains(got, StateStopping) {
		t.Errorf("app was stopped: %v", got)
	}
}

func TestBackoffDoublesUpToTheMaximum(t *testing.T) {
	w := boot(t, service_("web", func(s *configs.Service) {
		s.RestartDelay, s.RestartDelayMax = time.Second, 5*time.Second
	}))
	for _, want := range []time.Duration{1, 2, 4, 5, 5} {
		w.exit("web", Status{Code: 1})
		at, ok := w.core.Deadline()
		if got := at.Sub(w.now); !ok || got != want*time.Second {
			t.Errorf("gap is %v, want %v", got, want*time.Second)
		}
		w.wait(want * time.Second)
		w.is(states{"web": StateRunning})
	}
	w.wait(10 * time.Second)
	if v, _ := w.core.View("web", w.now); v.Restarts != 0 {
		t.Errorf("%d restarts in a row after a stable run", v.Restarts)
	}
	w.exit("web", Status{Code: 1})
	if at, _ := w.core.Deadline(); at.Sub(w.now) != time.Second {
		t.Errorf("gap after a stable run is %v, want 1s", at.Sub(w.now))
	}
}

func TestMaxRestarts(t *testing.T) {
	w := boot(t, service_("app", requires("web")), service_("web", func(s *configs.Service) { s.MaxRestarts = 2 }))
	for range 3 {
		w.exit("web", Status{Code: 7})
		w.wait(time.Minute)
		w.now -= Instant(50 * time.Second) // not stable
	}
	w.is(states{"web": StateFailed, "app": StateBlocked})
	chain := w.core.Why("app", w.now)
	if len(chain) != 2 || chain[0].Reason != ReasonFailed || chain[1].View.Failure.Code != 7 {
		t.Errorf("why = %+v", chain)
	}
}

func TestConflict(t *testing.T) {
	w := boot(t, service_("a"), service_("b", conflicts("a")))
	w.is(states{"a": StateRunning, "b": StateBlocked})
	w.step(Start{Wish: Wish{ID: 1, Wait: true}, Name: "b"})
	if a := w.answers[1]; a.Refusal == nil || a.Refusal.Kind != IsBlocked || !strings.Contains(a.Refusal.Text, "a") {
		t.Errorf("answer = %+v", a.Refusal)
	}
	w.step(Stop{Name: "a"})
	w.is(states{"a": StateExited, "b": StateRunning})
}

func TestConflictAtBootIsWonByTheFirstName(t *testing.T) {
	w := boot(t, service_("a", requires("z")), service_("b", conflicts("a")), service_("z"))
	w.is(states{"a": StateRunning, "b": StateBlocked})
}

func TestRestartTakesDependentsAlong(t *testing.T) {
	w := boot(t, service_("app", requires("db")), service_("db"))
	w.step(RestartService{Wish: Wish{ID: 1, Wait: true}, Name: "db"})
	w.is(states{"db": StateRunning, "app": StateRunning})
	for _, name := range []string{"db", "app"} {
		if v, _ := w.core.View(name, w.now); v.Gen != 2 {
			t.Errorf("%s is incarnation %d, want 2", name, v.Gen)
		}
	}
	if _, ok := w.answers[1]; !ok {
		t.Error("no answer")
	}
}

func TestTargetAndOneshot(t *testing.T) {
	w := boot(t, service_("migrate", oneshot), service_("app", requires("migrate")), service_("all", target, requires("app")))
	w.is(states{"migrate": StateRunning, "app": StateBlocked, "all": StateBlocked})
	w.exit("migrate", Status{})
	w.is(states{"migrate": StateExited, "app": StateRunning, "all": StateRunning})
	w.step(Stop{Name: "app"})
	w.is(states{"app": StateExited, "all": StateBlocked})
}

func TestStopEscalates(t *testing.T) {
	w := boot(t, service_("web"))
	w.deaf["web"] = true
	w.step(Stop{Wish: Wish{ID: 1, Wait: true}, Name: "web"})
	w.is(states{"web": StateStopping})
	w.wait(10 * time.Second)
	w.is(states{"web": StateExited})
	v, _ := w.core.View("web", w.now)
	if v.Failure.Kind != FailStop || v.Last.Signal != 9 {
		t.Errorf("view = %+v", v)
	}
}

func TestShutdownInReverse(t *testing.T) {
	w := boot(t, service_("app", requires("db")), service_("db", after("log")), service_("log"))
	w.step(Shutdown{Wish: Wish{ID: 1}})
	var order []string
	for _, c := range w.changes {
		if c.To == StateStopping {
			order = append(order, c.Name)
		}
	}
	if want := []string{"app", "db", "log"}; !slices.Equal(order, want) {
		t.Errorf("stopped in the order %v, want %v", order, want)
	}
	if len(w.ended) != 1 {
		t.Errorf("ended %d times", len(w.ended))
	}
}

func TestCrashOfTheServerChangesNothing(t *testing.T) {
	w := boot(t, service_("app", requires("db")), service_("db"), service_("off", manual))
	before := w.pids
	w.crash()
	w.is(states{"app": StateRunning, "db": StateRunning, "off": StateInactive})
	if w.pids != before {
		t.Error("something was started again")
	}
}

func TestReload(t *testing.T) {
	w := boot(t, service_("a"), service_("b", requires("a")), service_("c"), service_("gone"))
	changed := service_("a", func(s *configs.Service) { s.Dir = "/srv" })
	soft := service_("c", func(s *configs.Service) { s.StopTimeout = time.Second })
	set := configs.Set{Services: []*configs.Service{changed, service_("b", requires("a")), soft, service_("new")}}
	w.step(Reload{Wish: Wish{ID: 1}, Set: set})
	d := w.answers[1].Result.(Diff)
	got := fmt.Sprint(d.Added, d.Removed, d.Changed, d.Restarted, d.Unchanged)
	if want := "[new] [gone] [a c] [a b] 1"; got != want {
		t.Errorf("diff = %s, want %s", got, want)
	}
	for name, gen := range map[string]uint64{"a": 2, "b": 2, "c": 1, "new": 1} {
		if v, _ := w.core.View(name, w.now); v.Gen != gen || v.State != StateRunning {
			t.Errorf("%s is %s, incarnation %d, want %d", name, v.State, v.Gen, gen)
		}
	}
	if _, ok := w.core.View("gone", w.now); ok {
		t.Error("gone is still there")
	}
}

func TestLongChainAndWideTarget(t *testing.T) {
	const n = 10000
	var services []*configs.Service
	for i := range n {
		s := service_(fmt.Sprintf("s%05d", i))
		if i > 0 {
			s.Requires = []string{fmt.Sprintf("s%05d", i-1)}
		}
		services = append(services, s)
	}
	wide := service_("wide", target)
	for i := range 2000 {
		wide.Requires = append(wide.Requires, fmt.Sprintf("s%05d", i))
	}
	w := boot(t, append(services, wide)...)
	w.is(states{"s09999": StateRunning, "wide": StateRunning})
	w.step(Shutdown{})
	if len(w.ended) != 1 || len(w.procs) != 0 {
		t.Error("the shutdown did not end")
	}
}
