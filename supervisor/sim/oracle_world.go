package sim

import (
	"reflect"
	"slices"
	"time"

	"zinit/configs"
	"zinit/supervisor"
)

// killed looks at a signal that is sent: invariants 5, 7, 13.
func (o *oracle) killed(a supervisor.Kill) {
	t := o.track(a.Name)
	p := o.w.kernel.ever[run{a.Name, a.Gen}]
	if p == nil || p.pid != a.Pid || a.Ticks != p.ticks {
		o.fail(5, "signal %d to pid %d, which was never that of %s, generation %d", a.Sig, a.Pid, a.Name, a.Gen)
		return
	}
	if t.gen == a.Gen && t.gone {
		o.fail(5, "signal %d to pid %d of %s, which is gone", a.Sig, a.Pid, a.Name)
	}
	if o.byHand(a) {
		return
	}
	if t.asked == 0 { // otherwise it is repeated
		o.leadersFirst(a, p)
	}
	o.patience(a, t, p)
}

// gaveBack is invariant 27: whoever has the terminal by now keeps it.
func (o *oracle) gaveBack(a supervisor.Await) {
	for _, other := range o.w.kernel.procs {
		if a.TTY != "" && other.leader && other.name != a.Name && other.spec.TTY == a.TTY {
			o.fail(27, "%s gives %s back, which %s has", a.Name, a.TTY, other.name)
		}
	}
}

// byHand says that a request of somebody sends this signal.
func (o *oracle) byHand(a supervisor.Kill) bool {
	for _, r := range o.open {
		if s, ok := r.ev.(supervisor.Signal); ok && s.Name == a.Name && s.Signal == a.Sig && !a.Cont {
			return true
		}
	}
	return false
}

// leadersFirst is invariant 13: nobody is told to stop while somebody lives who
// needs it.
func (o *oracle) leadersFirst(a supervisor.Kill, p *process) {
	v := o.now[a.Name]
	if !p.leader || v.Dead || v.ByPolicy {
		return // it ended, or its restart policy ends it
	}
	for _, other := range o.w.kernel.procs {
		d := o.definition(other.name)
		if !other.group() || d == nil || other.name == a.Name {
			continue
		}
		needs := slices.Contains(d.Requires, a.Name) && slices.Contains(other.spec.Requires, a.Name)
		if o.goal != supervisor.GoalRun && !o.early[a.Name] {
			needs = needs || slices.Contains(d.After, a.Name)
		}
		if needs && !o.now[other.name].Unkillable && !o.track(other.name).stuck {
			o.fail(13, "%s gets signal %d while %s lives", a.Name, a.Sig, other.name)
		}
	}
}

// patience is invariant 7: first the stop signal, then, not before the time is
// over, SIGKILL.
func (o *oracle) patience(a supervisor.Kill, t *track, p *process) {
	d := o.definition(a.Name)
	if d == nil {
		return
	}
	least := min(d.StopTimeout, p.spec.StopTimeout)
	switch {
	case a.Sig != sigKill:
		t.told = o.w.now
		if t.asked == 0 {
			t.asked = o.w.now
		}
	case o.now[a.Name].Failure.Kind == supervisor.FailSpawn: // it has nothing to do with its time
	case least > 0 && t.asked == 0:
		o.fail(7, "%s gets SIGKILL without having been told to stop", a.Name)
	case least > 0 && o.w.now.Sub(t.asked) < least:
		o.fail(7, "%s gets SIGKILL after %v, its time is %v", a.Name, o.w.now.Sub(t.asked), least)
	default:
		t.killed = true
	}
}

// overdue is the other half of 7: when the time is over and the server has
// ticked, SIGKILL was sent.
func (o *oracle) overdue() {
	for name, t := range o.tracks {
		p := o.w.kernel.find(run{name, t.gen})
		v, ok := o.now[name]
		if p == nil || !p.group() || !ok || v.Spec == nil || t.told == 0 || t.killed || v.State != supervisor.StateStopping {
			continue
		}
		if most := max(v.Spec.StopTimeout, p.spec.StopTimeout); o.w.now > max(t.told.Add(most), t.extended)+supervisor.Instant(time.Second) {
			o.fail(7, "%s was told to stop %v ago, lives and got no SIGKILL", name, o.w.now.Sub(t.told))
		}
	}
}

