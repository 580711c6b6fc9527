package procfs

import (
	"os"
	"slices"
	"strconv"
)

// Table is a reading of all processes, by pid. It was read while it changed: a
// parent may be missing, and a number be another's already.
type Table map[int]Stat

// All reads all that /proc shows; nil where there is none. It is what takes longest
// here: some 10 µs a process.
func All() Table {
	dir, err := os.Open("/proc")
	if err != nil {
		return nil
	}
	defer dir.Close()
	names, _ := dir.Readdirnames(-1)
	all := make(Table, len(names))
	for _, name := range names {
		pid, err := strconv.Atoi(name)
		if err != nil {
			continue
		}
		if s, err := Identify(pid); err == nil {
			all[pid] = s
		}
	}
	return all
}

// Group are the members of a process group that are no zombies, in order.
func (t Table) Group(pgid int) []int {
	var pids []int
	for pid, s := range t {
		if s.Pgid == pgid && !s.Zombie() {
			pids = append(pids, pid)
		}
	}
	slices.Sort(pids)
	return pids
}

// Descends says whether a process is a descendant of another.
func (t Table) Descends(pid, from int) bool {
	// The bound is for a table that was read while it changed.
	for range len(t) {
		s, ok := t[pid]
		if !ok {
			return false
		}
		if s.Ppid == from {
			return true
		}
		pid = s.Ppid
	}
	return false
}

// Children are the children of each process that has some, in no order.
func (t Table) Children() map[int][]int {
	below := map[int][]int{}
	for pid, s := range t {
		below[s.Ppid] = append(below[s.Ppid], pid)
	}
	return below
}
