package supervisor

import (
	"cmp"
	"testing"
	"time"

	"zinit/configs"
)

// TestDeathCountsFromWhenItWas sees what a server makes of an end that it hears of
// late: it was up for as long as it was, and its delay began with the end.
func TestDeathCountsFromWhenItWas(t *testing.T) {
	ago := func(d time.Duration) func(*world) Instant {
		return func(w *world) Instant { return w.now.Add(-d) }
	}
	for name, test := range map[string]struct {
		at   func(w *world) Instant
		old  time.Duration // since it was to be born; 0: a minute
		row  int           // automatic restarts in a row after it
		wait time.Duration // until the next
	}{
		"now":                {at: func(*world) Instant { return 0 }, row: 1, wait: time.Second},
		"in the future":      {at: ago(-time.Hour), row: 1, wait: time.Second},
		"while it was young": {at: ago(58 * time.Second), row: 3, wait: 0},
		"a moment ago":       {at: ago(300 * time.Millisecond), row: 1, wait: 700 * time.Millisecond},
		"before its birth":   {at: ago(time.Hour), old: 300 * time.Millisecond, row: 3, wait: 3700 * time.Millisecond},
	} {
		t.Run(name, func(t *testing.T) {
			w := boot(t, service_("x"))
			for range 2 {
				w.exit("x", Status{Code: 1})
				w.wait(2 * time.Second)
			}
			v := w.see()
			w.now = v.Born.Add(cmp.Or(test.old, time.Minute))
			delete(w.procs, v.Pid)
			w.step(Exited{Pid: v.Pid, Status: Status{Code: 1}, At: test.at(w)})
			after := w.see()
			wait := time.Duration(0)
			if after.NextStart != 0 {
				wait = after.NextStart.Sub(w.now)
			}
			if after.Total != 3 || after.Record.Restarts != test.row || wait != test.wait {
				t.Errorf("%s, restart %d in a row in %v, want %d in %v", after.State, after.Record.Restarts, wait, test.row, test.wait)
			}
		})
	}
}

// TestLateEndOfAStop sees that a service which its health check ended was up until
// it died or was told to stop, whatever came first.
func TestLateEndOfAStop(t *testing.T) {
	for name, test := range map[string]struct {
		at  time.Duration // since it was ready
		row int
	}{
		"it died young":             {at: time.Second, row: 2},
		"it lived until its checks": {at: 14 * time.Second, row: 1},
		"it lived on":               {at: 16 * time.Second, row: 1},
	} {
		t.Run(name, func(t *testing.T) {
			w := boot(t, service_("x", checked(configs.HealthTCP, 1)))
			w.probe(true)
			w.exit("x", Status{Code: 1})
			w.wait(time.Second)
			w.probe(true)
			w.stiff = true
			ready := w.now
			w.now = ready.Add(15 * time.Second)
			w.probe(false)
			w.is(states{"x": StateStopping})
			w.now = ready.Add(17 * time.Second)
			w.step(Exited{Pid: w.see().Pid, Status: Status{Code: 1}, At: ready.Add(test.at)})
			w.is(states{"x": StateBlocked})
			if v := w.see(); v.Restarts != test.row {
				t.Errorf("restart %d in a row, want %d", v.Restarts, test.row)
			}
		})
	}
}

// TestTimeToStop sees that the time which a service takes to stop is no time in
// which it was up.
func TestTimeToStop(t *testing.T) {
	w := boot(t, service_("x", checked(configs.HealthTCP, 1)))
	w.probe(true)
	w.exit("x", Status{Code: 1})
	w.wait(time.Second)
	w.probe(true)
	w.stiff = true
	w.now += Instant(9 * time.Second)
	w.probe(false)
	w.now += Instant(2 * time.Second)
	w.step(Exited{Pid: w.see().Pid, Status: Status{Code: 1}})
	if v := w.see(); v.State != StateBlocked || v.Restarts != 2 {
		t.Errorf("%s, restart %d in a row, want 2", v.State, v.Restarts)
	}
}

// TestLateEndOfALeader sees that a service whose restarts are used up does not
// count as coming back while others of its group are ended.
func TestLateEndOfALeader(t *testing.T) {
	w := boot(t, service_("x", func(s *configs.Service) { s.MaxRestarts = 1 }))
	w.exit("x", Status{Code: 1})
	w.wait(time.Second)
	w.lasting, w.stiff = true, true
	v := w.see()
	w.now = v.Born.Add(time.Minute)
	w.step(Exited{Pid: v.Pid, Status: Status{Code: 1}, At: v.Born.Add(time.Second), Left: true})
	if v := w.see(); v.State != StateStopping || v.Recovering {
		t.Errorf("%s, recovering %v", v.State, v.Recovering)
	}
	w.step(GroupGone{Name: "x", Gen: v.Gen})
	w.is(states{"x": StateFailed})
}

func TestFloorCountsFromTheBirth(t *testing.T) {
	w := boot(t, service_("x", manual, func(s *configs.Service) { s.RestartDelay, s.RestartDelayMax = 0, 0 }))
	w.unborn = true
	w.step(Start{Name: "x"})
	w.wait(5 * time.Second)
	w.step(Spawned{Name: "x", Gen: 1, Pid: 9, Ticks: 9}, Exited{Pid: 9, Ticks: 9, Status: Status{Code: 1}})
	if v := w.see(); v.State != StateBlocked || v.NextStart.Sub(w.now) != floorGap {
		t.Errorf("%s, next start in %v", v.State, v.NextStart.Sub(w.now))
	}
}

// TestFloorCountsFromAdoption is the same where no server heard of the birth.
func TestFloorCountsFromAdoption(t *testing.T) {
	w := boot(t, service_("x", manual, func(s *configs.Service) { s.RestartDelay, s.RestartDelayMax = 0, 0 }))
	w.unborn = true
	w.step(Start{Name: "x"})
	w.now += Instant(5 * time.Second)
	past := w.saved["x"]
	past.Pid, past.Ticks = 9, 9
	w.saved["x"] = past
	w.crash()
	w.step(Exited{Pid: 9, Ticks: 9, Status: Status{Code: 1}})
	if v := w.see(); v.State != StateBlocked || v.NextStart.Sub(w.now) != floorGap {
		t.Errorf("%s, next start in %v", v.State, v.NextStart.Sub(w.now))
	}
}

func TestOutOfMemory(t *testing.T) {
	w := boot(t, service_("x", func(s *configs.Service) { s.Restart = configs.RestartNever }))
	w.exit("x", Status{Signal: 9, OOM: true})
	v := w.see()
	if v.Failure != (Failure{Kind: FailSignal, Signal: 9, OOM: true}) || v.Cause.Text != "SIGKILL (out of memory)" {
		t.Errorf("failure %+v, cause %+v", v.Failure, v.Cause)
	}
	if got, want := Sentence(w.core.Why("x", w.now), w.now), "x has failed: killed by SIGKILL (out of memory)"; got != want {
		t.Errorf("why = %q, want %q", got, want)
	}
}

func TestSuccess(t *testing.T) {
	for status, want := range map[Status]bool{
		{}: true, {OOM: true}: true, // another of its processes was killed
		{Code: 1}: false, {Signal: 9}: false, {Unknown: true}: false,
	} {
		if got := status.Success(); got != want {
			t.Errorf("%+v: %v, want %v", status, got, want)
		}
	}
}
