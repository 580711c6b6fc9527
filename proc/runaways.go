package proc

import (
	"maps"
	"sync"

	"golang.org/x/sys/unix"

	"zinit/proc/procfs"
	"zinit/supervisor"
)

// runawaysMost bounds the processes that are looked at below one service when it
// is told to stop, and so those that are remembered of it.
const runawaysMost = 4096

// runaways are descendants of services that have left the process group, seen
// while the leader lived: once it is dead they descend from it no more, and one
// that has wiped its environment has no mark either. A crash of ours forgets them.
type runaways struct {
	mu sync.Mutex
	of map[string]map[int]uint64 // start times by pid, by service
}

// note looks for them before a signal that is to end a service. It costs one small
// read where the leader has no children.
func (r *runaways) note(a supervisor.Kill) {
	if !a.Cont && a.Sig != int(unix.SIGKILL) || a.Ticks == 0 {
		return
	}
	known := r.living(a.Name)
	found := outside(a.Pid, known, runawaysMost)
	if len(found) == 0 {
		return
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.of == nil {
		r.of = map[string]map[int]uint64{}
	}
	r.of[a.Name] = found
}

// living gives those of a service that live, of earlier generations too, and
// forgets the dead.
func (r *runaways) living(name string) map[int]uint64 {
	r.mu.Lock()
	defer r.mu.Unlock()
	buried(r.of[name])
	if len(r.of[name]) == 0 {
		delete(r.of, name)
	}
	return maps.Clone(r.of[name])
}

// none says that no service has any.
func (r *runaways) none() bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	maps.DeleteFunc(r.of, func(_ string, pids map[int]uint64) bool {
		buried(pids)
		return len(pids) == 0
	})
	return len(r.of) == 0
}

// buried takes out the processes that are dead.
func buried(pids map[int]uint64) {
	maps.DeleteFunc(pids, func(pid int, ticks uint64) bool {
		s, err := procfs.Identify(pid)
		return err != nil || s.Ticks != ticks || s.Zombie()
	})
}

// outside adds to known, processes that have left a leader's group, what descends
// from them and from the leader and is not in the group. It looks at so many
// processes at most, the nearest first, and at none where the kernel was built
// without CONFIG_PROC_CHILDREN.
func outside(leader int, known map[int]uint64, most int) map[int]uint64 {
	found := maps.Clone(known)
	line := []int{leader}
	for pid := range known {
		line = append(line, pid)
	}
	seen := len(known)
	for ; len(line) > 0; line = line[1:] {
		kids, _ := procfs.Children(line[0])
		for _, pid := range kids {
			if seen++; seen > most {
				return found
			}
			s, err := procfs.Identify(pid)
			if err != nil || s.Ppid != line[0] { // it ended, and the number may be another's
				continue
			}
			line = append(line, pid)
			if s.Pgid == leader {
				continue
			}
			if found == nil {
				found = map[int]uint64{}
			}
			found[pid] = s.Ticks
		}
	}
	return found
}
