package sim_test

import (
	"slices"

	"zinit/configs"
	"zinit/supervisor"
	"zinit/supervisor/sim"
)

// A disguised mind sees other definitions than everybody else: so a planted bug
// that neglects a key needs no hook in the core.
type disguised struct {
	sim.Mind
	alter func(configs.Service) configs.Service
	true_ map[*configs.Service]*configs.Service // by what the mind sees
	fake  map[*configs.Service]*configs.Service // by what is true
	late  bool                                  // only what would be refused is disguised
}

func disguise(alter func(*configs.Service)) *disguised {
	return &disguised{
		alter: func(s configs.Service) configs.Service { alter(&s); return s },
		true_: map[*configs.Service]*configs.Service{},
		fake:  map[*configs.Service]*configs.Service{},
	}
}

// neglect is a core that takes the definitions for what alter makes of them.
func neglect(alter func(*configs.Service)) sim.Birth {
	return func(set configs.Set, past []supervisor.Record, sys supervisor.System, now supervisor.Instant) (sim.Mind, supervisor.Ready) {
		d := disguise(alter)
		masked := slices.Clone(past)
		for i := range masked {
			masked[i].Spec, masked[i].Ran = d.mask(masked[i].Spec), d.mask(masked[i].Ran)
		}
		return d.born(d.maskSet(set), masked, sys, now)
	}
}

// neglectPast is a core that takes the definitions in records for what alter
// makes of them.
func neglectPast(alter func(*supervisor.Record, *configs.Service)) sim.Birth {
	return func(set configs.Set, past []supervisor.Record, sys supervisor.System, now supervisor.Instant) (sim.Mind, supervisor.Ready) {
		d := disguise(nil)
		masked := slices.Clone(past)
		for i := range masked {
			d.alter = func(s configs.Service) configs.Service { alter(&masked[i], &s); return s }
			masked[i].Spec = d.mask(masked[i].Spec)
		}
		d.alter = func(s configs.Service) configs.Service { return s }
		return d.born(set, masked, sys, now)
	}
}

// neglectRefused is a core that alters what it would refuse, and then takes it.
func neglectRefused(alter func(*configs.Service)) sim.Birth {
	return func(set configs.Set, past []supervisor.Record, sys supervisor.System, now supervisor.Instant) (sim.Mind, supervisor.Ready) {
		d := disguise(alter)
		d.late = true
		return d.born(set, past, sys, now)
	}
}

func (d *disguised) born(set configs.Set, past []supervisor.Record, sys supervisor.System, now supervisor.Instant) (sim.Mind, supervisor.Ready) {
	mind, ready := sim.Sane(set, past, sys, now)
	d.Mind = mind
	return d, d.unmask(ready)
}

func (d *disguised) mask(s *configs.Service) *configs.Service {
	if s == nil {
		return nil
	}
	if f := d.fake[s]; f != nil {
		return f
	}
	f := d.alter(*s)
	d.fake[s], d.true_[&f] = &f, s
	return &f
}

func (d *disguised) maskSet(set configs.Set) configs.Set {
	masked := set
	masked.Services = nil
	for _, s := range set.Services {
		masked.Services = append(masked.Services, d.mask(s))
	}
	return masked
}

func (d *disguised) bare(s *configs.Service) *configs.Service {
	if t := d.true_[s]; t != nil {
		return t
	}
	return s
}

func (d *disguised) unmask(ready supervisor.Ready) supervisor.Ready {
	for i := range ready.Save {
		ready.Save[i].Spec, ready.Save[i].Ran = d.bare(ready.Save[i].Spec), d.bare(ready.Save[i].Ran)
	}
	for i, a := range ready.Do {
		if spawn, ok := a.(supervisor.Spawn); ok {
			spawn.Spec = d.bare(spawn.Spec)
			ready.Do[i] = spawn
		}
	}
	return ready
}

func (d *disguised) Step(now supervisor.Instant, ev supervisor.Event) supervisor.Ready {
	if d.late {
		ready := d.Mind.Step(now, ev)
		if _, ok := ev.(supervisor.Add); !ok || len(ready.Do) != 1 {
			return ready
		}
		if a, ok := ready.Do[0].(supervisor.Answer); !ok || a.Refusal == nil || a.Refusal.Kind != supervisor.InvalidConfig {
			return ready
		}
	}
	switch e := ev.(type) {
	case supervisor.Reload:
		e.Set = d.maskSet(e.Set)
		ev = e
	case supervisor.Add:
		e.Service = d.mask(e.Service)
		ev = e
	}
	return d.unmask(d.Mind.Step(now, ev))
}

func (d *disguised) View(name string, now supervisor.Instant) (supervisor.View, bool) {
	v, ok := d.Mind.View(name, now)
	v.Spec, v.Ran = d.bare(v.Spec), d.bare(v.Ran)
	return v, ok
}

func (d *disguised) Views(now supervisor.Instant) []supervisor.View {
	views := d.Mind.Views(now)
	for i := range views {
		views[i].Spec, views[i].Ran = d.bare(views[i].Spec), d.bare(views[i].Ran)
	}
	return views
}