// answered is invariant 6: one answer, and the effect is there.
func (o *oracle) answered(a supervisor.Answer) {
	r, ok := o.open[a.ID]
	if !ok {
		o.fail(6, "a second answer, or one to nobody: %s", answerText(a))
		return
	}
	delete(o.open, a.ID)
	w, name, _ := wishOf(r.ev)
	if !w.Wait {
		return
	}
	v, there := o.now[name]
	if a.Refusal != nil {
		_, start := r.ev.(supervisor.Start)
		_, restart := r.ev.(supervisor.RestartService)
		if k := a.Refusal.Kind; (start || restart) && (k == supervisor.IsBlocked || k == supervisor.HasFailed) && v.IsUp && !o.leaving(v) {
			o.fail(6, "%s is refused (%s), but it is up", wishText(r.ev), k)
		}
		return
	}
	switch r.ev.(type) {
	case supervisor.Start:
		if !v.IsUp {
			o.fail(6, "%s is done, but it is not up", wishText(r.ev))
		}
	case supervisor.RestartService:
		if !v.IsUp || v.Spec != nil && !v.Spec.Target && v.Gen <= r.gen {
			o.fail(6, "%s is done, but it is not up anew", wishText(r.ev))
		}
	case supervisor.Stop:
		if len(o.w.kernel.living(name)) > 0 || there && lives(v) {
			o.fail(6, "%s is done, but it lives", wishText(r.ev))
		}
	case supervisor.Remove:
		if len(o.w.kernel.living(name)) > 0 || there {
			o.fail(6, "%s is done, but it is there", wishText(r.ev))
		}
	}
}

// end looks at the end of a shutdown: invariant 20.
func (o *oracle) end() {
	o.ended = true
	for _, p := range o.w.kernel.procs {
		if p.group() && !o.now[p.name].Unkillable {
			o.fail(20, "the end, but %s lives", p.name)
		}
	}
}

// inTime is the other half of 20: a shutdown that nobody disturbs takes no longer
// than the longest path of stop timeouts and a second.
func (o *oracle) inTime(took, most time.Duration) {
	if took > most+time.Second {
		o.fail(20, "the shutdown took %v, at most %v", took, most+time.Second)
	}
}

// longest is the sum of the stop timeouts on the longest path.
func (o *oracle) longest() time.Duration {
	most := time.Duration(0)
	for name := range o.now {
		most = max(most, o.path(name))
	}
	return most
}

// path is the sum of the stop timeouts on the longest way down from a service.
func (o *oracle) path(name string) time.Duration {
	v := o.now[name]
	if v.Spec == nil {
		return 0
	}
	own, below := v.Spec.StopTimeout, time.Duration(0)
	if v.Ran != nil {
		own = max(own, v.Ran.StopTimeout)
	}
	for _, next := range slices.Concat(v.Spec.Requires, v.Spec.After) {
		below = max(below, o.path(next))
	}
	return own + below
}

// files is invariants 17 and 18: what a reload does.
func (o *oracle) files(ev supervisor.Event, ready supervisor.Ready) {
	reload, ok := ev.(supervisor.Reload)
	if !ok || o.goal != supervisor.GoalRun {
		return
	}
	if reload.DryRun || o.unchanged(reload.Set) {
		for _, a := range ready.Do {
			if _, ok := a.(supervisor.Answer); !ok {
				o.fail(17, "a reload of nothing new does: %s", actionText(a))
			}
		}
		if len(ready.Save)+len(ready.Changed) > 0 {
			o.fail(17, "a reload of nothing new changes: %s", readyText(ready))
		}
		return
	}
	o.inForce(reload.Set)
}

// unchanged says that a set is just what is in force.
func (o *oracle) unchanged(set configs.Set) bool {
	found := 0
	for _, s := range set.Services {
		v, ok := o.was[s.Name]
		if !ok || v.Removed || v.ConfigError != "" || v.Spec == nil || !sameService(v.Spec, s) {
			return false
		}
		found++
	}
	for _, p := range set.Problems {
		if o.was[p.Service].ConfigError == "" {
			return false
		}
		found++
	}
	for _, v := range o.was {
		if v.Spec != nil && v.Spec.Origin == configs.Runtime && !v.Removed && v.ConfigError == "" {
			found++
		}
	}
	return found == len(o.was)
}

