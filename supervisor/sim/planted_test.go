package sim_test

import (
	"slices"
	"testing"
	"time"

	"zinit/configs"
	"zinit/supervisor"
	"zinit/supervisor/sim"
)

// bent is a core whose events and effects are tampered with.
type bent struct {
	sim.Mind
	step func(b *bent, now supervisor.Instant, ev supervisor.Event) supervisor.Ready

	pids   map[int]supervisor.Exited
	groups []supervisor.Kill
}

func (b *bent) Step(now supervisor.Instant, ev supervisor.Event) supervisor.Ready {
	return b.step(b, now, ev)
}

// bend is a core with a step of its own.
func bend(step func(b *bent, now supervisor.Instant, ev supervisor.Event) supervisor.Ready) sim.Birth {
	return func(set configs.Set, past []supervisor.Record, sys supervisor.System, now supervisor.Instant) (sim.Mind, supervisor.Ready) {
		mind, ready := sim.Sane(set, past, sys, now)
		return &bent{Mind: mind, step: step, pids: map[int]supervisor.Exited{}}, ready
	}
}

// forget is a core that finds other records than were saved.
func forget(tamper func(*supervisor.Record)) sim.Birth {
	return func(set configs.Set, past []supervisor.Record, sys supervisor.System, now supervisor.Instant) (sim.Mind, supervisor.Ready) {
		past = slices.Clone(past)
		for i := range past {
			tamper(&past[i])
		}
		return sim.Sane(set, past, sys, now)
	}
}

// drop leaves out the actions for which it is true.
func drop(out func(supervisor.Action) bool) sim.Birth {
	return bend(func(b *bent, now supervisor.Instant, ev supervisor.Event) supervisor.Ready {
		ready := b.Mind.Step(now, ev)
		ready.Do = slices.DeleteFunc(ready.Do, out)
		return ready
	})
}

// join is two steps as one.
func join(a, b supervisor.Ready) supervisor.Ready {
	a.Save = append(a.Save, b.Save...)
	a.Do = append(a.Do, b.Do...)
	a.Changed = append(a.Changed, b.Changed...)
	if b.System != nil {
		a.System = b.System
	}
	return a
}

// by are the invariants that may be the first to find a bug.
type by []int

