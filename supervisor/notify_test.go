package supervisor

import (
	"strings"
	"testing"
	"time"

	"zinit/configs"
)

func checked(kind configs.HealthType, retries int) func(*configs.Service) {
	return func(s *configs.Service) {
		s.Health = &configs.Health{Type: kind, Interval: time.Second, Timeout: time.Second, Retries: retries}
	}
}

// see is the view of x.
func (w *world) see() View {
	v, _ := w.core.View("x", w.now)
	return v
}

// say has x's present incarnation say something of itself.
func (w *world) say(ev Notified) {
	ev.Name, ev.Gen = "x", w.see().Gen
	w.step(ev)
}

func TestFailuresInARow(t *testing.T) {
	w := boot(t, service_("x", checked(configs.HealthTCP, 2)))
	for _, good := range []bool{false, false, false, true, false, true, false} {
		w.probe(good)
	}
	w.is(states{"x": StateRunning})
	if v := w.see(); v.Probes != 1 || v.ProbeError != "connection refused" {
		t.Errorf("%d failures, %q", v.Probes, v.ProbeError)
	}
	w.crash()
	w.probe(false)
	w.is(states{"x": StateBlocked})
	if f := w.see().Failure; f.Kind != FailHealth || f.Attempts != 2 || f.Message != "connection refused" {
		t.Errorf("failure = %+v", f)
	}
}

func TestProbeMessage(t *testing.T) {
	w := boot(t, service_("x", checked(configs.HealthExec, 3)))
	w.step(Probed{Name: "x", Gen: 1, Err: "no\nroute\r\nto " + strings.Repeat("ö", 1000)})
	got := w.see().ProbeError
	if !strings.HasPrefix(got, "no; route; to ö") || len(got) > textMax+8 || strings.ContainsAny(got, "\r\n") {
		t.Errorf("%d bytes: %q", len(got), got)
	}
	if text := Sentence(w.core.Why("x", w.now), w.now); !strings.HasPrefix(text, "x is starting, last probe: no; route") {
		t.Errorf("why = %q", text)
	}
	w.wait(30 * time.Second)
	if f := w.see().Failure; f.Kind != FailStart || f.Message != got || !strings.Contains(f.String(), "no; route") {
		t.Errorf("failure = %+v", f)
	}
	w.wait(time.Second)
	if v := w.see(); v.State != StateStarting || v.ProbeError != "" {
		t.Errorf("a new incarnation is %s, %q", v.State, v.ProbeError)
	}
	w.probe(true)
	if v := w.see(); v.State != StateRunning || v.ProbeError != "" {
		t.Errorf("it is %s, %q", v.State, v.ProbeError)
	}
}

// TestReadyBeforeItIsBorn sees that a READY is not lost which is heard of before
// the birth or the launch of whom it is from.
func TestReadyBeforeItIsBorn(t *testing.T) {
	for name, events := range map[string][]Event{
		"before its birth":  {Probed{Name: "x", Gen: 1}, Spawned{Name: "x", Gen: 1, Pid: 9, Ticks: 9}},
		"before its launch": {Spawned{Name: "x", Gen: 1, Pid: 9, Ticks: 9, Launching: true}, Probed{Name: "x", Gen: 1}, Launched{Name: "x", Gen: 1}},
	} {
		t.Run(name, func(t *testing.T) {
			w := boot(t, service_("x", manual, checked(configs.HealthNotify, 1)))
			w.unborn = true
			w.step(Start{Name: "x"})
			for i, ev := range events {
				w.is(states{"x": StateStarting})
				w.step(ev)
				if i == 0 {
					w.step(Probed{Name: "x", Gen: 1, Err: "too early to count"})
				}
			}
			w.is(states{"x": StateRunning})
			if len(w.probes) != 1 || !w.probes[0].Ready {
				t.Errorf("probes: %+v", w.probes)
			}
		})
	}
}

func TestLaunchedInThePast(t *testing.T) {
	w := boot(t, service_("x", manual))
	w.orders = true
	w.step(Start{Name: "x"})
	w.exit("x", Status{Code: 1})
	w.wait(time.Second)
	for _, why := range []string{"", "no such group"} {
		w.step(Launched{Name: "x", Gen: 1, Why: why})
		if v := w.see(); v.Gen != 2 || v.State != StateStarting || !v.Launching {
			t.Errorf("generation %d is %s", v.Gen, v.State)
		}
	}
}