func sameService(a, b *configs.Service) bool { return a == b || reflect.DeepEqual(a, b) }

// inForce is 18: what there is follows from the files and the additions.
func (o *oracle) inForce(set configs.Set) {
	bad := map[string]bool{}
	for _, p := range set.Problems {
		bad[p.Service] = true
	}
	listed := map[string]bool{}
	for _, s := range set.Services {
		listed[s.Name] = true
		v, ok := o.now[s.Name]
		added := v.Spec != nil && v.Spec.Origin == configs.Runtime // the name is taken
		if !ok || !sameService(v.Spec, s) && v.ConfigError == "" && !added {
			o.fail(18, "%s is in the files, but not in force", s.Name)
		}
	}
	for name, v := range o.now {
		was := o.was[name]
		switch {
		case listed[name] || v.Removed || v.Spec != nil && v.Spec.Origin == configs.Runtime:
		case bad[name]:
			if v.ConfigError == "" || was.Spec != nil && was.ConfigError == "" && v.Spec != was.Spec {
				o.fail(18, "the file of %s is bad, its old definition is not in force", name)
			}
		default:
			o.fail(18, "%s is in no file and was not added, but is there", name)
		}
	}
	for name, v := range o.was {
		_, there := o.now[name]
		if !there && v.Spec != nil && v.Spec.Origin == configs.Runtime && !v.Removed {
			o.fail(18, "%s was added while running, and a reload took it away", name)
		}
	}
}

// onFile checks that a service is on file before it is born, without which 3 could not
// hold after a crash.
func (o *oracle) onFile(a supervisor.Spawn) {
	rec := o.w.disk[a.Name]
	if rec.Gen != a.Gen || rec.State != supervisor.StateStarting && rec.State != supervisor.StateStopping {
		o.fail(3, "%s is to be born as generation %d, on file is: %s", a.Name, a.Gen, recordText(rec))
	}
}

// unheard sees ends that nobody will hear of any more. Where the link outlives
// the server there must not be any: invariant 4.
func (o *oracle) unheard(lost []supervisor.Event) {
	if len(lost) > 0 && !o.w.standalone {
		o.fail(4, "an end is lost: %s", eventText(lost[0]))
	}
}

// crashed forgets what died with the server: the requests.
func (o *oracle) crashed() {
	clear(o.open)
	o.ended = false
	for _, e := range o.w.kernel.link {
		if e.of != nil {
			e.of.heard = false
		}
	}
	for _, p := range o.w.kernel.procs {
		p.heard = false
	}
}

// recovering takes from the files what their successor can know: the rest was
// decided, but never came to be.
func (o *oracle) recovering(past []supervisor.Record) {
	o.was, o.now = map[string]supervisor.View{}, map[string]supervisor.View{}
	for _, rec := range past {
		if rec.State == supervisor.StateStarting && rec.Pid == 0 {
			rec.State = supervisor.StateBlocked // an intent: nobody was born
		}
		o.now[rec.Name] = supervisor.View{Record: rec}
	}
	for name, t := range o.tracks {
		rec, ok := o.w.disk[name]
		if !ok {
			delete(o.tracks, name)
			continue
		}
		*t = track{
			gen:     rec.Gen,
			stopped: t.stopped && !rec.Up,
			wished:  t.wished || rec.Born == 0 || rec.Again,
			done:    rec.Done,
			policy:  rec.State == supervisor.StateBlocked && rec.Until != 0,
			ended:   rec.Since,
			wait:    rec.Until.Sub(rec.Since),
			row:     rec.Restarts,
			ready:   rec.ReadyAt,
			born:    t.born,

			extended: rec.Until,
		}
		if t.policy {
			t.row-- // the one that is to come is counted already
		}
		if rec.State == supervisor.StateStopping && (rec.Pid != 0 || !rec.Killed) {
			t.asked = rec.Since // its time runs on, whoever sends the signal
		}
	}
	o.goal = o.w.system.Goal
	for _, e := range o.w.kernel.link {
		if e.of != nil {
			rec := o.w.disk[e.of.name]
			e.of.heard = rec.Gen == e.of.gen && rec.Pid == e.of.pid && !rec.Dead
		}
	}
	o.was = o.now
}
