package sim

import (
	"time"

	"zinit/supervisor"
)

// says looks at what is heard of an incarnation that lives: of its birth, its
// launch, its health and of what it says itself. Invariants 16, 25, 26.
func (o *oracle) says(ev supervisor.Event, ready supervisor.Ready) {
	switch ev := ev.(type) {
	case supervisor.Spawned:
		if o.past(ev.Name, ev.Gen) {
			o.silence(16, ev, ready)
			return
		}
		o.track(ev.Name).orders = ev.Launching && o.was[ev.Name].Pid == 0
		o.welcome(ev.Name)
	case supervisor.Launched:
		if o.past(ev.Name, ev.Gen) {
			o.silence(16, ev, ready)
			return
		}
		o.launched(ev)
	case supervisor.Probed:
		o.health(ev)
	case supervisor.Notified:
		if o.past(ev.Name, ev.Gen) {
			o.silence(16, ev, ready)
			return
		}
		o.notified(ev)
	}
}

// past says that an event is about an incarnation that is not the present one.
func (o *oracle) past(name string, gen uint64) bool { return o.was[name].Gen != gen }

// launched is the other half of 25: whose program is executed goes on, and whose
// program cannot be is ended.
func (o *oracle) launched(ev supervisor.Launched) {
	t, was, now := o.track(ev.Name), o.was[ev.Name], o.now[ev.Name]
	waited := t.orders && was.State == supervisor.StateStarting
	t.orders = false
	switch {
	case !waited:
	case ev.Why != "" && (now.State != supervisor.StateStopping || now.Failure.Message != ev.Why):
		o.fail(25, "%s cannot execute its program, and is %s: %v", ev.Name, now.State, now.Failure)
	case ev.Why == "" && now.Launching:
		o.fail(25, "%s executes its program, and still waits for that", ev.Name)
	}
	o.welcome(ev.Name)
}

// welcome sees that nothing more is waited for when it was heard that a service
// is born, executes its program and is ready, in whatever order.
func (o *oracle) welcome(name string) {
	t, now := o.track(name), o.now[name]
	if t.greeted && !t.orders && now.State == supervisor.StateStarting && now.Ran == nil {
		o.fail(26, "%s has said that it is ready, and is starting", name)
	}
}

// health is the half of 26 about probes: the last one's outcome is on show.
func (o *oracle) health(ev supervisor.Probed) {
	was, now := o.was[ev.Name], o.now[ev.Name]
	probed := was.State == supervisor.StateStarting && !was.Launching || was.State == supervisor.StateRunning
	if was.State == supervisor.StateStarting && ev.Err == "" && was.Gen == ev.Gen && was.Spec.Health != nil {
		o.track(ev.Name).greeted = true
	}
	if !probed || was.Pid == 0 || was.Gen != ev.Gen || was.Ran != nil || was.Spec.Health == nil || was.Spec.Oneshot {
		return
	}
	if now.ProbeError != ev.Err {
		o.fail(26, "the last probe of %s found %q, on show is %q", ev.Name, ev.Err, now.ProbeError)
	}
	if was.State == supervisor.StateStarting && now.Probes != 0 {
		o.fail(26, "%s is not ready yet, and %d failed probes count", ev.Name, now.Probes)
	}
}

// notified is 26: what a service says is on show, and a deadline is put off as it
// asks for, never brought forward, and not in a shutdown.
func (o *oracle) notified(ev supervisor.Notified) {
	was, now := o.was[ev.Name], o.now[ev.Name]
	if o.goal == supervisor.GoalRun {
		o.extra += ev.Extend
		t := o.track(ev.Name)
		t.extended = max(t.extended, o.w.now.Add(ev.Extend))
	}
	if !lives(was) || was.Spec.Target || was.Gen != now.Gen {
		return
	}
	if ev.Status != nil && now.Said.Status != *ev.Status || ev.Main != 0 && now.Said.Main != ev.Main ||
		ev.Phase != "" && now.Said.Phase != ev.Phase {
		o.fail(26, "%s is not on show: %+v", eventText(ev), now.Said)
	}
	killed := was.State == supervisor.StateStopping && (was.Killed || was.Unkillable || was.Until == 0 || o.limit(was) == 0)
	want := was.Until
	if want != 0 && !killed && o.goal == supervisor.GoalRun {
		want = max(want, o.w.now.Add(ev.Extend))
	}
	if ev.Extend > 0 && now.Until != want && now.State == was.State {
		o.fail(26, "%s: its deadline is %s, not %s", eventText(ev), span(now.Until), span(want))
	}
}

// limit is the stop timeout of a live process.
func (o *oracle) limit(v supervisor.View) time.Duration {
	if v.Ran != nil {
		return v.Ran.StopTimeout
	}
	return v.Spec.StopTimeout
}