// planted are bugs that somebody could well write, and the invariants one of which
// must find each.
var planted = []struct {
	name  string
	want  by
	birth sim.Birth
}{
	{"what a running service requires is forgotten in a crash", by{1, 14}, neglectPast(func(r *supervisor.Record, s *configs.Service) {
		if r.State == supervisor.StateRunning {
			s.Requires = nil
		}
	})},
	{"conflicts are not looked at", by{2}, neglect(func(s *configs.Service) { s.Conflicts = nil })},
	{"an end is applied to the next owner of the pid", by{4}, bend(func(b *bent, now supervisor.Instant, ev supervisor.Event) supervisor.Ready {
		ready := b.Mind.Step(now, ev)
		switch ev := ev.(type) {
		case supervisor.Exited:
			b.pids[ev.Pid] = ev
		case supervisor.Spawned:
			if old, ok := b.pids[ev.Pid]; ok {
				old.Ticks = 0
				return join(ready, b.Mind.Step(now, old))
			}
		}
		return ready
	})},
	{"an end of which nobody knows is taken for somebody's", by{4}, bend(func(b *bent, now supervisor.Instant, ev supervisor.Event) supervisor.Ready {
		if e, ok := ev.(supervisor.Exited); ok {
			for _, v := range b.Views(now) {
				if v.Pid != 0 && !v.Dead && v.Pid != e.Pid && e.Pid > 400 {
					e.Pid, e.Ticks = v.Pid, 0
				}
			}
			return b.Mind.Step(now, e)
		}
		return b.Mind.Step(now, ev)
	})},
	{"SIGKILL goes to a group that is long gone", by{5}, bend(func(b *bent, now supervisor.Instant, ev supervisor.Event) supervisor.Ready {
		ready := b.Mind.Step(now, ev)
		for _, a := range ready.Do {
			if k, ok := a.(supervisor.Kill); ok {
				b.groups = append(b.groups, k)
			}
		}
		if _, ok := ev.(supervisor.GroupGone); ok && len(b.groups) > 0 {
			ready.Do = append(ready.Do, b.groups[0])
		}
		return ready
	})},
	{"a stop is answered before its end", by{6}, bend(func(b *bent, now supervisor.Instant, ev supervisor.Event) supervisor.Ready {
		if s, ok := ev.(supervisor.Stop); ok && s.Wait {
			s.Wait = false
			return b.Mind.Step(now, s)
		}
		return b.Mind.Step(now, ev)
	})},
	{"an answer is lost", by{6}, drop(func(a supervisor.Action) bool { answer, ok := a.(supervisor.Answer); return ok && answer.ID%5 == 0 })},
	{"a terminal is given back that another one has", by{27}, bend(func(b *bent, now supervisor.Instant, ev supervisor.Event) supervisor.Ready {
		ready := b.Mind.Step(now, ev)
		for i, a := range ready.Do {
			if a, ok := a.(supervisor.Await); ok && a.TTY == "" {
				a.TTY = "/dev/tty1"
				ready.Do[i] = a
			}
		}
		return ready
	})},
	{"SIGKILL comes too early", by{7}, neglect(func(s *configs.Service) { s.StopTimeout /= 2 })},
	{"SIGKILL comes too late", by{7, 20}, neglect(func(s *configs.Service) { s.StopTimeout *= 3 })},
	{"the start timeout is forgotten", by{8}, neglect(func(s *configs.Service) { s.StartTimeout = 0 })},
	{"the delay does not double", by{9}, neglect(func(s *configs.Service) { s.RestartDelayMax = s.RestartDelay })},
	{"the delay has no maximum", by{9}, neglect(func(s *configs.Service) { s.RestartDelayMax = 24 * time.Hour })},
	{"the timer is not looked at again: a tick that comes early counts", by{9}, bend(func(b *bent, now supervisor.Instant, ev supervisor.Event) supervisor.Ready {
		if _, ok := ev.(supervisor.Tick); ok {
			if d, ok := b.Deadline(); ok {
				now = max(now, d)
			}
		}
		return b.Mind.Step(now, ev)
	})},
	{"max_restarts is forgotten", by{10}, neglect(func(s *configs.Service) { s.MaxRestarts = 0 })},
	{"a stop loses against a pending restart", by{11}, bend(func(b *bent, now supervisor.Instant, ev supervisor.Event) supervisor.Ready {
		if s, ok := ev.(supervisor.Stop); ok {
			if v, _ := b.View(s.Name, now); v.NextStart != 0 {
				return supervisor.Ready{Do: []supervisor.Action{supervisor.Answer{ID: s.ID}}}
			}
		}
		return b.Mind.Step(now, ev)
	})},
	{"what was stopped by hand is up after a crash", by{11}, forget(func(r *supervisor.Record) {
		if !r.Up && r.State == supervisor.StateExited && !r.Removed {
			r.Up, r.Again = true, true
		}
	})},
	{"a dependency is signalled while its dependents live", by{13}, bend(func(b *bent, now supervisor.Instant, ev supervisor.Event) supervisor.Ready {
		ready := b.Mind.Step(now, ev)
		if s, ok := ev.(supervisor.Stop); ok {
			if v, _ := b.View(s.Name, now); v.Held && v.Pid != 0 {
				ready.Do = append(ready.Do, supervisor.Kill{Name: v.Name, Gen: v.Gen, Pid: v.Pid, Ticks: v.Ticks, Sig: 15, Cont: true})
			}
		}
		return ready
	})},
	{"after is forgotten", by{14}, neglect(func(s *configs.Service) {
		s.After = slices.DeleteFunc(slices.Clone(s.After), func(name string) bool { return name != "ghost" })
	})},
	{"a oneshot is run again after a crash", by{15}, forget(func(r *supervisor.Record) {
		if r.Done {
			r.Done, r.Again = false, true
		}
	})},
	{"generations are not looked at", by{16}, bend(func(b *bent, now supervisor.Instant, ev supervisor.Event) supervisor.Ready {
		switch e := ev.(type) {
		case supervisor.Probed:
			v, _ := b.View(e.Name, now)
			e.Gen = v.Gen
			ev = e
		case supervisor.GroupGone:
			v, _ := b.View(e.Name, now)
			e.Gen = v.Gen
			ev = e
		case supervisor.SpawnFailed:
			v, _ := b.View(e.Name, now)
			e.Gen = v.Gen
			ev = e
		}
		return b.Mind.Step(now, ev)
	})},
	{"a reload of nothing new restarts something", by{9, 17}, bend(func(b *bent, now supervisor.Instant, ev supervisor.Event) supervisor.Ready {
		ready := b.Mind.Step(now, ev)
		if r, ok := ev.(supervisor.Reload); ok && len(r.Set.Services) > 0 && !r.DryRun {
			return join(ready, b.Mind.Step(now, supervisor.RestartService{Name: r.Set.Services[0].Name}))
		}
		return ready
	})},
	{"a reload forgets what was added at run time", by{18}, bend(func(b *bent, now supervisor.Instant, ev supervisor.Event) supervisor.Ready {
		if _, ok := ev.(supervisor.Reload); !ok {
			return b.Mind.Step(now, ev)
		}
		var ready supervisor.Ready
		for _, v := range b.Views(now) {
			if v.Spec.Origin == configs.Runtime {
				ready = join(ready, b.Mind.Step(now, supervisor.Remove{Name: v.Name, Cascade: true}))
			}
		}
		return join(ready, b.Mind.Step(now, ev))
	})},
	{"cycles are let in", by{19}, neglectRefused(func(s *configs.Service) { s.Requires, s.After = nil, nil })},
	{"something is started in a shutdown", by{20}, bend(func(b *bent, now supervisor.Instant, ev supervisor.Event) supervisor.Ready {
		ready := b.Mind.Step(now, ev)
		if _, ok := ev.(supervisor.Shutdown); ok {
			for _, v := range b.Views(now) {
				if v.State == supervisor.StateInactive && v.Kind == "service" {
					ready.Do = append(ready.Do, supervisor.Spawn{Name: v.Name, Gen: v.Gen + 1, Spec: v.Spec})
					return ready
				}
			}
		}
		return ready
	})},
	{"the shutdown never ends", by{20}, drop(func(a supervisor.Action) bool { _, ok := a.(supervisor.End); return ok })},
	{"class is forgotten", by{21}, neglect(func(s *configs.Service) { s.Class = configs.ClassUser })},
	{"nobody looks at the health: the start never ends", by{23}, bend(func(b *bent, now supervisor.Instant, ev supervisor.Event) supervisor.Ready {
		ready := b.Mind.Step(now, ev)
		for i, a := range ready.Do {
			if p, ok := a.(supervisor.Probe); ok {
				p.Gen++ // nobody will ever answer
				ready.Do[i] = p
			}
		}
		return ready
	})},
	{"what was said in a former life is believed", by{16}, bend(func(b *bent, now supervisor.Instant, ev supervisor.Event) supervisor.Ready {
		switch e := ev.(type) {
		case supervisor.Notified:
			v, _ := b.View(e.Name, now)
			e.Gen = v.Gen
			ev = e
		case supervisor.Launched:
			v, _ := b.View(e.Name, now)
			e.Gen = v.Gen
			ev = e
		}
		return b.Mind.Step(now, ev)
	})},
	{"a birth is taken to be as old as its order", by{9}, bend(func(b *bent, now supervisor.Instant, ev supervisor.Event) supervisor.Ready {
		if e, ok := ev.(supervisor.Spawned); ok {
			if v, _ := b.View(e.Name, now); v.State == supervisor.StateStarting {
				return b.Mind.Step(v.Born, ev)
			}
		}
		return b.Mind.Step(now, ev)
	})},
	{"the time in which nobody heard of an end counts as a good run", by{9, 10}, bend(func(b *bent, now supervisor.Instant, ev supervisor.Event) supervisor.Ready {
		if e, ok := ev.(supervisor.Exited); ok {
			e.At = 0
			ev = e
		}
		return b.Mind.Step(now, ev)
	})},
	{"a process that is being launched is taken for running", by{25}, bend(func(b *bent, now supervisor.Instant, ev supervisor.Event) supervisor.Ready {
		if e, ok := ev.(supervisor.Spawned); ok {
			e.Launching = false
			ev = e
		}
		return b.Mind.Step(now, ev)
	})},
	{"a process that cannot be launched is left alone", by{25}, bend(func(b *bent, now supervisor.Instant, ev supervisor.Event) supervisor.Ready {
		if e, ok := ev.(supervisor.Launched); ok && e.Why != "" {
			return supervisor.Ready{}
		}
		return b.Mind.Step(now, ev)
	})},
	{"who asks for more time gets none", by{26}, bend(func(b *bent, now supervisor.Instant, ev supervisor.Event) supervisor.Ready {
		if e, ok := ev.(supervisor.Notified); ok {
			e.Extend = 0
			ev = e
		}
		return b.Mind.Step(now, ev)
	})},
	{"a transition is not told", by{24}, bend(func(b *bent, now supervisor.Instant, ev supervisor.Event) supervisor.Ready {
		ready := b.Mind.Step(now, ev)
		if _, ok := ev.(supervisor.SpawnFailed); ok {
			ready.Changed = nil
		}
		return ready
	})},
}

// TestPlanted plants bugs and sees that the oracle finds each, and by the right
// invariant.
func TestPlanted(t *testing.T) {
	const most = 3000
	for _, bug := range planted {
		t.Run(bug.name, func(t *testing.T) {
			t.Parallel()
			for seed := range uint64(most) {
				f := sim.Run(bug.birth, sim.NewCase(seed+1, *steps))
				if f == nil {
					continue
				}
				if !slices.Contains(bug.want, f.Number) {
					t.Fatalf("found by invariant %d, not %v: %v", f.Number, bug.want, f)
				}
				t.Logf("found after %d histories, shortened to %d ops: %s", seed+1, len(f.Ops), f.Text)
				return
			}
			t.Fatalf("not found in %d histories", most)
		})
	}
}
