package sim

import (
	"slices"
	"time"

	"zinit/configs"
	"zinit/supervisor"
)

// wishes takes in what somebody asked for: invariants 6 (an answer at once, if
// nobody waits), 21, and what 9, 10, 11 and 15 need to know.
func (o *oracle) wishes(ev supervisor.Event, ready supervisor.Ready) {
	w, name, ok := wishOf(ev)
	if !ok {
		return
	}
	refused, answered := false, false
	for _, a := range ready.Do {
		if a, ok := a.(supervisor.Answer); ok && a.ID == w.ID {
			answered = true
			refused = a.Refusal != nil && !slices.Contains(
				[]supervisor.RefusalKind{supervisor.IsBlocked, supervisor.HasFailed}, a.Refusal.Kind)
		}
	}
	if !w.Wait && w.ID != 0 && !answered {
		o.fail(6, "%s: nobody waits, and there is no answer", eventText(ev))
	}
	o.classes(ev)
	if refused {
		return
	}
	switch ev := ev.(type) {
	case supervisor.Start:
		o.want(name, !ev.NoDeps)
	case supervisor.RestartService:
		o.want(name, true)
		o.dependents(name)
	case supervisor.Stop:
		o.track(name).stopped = true
	case supervisor.Add:
		o.want(name, true)
	case supervisor.StartAll:
		for _, name := range o.sorted() {
			o.want(name, true)
		}
	case supervisor.StopAll:
		for _, v := range o.now {
			if !v.Up && v.Spec != nil && v.Spec.Class == configs.ClassUser {
				o.track(v.Name).stopped = true
			}
		}
	case supervisor.Reload:
		o.reloaded(ev)
	case supervisor.Shutdown:
		if o.goal == supervisor.GoalRun {
			o.goal = ev.Goal
			for name, was := range o.was {
				o.early[name] = was.State == supervisor.StateStopping
			}
		}
	}
}

// want notes that somebody wanted a service, and what it pulls in.
func (o *oracle) want(name string, deps bool) {
	seen := map[string]bool{}
	var visit func(name string)
	visit = func(name string) {
		if seen[name] {
			return
		}
		seen[name] = true
		t := o.track(name)
		t.wished, t.stopped = true, false
		if d := o.definition(name); d != nil && deps {
			for _, next := range slices.Concat(d.Requires, d.Wants) {
				visit(next)
			}
		}
	}
	visit(name)
}

// dependents notes that those that require a service are restarted with it.
func (o *oracle) dependents(name string) {
	for _, v := range o.now {
		if t := o.track(v.Name); v.Spec != nil && slices.Contains(v.Spec.Requires, name) && v.Name != name && !t.wished {
			t.wished = true
			o.dependents(v.Name)
		}
	}
}

// reloaded notes what a reload may start anew.
func (o *oracle) reloaded(ev supervisor.Reload) {
	if ev.DryRun {
		return
	}
	for _, s := range ev.Set.Services {
		was, there := o.was[s.Name]
		switch {
		case !there || was.Removed || was.Spec == nil || was.State == supervisor.StateFailed && was.ConfigError != "":
			o.want(s.Name, true)
			o.dependents(s.Name)
		case !sameService(was.Spec, s):
			o.track(s.Name).wished = true
			o.dependents(s.Name)
		}
	}
}

// classes is invariant 21: stop-all and delete-all leave the system alone. What had to
// stop before, and was held by one that needed it, may go on when that one is dropped.
func (o *oracle) classes(ev supervisor.Event) {
	switch ev.(type) {
	case supervisor.StopAll, supervisor.DeleteAll:
	default:
		return
	}
	for name, v := range o.was {
		if v.Spec == nil || v.Spec.Class != configs.ClassSystem {
			continue
		}
		n := o.now[name]
		if n.Up != v.Up || n.Removed != v.Removed || lives(v) && !lives(n) || n.State == supervisor.StateStopping && v.State != n.State && !v.Held {
			o.fail(21, "%s changed the system service %s", eventText(ev), name)
		}
	}
}

// ends takes in the end of a process: invariants 4 and 16.
func (o *oracle) ends(ev supervisor.Event, ready supervisor.Ready) {
	switch ev := ev.(type) {
	case supervisor.Exited:
		o.exited(ev, ready)
	case supervisor.SpawnFailed:
		if was := o.was[ev.Name]; was.Gen != ev.Gen {
			o.silence(16, ev, ready)
		} else {
			o.over(ev.Name, was, o.w.now)
		}
	case supervisor.GroupGone:
		if p := o.w.origin; p != nil && o.w.kernel.ever[p.run] != p || o.was[ev.Name].Gen != ev.Gen {
			o.silence(16, ev, ready)
			return
		}
		o.track(ev.Name).gone = true
		o.over(ev.Name, o.was[ev.Name], o.w.now)
	case supervisor.Probed:
		if o.was[ev.Name].Gen != ev.Gen || o.w.origin != nil && o.w.kernel.ever[run{ev.Name, ev.Gen}] != o.w.origin {
			o.silence(16, ev, ready)
		}
	}
}

