package sim

import (
	"slices"

	"zinit/supervisor"
)

// paths are the transitions that the table in package supervisor has; "" is before
// the first and after the last.
var paths = map[supervisor.State][]supervisor.State{
	"":                       {supervisor.StateInactive, supervisor.StateFailed},
	supervisor.StateInactive: {supervisor.StateStarting, supervisor.StateBlocked, supervisor.StateRunning, supervisor.StateFailed, ""},
	supervisor.StateBlocked:  {supervisor.StateStarting, supervisor.StateInactive, supervisor.StateRunning, supervisor.StateFailed, ""},
	supervisor.StateStarting: {supervisor.StateRunning, supervisor.StateStopping, supervisor.StateExited, supervisor.StateBlocked, supervisor.StateFailed, supervisor.StateInactive},
	supervisor.StateRunning:  {supervisor.StateStopping, supervisor.StateExited, supervisor.StateBlocked, supervisor.StateFailed, supervisor.StateInactive},
	supervisor.StateStopping: {supervisor.StateExited, supervisor.StateBlocked, supervisor.StateFailed, supervisor.StateInactive},
	supervisor.StateExited:   {supervisor.StateBlocked, supervisor.StateStarting, supervisor.StateInactive, supervisor.StateFailed, ""},
	supervisor.StateFailed:   {supervisor.StateBlocked, supervisor.StateStarting, supervisor.StateInactive, ""},
}

// changes is invariant 24: each transition is a lawful one, and they join up.
func (o *oracle) changes(ev supervisor.Event, ready supervisor.Ready) {
	_, exit := ev.(supervisor.Exited)
	_, gone := ev.(supervisor.GroupGone)

	at := map[string]supervisor.State{}
	for name, v := range o.was {
		at[name] = v.State
	}
	for _, c := range ready.Changed {
		if at[c.Name] != c.From {
			o.fail(24, "%s goes from %q to %q, but was %q", c.Name, c.From, c.To, at[c.Name])
		}
		if !slices.Contains(paths[c.From], c.To) {
			o.fail(24, "%s goes from %q to %q", c.Name, c.From, c.To)
		}
		if c.Cause.Kind == supervisor.CauseExit && c.To != "" && !exit && !gone && ev != nil {
			o.fail(4, "%s goes from %q to %q for an end, but nobody has ended", c.Name, c.From, c.To)
		}
		if c.Cause.Kind == "" {
			o.fail(24, "%s goes from %q to %q without a cause", c.Name, c.From, c.To)
		}
		at[c.Name] = c.To
		if t := o.track(c.Name); c.To == supervisor.StateRunning {
			t.ready = o.w.now
		}
	}
	for name, v := range o.now {
		if at[name] != v.State {
			o.fail(24, "%s is %q, but its changes end at %q", name, v.State, at[name])
		}
	}
}

// standing looks at one service between two steps: invariants 1, 8, 12.
func (o *oracle) standing(v supervisor.View) {
	if v.Spec == nil {
		return
	}
	t := o.track(v.Name)
	t.stuck = t.stuck || v.Unkillable
	o.upheld(v)
	o.timed(v)
	if t.orders && t.gen == v.Gen && (v.IsUp || v.State == supervisor.StateRunning) {
		o.fail(25, "%s is %s, but its program is not executed yet", v.Name, v.State)
	}
	if v.State == supervisor.StateBlocked {
		o.blocked(v)
	}
	if v.State == supervisor.StateInactive && v.Up && o.goal == supervisor.GoalRun {
		o.fail(12, "%s is wanted and inactive", v.Name)
	}
}

// upheld is invariant 1: what it requires is there, or coming back, or the stop
// of the one that lost it is under way.
func (o *oracle) upheld(v supervisor.View) {
	if v.State != supervisor.StateStarting && v.State != supervisor.StateRunning || v.Spec.Target {
		return
	}
	if o.waitsForDependents(v.Name) {
		return // it is to stop, and those that require it go first
	}
	for _, name := range v.Spec.Requires {
		r, ok := o.now[name]
		if !ok || !r.IsUp && !r.Recovering {
			o.fail(1, "%s is %s while %s is %q", v.Name, v.State, name, r.State)
		}
		if r.Recovering && !r.Up {
			o.fail(1, "%s is %s while %s comes back that nobody wants", v.Name, v.State, name)
		}
	}
}

// waitsForDependents says that somebody lives who requires the service, at once
// or through others.
func (o *oracle) waitsForDependents(name string) bool {
	for _, v := range o.now {
		needs := v.Spec != nil && (slices.Contains(v.Spec.Requires, name) ||
			o.goal != supervisor.GoalRun && slices.Contains(v.Spec.After, name))
		if !needs {
			continue
		}
		if lives(v) || o.waitsForDependents(v.Name) {
			return true
		}
	}
	return false
}

func lives(v supervisor.View) bool {
	return v.State == supervisor.StateStarting || v.State == supervisor.StateRunning || v.State == supervisor.StateStopping
}