// TestReloadOfChecks sees what a reload leaves of what is known of a live service.
func TestReloadOfChecks(t *testing.T) {
	reload := func(w *world, change func(*configs.Service)) {
		w.step(Reload{Set: configs.Set{Services: []*configs.Service{service_("x", checked(configs.HealthNotify, 3), change)}}})
	}
	w := boot(t, service_("x", checked(configs.HealthNotify, 3)))
	w.say(Notified{Extend: time.Hour})
	w.probe(false)
	until := w.see().Until
	reload(w, func(s *configs.Service) { s.RestartDelay = time.Second / 2 })
	if v := w.see(); v.Until != until || v.ProbeError == "" || len(w.probes) != 1 {
		t.Errorf("another key: until %v, %q, %d probes begun", v.Until, v.ProbeError, len(w.probes))
	}
	reload(w, func(s *configs.Service) { s.StartTimeout = time.Minute })
	if v := w.see(); v.Until != v.Born.Add(time.Minute) {
		t.Errorf("another timeout: until %v", v.Until.Sub(v.Born))
	}
	w.probe(true)
	w.probe(false)
	reload(w, func(s *configs.Service) { s.Health.Retries = 1 })
	if v := w.see(); v.State != StateRunning || v.Probes != 0 || v.ProbeError != "" || !w.probes[1].Ready || w.probes[1].Check.Retries != 1 {
		t.Errorf("other checks: %s, %d failures, %q, begun %+v", v.State, v.Probes, v.ProbeError, w.probes)
	}
}

func TestNotified(t *testing.T) {
	w := boot(t, service_("x", checked(configs.HealthNotify, 1)))
	status := "warming\nup"
	w.say(Notified{Status: &status, Main: 77})
	w.probe(true)
	w.say(Notified{Phase: PhaseReloading})
	if got, want := w.see().Said, (Said{"warming; up", 77, PhaseReloading}); got != want {
		t.Errorf("said = %+v, want %+v", got, want)
	}
	w.crash()
	w.probe(true)
	if got, want := w.see().Said, (Said{Status: "warming; up", Main: 77}); got != want {
		t.Errorf("after a READY: said = %+v, want %+v", got, want)
	}
	empty := ""
	w.say(Notified{Status: &empty, Phase: PhaseStopping})
	if got, want := w.see().Said, (Said{Main: 77, Phase: PhaseStopping}); got != want {
		t.Errorf("said = %+v, want %+v", got, want)
	}
	w.exit("x", Status{Code: 1})
	w.wait(time.Second)
	w.step(Notified{Name: "x", Gen: 1, Main: 5})
	if v := w.see(); v.Gen != 2 || v.Said != (Said{}) {
		t.Errorf("generation %d has said %+v", v.Gen, v.Said)
	}
}

func TestExtend(t *testing.T) {
	const year = 365 * 24 * time.Hour
	for name, test := range map[string]struct {
		by, want time.Duration // from now; 0: no deadline
		enter    func(w *world)
		change   func(*configs.Service)
	}{
		"start":                       {by: time.Minute, want: time.Minute},
		"start, not as long":          {by: time.Second, want: 30 * time.Second},
		"start, a year at most":       {by: 100 * year, want: year},
		"start, the longest there is": {by: 1<<63 - 1, want: year},
		"start, back in time":         {by: -time.Hour, want: 30 * time.Second},
		"start without a limit": {by: time.Minute, change: func(s *configs.Service) {
			s.StartTimeout = 0
		}},
		"running":  {by: time.Minute, enter: func(w *world) { w.probe(true) }},
		"stop":     {by: time.Minute, want: time.Minute, enter: func(w *world) { w.step(Stop{Name: "x"}) }},
		"shutdown": {by: time.Minute, want: 10 * time.Second, enter: func(w *world) { w.step(Shutdown{}) }},
		"extended, then shutdown": {want: 10 * time.Second, enter: func(w *world) {
			w.step(Stop{Name: "x"})
			w.say(Notified{Extend: time.Hour})
			w.step(Shutdown{})
		}},
		"stop after SIGKILL": {by: time.Minute, want: killGrace, enter: func(w *world) {
			w.lasting = true
			w.step(Stop{Name: "x"})
			w.wait(10 * time.Second)
		}},
		"stop by SIGKILL at once": {by: time.Minute, want: killGrace, enter: func(w *world) { w.step(Stop{Name: "x"}) },
			change: func(s *configs.Service) { s.StopTimeout = 0 }},
	} {
		t.Run(name, func(t *testing.T) {
			if test.change == nil {
				test.change = func(*configs.Service) {}
			}
			w := boot(t, service_("x", checked(configs.HealthNotify, 1), test.change))
			w.stiff = true
			if test.enter != nil {
				test.enter(w)
			}
			w.say(Notified{Extend: test.by})
			v := w.see()
			if test.want == 0 && v.Until != 0 || test.want != 0 && v.Until.Sub(w.now) != test.want {
				t.Errorf("%s: the deadline is in %v, want %v", v.State, v.Until.Sub(w.now), test.want)
			}
		})
	}
}