// exited looks at one end: it is its owner's, or nobody's.
func (o *oracle) exited(ev supervisor.Exited, ready supervisor.Ready) {
	p := o.w.origin
	owner := o.ownerOf(ev)
	if p != nil && p.heard && (owner == nil || owner.Name != p.name || owner.Gen != p.gen) {
		o.fail(4, "the end of pid %d (%s, generation %d) finds no owner", ev.Pid, p.name, p.gen)
		return
	}
	if owner == nil {
		o.silence(4, ev, ready)
		return
	}
	for _, c := range ready.Changed {
		if c.Cause.Kind == supervisor.CauseExit && c.Name != owner.Name {
			o.fail(4, "the end of %s is applied to %s", owner.Name, c.Name)
		}
	}
	after, there := o.now[owner.Name]
	if there && after.Gen == owner.Gen && (after.Pid != 0 && !after.Dead || after.Last != ev.Status) {
		o.fail(4, "the end of %s was not applied to it: %s", owner.Name, recordText(after.Record))
	}
	if p != nil {
		p.heard = false
	}
	if d := owner.Spec; d != nil && d.Oneshot && ev.Status.Success() && owner.Up && owner.State == supervisor.StateRunning && !ev.Left {
		o.track(owner.Name).done = true
	}
	if !ev.Left {
		o.track(owner.Name).gone = true
	}
	o.track(owner.Name).orders = false
	at := ev.At
	if at == 0 {
		at = o.w.now
	}
	o.over(owner.Name, *owner, at)
	o.track(owner.Name).ready = 0 // what it was good for is counted
}

// ownerOf is the service whose live leader a message is about.
func (o *oracle) ownerOf(ev supervisor.Exited) *supervisor.View {
	for _, v := range o.was {
		if v.Pid == ev.Pid && !v.Dead && (ev.Ticks == 0 || v.Ticks == ev.Ticks) {
			return &v
		}
	}
	return nil
}

// over notes the end of an incarnation, if the restart policy is to deal with it.
func (o *oracle) over(name string, was supervisor.View, at supervisor.Instant) {
	t, now := o.track(name), o.now[name]
	if was.State == supervisor.StateStopping && !was.ByPolicy {
		t.row = 0 // it was told to stop
	}
	alone := was.State == supervisor.StateStarting || was.State == supervisor.StateRunning
	if (alone || was.ByPolicy) && was.Up || now.NextStart != 0 && was.NextStart == 0 {
		if !t.policy {
			t.ended = at
		}
		t.policy = true
		upTo := at
		if was.State == supervisor.StateStopping {
			upTo = min(at, was.Since)
		}
		if t.ready != 0 && was.Spec != nil && was.State != supervisor.StateStarting &&
			upTo.Sub(t.ready) >= was.Spec.StabilityPeriod {
			t.row = 0
		}
		if was.Spec != nil {
			t.wait = gap(was.Spec, t.row)
		}
	}
}

// gap is the least time from an end to the n-th automatic restart in a row.
func gap(s *configs.Service, n int) time.Duration {
	d := s.RestartDelay
	for range n {
		d = min(2*d, s.RestartDelayMax)
	}
	return min(d, s.RestartDelayMax)
}

// spawn looks at a birth that was decided: invariants 3, 9, 10, 11, 14, 15, 20.
func (o *oracle) spawn(a supervisor.Spawn) {
	t := o.track(a.Name)
	if len(o.w.kernel.living(a.Name)) > 0 || a.Gen <= t.gen {
		o.fail(3, "%s is spawned as generation %d while another lives, or after %d", a.Name, a.Gen, t.gen)
	}
	if o.goal != supervisor.GoalRun {
		o.fail(20, "%s is spawned after the shutdown was accepted", a.Name)
	}
	if t.stopped {
		o.fail(11, "%s was stopped by hand and starts by itself", a.Name)
	}
	if a.Spec.Oneshot && t.done && !t.wished {
		o.fail(15, "%s has succeeded and is run again", a.Name)
	}
	if t.policy && !t.wished {
		if passed := o.w.now.Sub(t.ended); passed < t.wait {
			o.fail(9, "%s starts after %v, must wait %v", a.Name, passed, t.wait)
		}
		t.row++
		if a.Spec.MaxRestarts > 0 && t.row > a.Spec.MaxRestarts {
			o.fail(10, "automatic restart %d of %s, of %d", t.row, a.Name, a.Spec.MaxRestarts)
		}
	}
	if t.wished {
		t.row = 0
	}
	*t = track{gen: a.Gen, row: t.row, auto: t.policy && !t.wished, born: t.born}
	o.mayStart(a.Name, a.Spec)
}

// mayStart is invariant 14.
func (o *oracle) mayStart(name string, s *configs.Service) {
	for _, r := range s.Requires {
		if !o.now[r].IsUp || o.leaving(o.now[r]) {
			o.fail(14, "%s starts while %s is not up, or about to go", name, r)
		}
	}
	for _, a := range s.After {
		if v, ok := o.now[a]; ok && v.Up && (!settled(v) || o.leaving(v)) {
			o.fail(14, "%s starts before %s, which it is to start after", name, a)
		}
	}
	for _, c := range o.conflicts(name) {
		if len(o.w.kernel.living(c)) > 0 && c != name {
			o.fail(2, "%s starts while %s lives", name, c)
		}
	}
}

// settled says that an ordering need not wait for it any more.
func settled(v supervisor.View) bool {
	return v.IsUp || v.State == supervisor.StateExited || v.State == supervisor.StateFailed
}