// timed is invariant 8: who has a deadline, and who has none.
func (o *oracle) timed(v supervisor.View) {
	switch v.State {
	case supervisor.StateStopping:
		if v.Until == 0 && !v.Dead {
			o.fail(8, "%s is stopping without a deadline", v.Name)
		}
	case supervisor.StateStarting:
		if (v.Until == 0) != (v.Spec.StartTimeout == 0) && v.Ran == nil {
			o.fail(8, "%s is starting, its deadline is %d, its limit %v", v.Name, v.Until, v.Spec.StartTimeout)
		}
	case supervisor.StateBlocked:
		if v.Until != v.NextStart && v.Until > o.w.now {
			o.fail(8, "%s is blocked until %s, next start %s", v.Name, span(v.Until), span(v.NextStart))
		}
		fresh := v.Until != o.was[v.Name].Until // a reload that shortens it comes too late for the one under way
		if longest := max(v.Spec.RestartDelayMax, seconds(1)); fresh && v.Until.Sub(o.w.now) > longest {
			o.fail(9, "%s waits until %s, at most %v", v.Name, span(v.Until), longest)
		}
	default:
		atWork := v.State == supervisor.StateRunning && v.Spec.Oneshot // bounded by its start timeout
		if v.Until != 0 && !atWork {
			o.fail(8, "%s is %s and has a deadline", v.Name, v.State)
		}
	}
}

// deadlines is the rest of 8: the one timer is that of the first deadline.
func (o *oracle) deadlines(ev supervisor.Event) {
	first := never
	for _, v := range o.now {
		if v.Until != 0 {
			first = min(first, v.Until)
		}
	}
	due, ok := o.w.mind.Deadline()
	if ok && first == never || !ok && first != never || ok && due != first {
		o.fail(8, "the timer is set to %s (%t), the first deadline is %s", span(due), ok, span(first))
	}
	if _, tick := ev.(supervisor.Tick); tick && first <= o.w.now {
		o.fail(8, "a tick at %s left the deadline %s", span(o.w.now), span(first))
	}
}

// blocked is invariant 12: it has reasons, they are true, and without a true one
// it would not be blocked.
func (o *oracle) blocked(v supervisor.View) {
	if o.goal != supervisor.GoalRun {
		return
	}
	if !v.Up {
		o.fail(12, "%s is blocked and not wanted", v.Name)
	}
	if len(v.WaitingOn) == 0 {
		o.fail(12, "%s is blocked for no reason", v.Name)
	}
	for _, r := range v.WaitingOn {
		if !o.isTrue(v, r) {
			o.fail(12, "%s is blocked by %s (%s), which is not true", v.Name, r.Service, r.Kind)
		}
	}
	if !o.hindered(v) {
		o.fail(12, "%s is blocked (%v) though nothing is in its way", v.Name, v.WaitingOn)
	}
	o.chain(v)
}

// isTrue looks at one reason.
func (o *oracle) isTrue(v supervisor.View, r supervisor.Reason) bool {
	other, there := o.now[r.Service]
	if slices.Contains(v.Spec.Requires, r.Service) && other.State == supervisor.StateBlocked {
		// The reason is that of the root.
		if len(other.WaitingOn) == 0 || r.Kind == supervisor.ReasonStarting ||
			slices.ContainsFunc(other.WaitingOn, func(root supervisor.Reason) bool { return root.Kind == r.Kind }) {
			return true
		}
	}
	if slices.Contains(v.Spec.Requires, r.Service) && other.Done && other.State == supervisor.StateExited {
		return !other.IsUp || o.leaving(other) // it has done its work, but what it required for it is gone
	}
	switch {
	case r.Kind == supervisor.ReasonConflict:
		return slices.Contains(o.conflicts(v.Name), r.Service) && (lives(other) || other.Up)
	case r.Kind == supervisor.ReasonAfter:
		return slices.Contains(v.Spec.After, r.Service) && other.Up && (!settled(other) || other.Again || o.leaving(other))
	case r.Service == v.Name:
		return r.Kind == supervisor.ReasonRestartDelay && v.NextStart != 0
	case !slices.Contains(v.Spec.Requires, r.Service):
		return false
	}
	return map[supervisor.ReasonKind]bool{
		supervisor.ReasonMissing:  !there || other.Removed,
		supervisor.ReasonInactive: !other.IsUp && (other.State == supervisor.StateInactive || other.State == supervisor.StateExited),
		supervisor.ReasonStarting: other.State == supervisor.StateStarting || other.State == supervisor.StateRunning,
		supervisor.ReasonFailed:   other.State == supervisor.StateFailed,
		supervisor.ReasonStopping: other.State == supervisor.StateStopping || o.leaving(other),
	}[r.Kind]
}

// leaving says that a service that is up is about to go.
func (o *oracle) leaving(v supervisor.View) bool {
	if !lives(v) {
		return false
	}
	if !v.Up || v.Again || v.Removed {
		return true
	}
	for _, name := range v.Spec.Requires {
		if r := o.now[name]; !r.IsUp && !r.Recovering || o.leaving(r) {
			return true
		}
	}
	return false
}

// hindered says whether anything is in the way of a start.
func (o *oracle) hindered(v supervisor.View) bool {
	for _, name := range v.Spec.Requires {
		if r := o.now[name]; !r.IsUp || o.leaving(r) {
			return true
		}
	}
	for _, name := range v.Spec.After {
		if a, ok := o.now[name]; ok && a.Up && (!settled(a) || a.Again || o.leaving(a)) {
			return true
		}
	}
	for _, name := range o.conflicts(v.Name) {
		c := o.now[name]
		if lives(c) || len(o.w.kernel.living(name)) > 0 || c.Up && c.Gen == 0 && name < v.Name {
			return true
		}
	}
	return v.NextStart != 0
}

// chain looks at what why says: from the service to a root that is not blocked,
// or is by its own delay or by something that is not there.
func (o *oracle) chain(v supervisor.View) {
	links := o.w.mind.Why(v.Name, o.w.now)
	if len(links) == 0 || links[0].Service != v.Name || links[0].View.State != v.State {
		o.fail(12, "why %s begins with %v", v.Name, links)
	}
}
