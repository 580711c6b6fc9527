package sim

import (
	"fmt"
	"slices"

	"zinit/configs"
	"zinit/supervisor"
)

// wish draws what a user asks for.
func (w *World) wish(seed uint64, which, whose byte) supervisor.Event {
	name := names[int(whose)%len(names)]
	if _, ok := w.mind.View(name, w.now); !ok && whose < 200 {
		name = w.someName(int(whose))
	}
	w.lastID++
	wish := supervisor.Wish{ID: w.lastID, By: "a user", Wait: which%3 != 0}
	switch which % 32 {
	case 0, 1, 2, 3, 4, 5, 6:
		return supervisor.Start{Wish: wish, Name: name}
	case 7:
		return supervisor.Start{Wish: wish, Name: name, NoDeps: true}
	case 8, 9, 10, 11, 12:
		return supervisor.Stop{Wish: wish, Name: name}
	case 13, 14, 15, 16:
		return supervisor.RestartService{Wish: wish, Name: name}
	case 17, 18:
		return supervisor.Signal{Wish: wish, Name: name, Signal: []int{sigTerm, sigKill, 1}[int(whose)%3]}
	case 19:
		return supervisor.StartAll{Wish: wish}
	case 20:
		return supervisor.StopAll{Wish: wish}
	case 21:
		return supervisor.DeleteAll{Wish: wish}
	case 22, 23, 24, 25, 26:
		next := w.rewritten(seed, whose)
		dry := which%32 == 22
		if !dry {
			w.set = next
		}
		return supervisor.Reload{Wish: wish, Set: next, DryRun: dry}
	case 27, 28:
		return supervisor.Add{Wish: wish, Service: w.newcomer(seed, whose), Start: which&32 != 0}
	case 29, 30:
		return supervisor.Remove{Wish: wish, Name: name, Cascade: which&32 != 0}
	default:
		if whose%4 != 0 {
			return supervisor.Start{Wish: wish, Name: name}
		}
		return supervisor.Shutdown{Wish: wish, Goal: supervisor.GoalExit}
	}
}

// someName is the name of a service there is.
func (w *World) someName(which int) string {
	views := w.mind.Views(w.now)
	if len(views) == 0 {
		return "nobody"
	}
	return views[which%len(views)].Name
}

// newcomer is a definition to add at run time; it may well be refused.
func (w *World) newcomer(seed uint64, n byte) *configs.Service {
	r := dice(seed, "add", fmt.Sprint(n))
	s := randomService(r, one(r, "gnu", "ghost", names[int(n)%len(names)]))
	s.Origin = configs.Runtime
	link(r, s, names[:1+r.IntN(3)])
	s.Requires = slices.DeleteFunc(s.Requires, func(name string) bool { return name == s.Name })
	s.After = slices.DeleteFunc(s.After, func(name string) bool { return name == s.Name })
	return s
}

// rewritten is what the directories hold after somebody edited them.
func (w *World) rewritten(seed uint64, n byte) configs.Set {
	r := dice(seed, "edit", fmt.Sprint(n))
	next := configs.Set{Services: slices.Clone(w.set.Services), Problems: slices.Clone(w.set.Problems)}
	for range r.IntN(3) {
		edit(r.IntN(6), &next, r.IntN(256))
	}
	arrange(&next)
	return next
}

// edit makes one change to a set.
func edit(kind int, set *configs.Set, n int) {
	r := dice(uint64(n), "edit")
	if len(set.Services) == 0 {
		return
	}
	i := n % len(set.Services)
	s := *set.Services[i]
	if s.Target && kind < 2 {
		kind = 2 // the others mean nothing to it
	}
	switch kind {
	case 0: // a key that applies without a restart
		s.RestartDelay += seconds(1)
		s.RestartDelayMax += seconds(2)
		s.StopTimeout += seconds(1)
	case 1: // one that does not
		s.Env = map[string]string{"N": fmt.Sprint(n)}
	case 2:
		s.Requires, s.After = nil, nil
	case 3:
		set.Services = slices.Delete(set.Services, i, i+1)
		return
	case 4: // the file becomes bad
		set.Problems = append(set.Problems, configs.Problem{Service: s.Name, File: s.Origin, Line: 3, Message: "unknown key"})
		set.Services = slices.Delete(set.Services, i, i+1)
		return
	case 5: // a new file, or a bad one mended
		fresh := randomService(r, names[n%len(names)])
		set.Problems = slices.DeleteFunc(set.Problems, func(p configs.Problem) bool { return p.Service == fresh.Name })
		at := slices.IndexFunc(set.Services, func(o *configs.Service) bool { return o.Name == fresh.Name })
		if at >= 0 {
			set.Services[at] = fresh
		} else {
			set.Services = append(set.Services, fresh)
		}
		return
	}
	set.Services[i] = &s
}
