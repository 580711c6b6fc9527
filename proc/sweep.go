package proc

import (
	"maps"
	"slices"
	"time"

	"zinit/proc/procfs"
	"zinit/supervisor"
)

// sweepFor bounds the hunt for what escaped a group, from when the group is empty.
const sweepFor = time.Second

// hunt is the search for what escaped from a group. It is over when everything
// that was shot at is gone, and a sweep has found nothing new.
type hunt struct {
	until supervisor.Instant
	prey  map[int]uint64 // start times of what was found, by pid
}

// left are the processes that were found and are still there.
func (h *hunt) left() []int {
	buried(h.prey)
	return slices.Sorted(maps.Keys(h.prey))
}

// sweep kills what escaped the groups of some incarnations, in one pass, and notes it
// in their hunts.
func (k *Kernel) sweep(waits []*waiting) {
	wanted := map[string]*waiting{}
	for _, w := range waits {
		if w.Escaped {
			k.purge(w)
			wanted[w.Name] = w
		}
	}
	if len(wanted) == 0 {
		return
	}
	adopted := k.leaders.haveAdopted() // asked first: their sessions hold no suspects
	all, suspects := k.suspects()
	if all == nil {
		return
	}
	heads, outsiders := k.escaped(wanted, all, suspects)
	k.killTrees(all, heads)
	if !adopted && !outsiders && k.runaways.none() {
		k.adopted.Store(false)
	}
}

// escaped finds the processes that have escaped from some incarnations. A process is
// theirs if it has their mark, or that of an earlier generation, or, without any,
// writes to their output; or if it was seen to leave the group. What descends from
// such a one is theirs too. outsiders: there are processes of our life, whosever, that
// do not descend from us, as the offspring of adopted services does not.
func (k *Kernel) escaped(wanted map[string]*waiting, all procfs.Table, suspects []int) (heads map[*waiting][]int, outsiders bool) {
	heads = map[*waiting][]int{}
	marks := marksOf(suspects)
	for _, pid := range suspects {
		if _, is := marks[pid]; is {
			continue
		}
		if w := wanted[k.outputs.holder(pid)]; w != nil {
			heads[w] = append(heads[w], pid)
		}
	}
	for pid, m := range marks {
		if m.life != k.Life {
			continue
		}
		outsiders = outsiders || !all.Descends(pid, k.self)
		if w := wanted[m.service]; w != nil && m.gen <= w.Gen {
			heads[w] = append(heads[w], pid)
		}
	}
	for name, w := range wanted {
		for pid, ticks := range k.runaways.living(name) {
			if all[pid].Ticks == ticks {
				heads[w] = append(heads[w], pid)
			}
		}
	}
	return heads, outsiders
}

// marksOf reads the marks of processes. In the midst of an exec a process shows
// no environment: such a one is looked at again, for a moment.
func marksOf(pids []int) map[int]mark {
	marks := map[int]mark{}
	for range 5 {
		var blank []int
		for _, pid := range pids {
			m, found := markOf(pid)
			switch found {
			case marked:
				marks[pid] = m
			case noEnvironment:
				blank = append(blank, pid)
			}
		}
		if len(blank) == 0 {
			break
		}
		pids = blank
		time.Sleep(2 * time.Millisecond)
	}
	return marks
}

// suspects are the processes that belong to no living service. They descend from us,
// unless services were adopted, whose offspring does not: then the mark, which holds our
// life, must do. all is nil where nobody can have escaped.
func (k *Kernel) suspects() (all procfs.Table, suspects []int) {
	if k.noStrangers() {
		return nil, nil
	}
	all = procfs.All()
	for pid, s := range all {
		// Nobody moves into a session that exists: who is in a living service's
		// did not escape from another one.
		if pid != k.self && !s.Zombie() && !s.Kernel() && !k.leaders.has(s.Session) && !k.others.has(s.Session) &&
			(k.adopted.Load() || all.Descends(pid, k.self)) {
			suspects = append(suspects, pid)
		}
	}
	return all, suspects
}

// noStrangers says that nobody can have escaped. Whoever did so from a group that
// is gone has an orphan for an ancestor, if it is none itself, and orphans become
// our children: mostly we have none but the services, and nothing else is read.
func (k *Kernel) noStrangers() bool {
	if k.adopted.Load() {
		return false
	}
	kids, ok := procfs.Children(k.self)
	return ok && !slices.ContainsFunc(kids, func(pid int) bool {
		if k.leaders.has(pid) || k.others.has(pid) {
			return false
		}
		s, err := procfs.Identify(pid) // a leader just told of may still be a zombie
		return err == nil && !s.Zombie()
	})
}

// killTrees kills processes and what descends from them, and notes them as prey.
func (k *Kernel) killTrees(all procfs.Table, heads map[*waiting][]int) {
	if len(heads) == 0 {
		return
	}
	below := all.Children()
	for w, line := range heads {
		seen := map[int]bool{k.self: true}
		for ; len(line) > 0; line = line[1:] {
			pid := line[0]
			if seen[pid] {
				continue
			}
			seen[pid] = true
			line = append(line, below[pid]...)
			k.shoot(all[pid], w.hunt)
		}
	}
}

// shoot kills a process and notes it as prey.
func (k *Kernel) shoot(s procfs.Stat, h *hunt) {
	if s.Zombie() {
		return
	}
	h.prey[s.Pid] = s.Ticks
	if err := killOne(s.Pid, s.Ticks); err != nil {
		k.Log.Warn("process escapes", "pid", s.Pid, "err", err)
	}
}
