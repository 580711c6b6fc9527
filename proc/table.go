package proc

import (
	"math"
	"os"
	"slices"
	"strconv"
	"strings"

	"golang.org/x/sys/unix"
)

// processes are all that /proc shows, by pid. It is what takes longest here:
// some 10 µs a process.
func processes() map[int]stat {
	dir, err := os.Open("/proc")
	if err != nil {
		return nil
	}
	defer dir.Close()
	names, _ := dir.Readdirnames(-1)
	all := make(map[int]stat, len(names))
	for _, name := range names {
		pid, err := strconv.Atoi(name)
		if err != nil {
			continue
		}
		if s, err := statOf(pid); err == nil {
			all[pid] = s
		}
	}
	return all
}

// groupMembers are the members of a process group that are no zombies.
func groupMembers(all map[int]stat, pgid int) []int {
	var pids []int
	for pid, s := range all {
		if s.pgrp == pgid && !s.zombie() {
			pids = append(pids, pid)
		}
	}
	slices.Sort(pids)
	return pids
}

func (s stat) zombie() bool { return s.state == 'Z' || s.state == 'X' }

// kernel says whether it is a thread of the kernel's own.
func (s stat) kernel() bool { return s.pid == 2 || s.ppid == 2 && s.session == 0 }

// descends says whether a process is a descendant of another.
func descends(all map[int]stat, pid, from int) bool {
	// The bound is for a table that was read while it changed.
	for range len(all) {
		s, ok := all[pid]
		if !ok {
			return false
		}
		if s.ppid == from {
			return true
		}
		pid = s.ppid
	}
	return false
}

// children are the children of a process, from /proc/PID/task/*/children; ok is
// false where the kernel was built without them (CONFIG_PROC_CHILDREN).
func children(pid int) (pids []int, ok bool) {
	base := "/proc/" + strconv.Itoa(pid) + "/task"
	for _, thread := range threads(pid, base) {
		text, err := readFile(base+"/"+thread+"/children", math.MaxInt)
		if err != nil {
			continue
		}
		ok = true
		for _, field := range strings.Fields(string(text)) {
			if child, err := strconv.Atoi(field); err == nil {
				pids = append(pids, child)
			}
		}
	}
	return pids, ok
}

// threads are the names in base, a process's task directory, whose number of links
// is two more than there are threads: of a single one the name is known.
func threads(pid int, base string) []string {
	const alone = 3
	var st unix.Stat_t
	if unix.Stat(base, &st) != nil {
		return nil
	}
	if st.Nlink == alone {
		return []string{strconv.Itoa(pid)}
	}
	dir, err := os.Open(base)
	if err != nil {
		return nil
	}
	defer dir.Close()
	names, _ := dir.Readdirnames(-1)
	return names
}
