package proc

import "zinit/proc/procfs"

// Usage measures what the services with these leaders use. A process belongs to the
// service in whose session it is, or from which it descends. Memory is what a service's
// control group counts, if it has one. It reads all of /proc once, and some files of
// each process that counts.
func (k *Kernel) Usage(leaders map[string]int) map[string]procfs.Usage {
	names := make(map[int]string, len(leaders))
	for name, pid := range leaders {
		names[pid] = name
	}
	all := k.census.Read()
	used := make(map[string]procfs.Usage, len(leaders))
	for pid, s := range all {
		if s.Zombie() {
			continue
		}
		if name, ok := owner(all, s, names); ok {
			u := used[name]
			u.Add(procfs.Measure(pid))
			used[name] = u
		}
	}
	for name, u := range used {
		used[name] = k.charged(name, u)
	}
	return used
}

// UsageOf is that of one service, in a time that does not grow with the number of
// others: only what descends from its leader is looked at, and orphans of its session.
func (k *Kernel) UsageOf(name string, leader int) procfs.Usage {
	family, ok := k.family(leader)
	if !ok {
		return k.Usage(map[string]int{name: leader})[name]
	}
	var used procfs.Usage
	for _, pid := range family {
		if s, err := procfs.Identify(pid); err == nil && !s.Zombie() {
			used.Add(procfs.Measure(pid))
		}
	}
	return k.charged(name, used)
}

// family is a leader, the orphans of its session that have become our children, and
// what descends from all these. ok is false where the kernel does not list children.
func (k *Kernel) family(leader int) (pids []int, ok bool) {
	const most = 4096
	kids, ok := procfs.Children(k.self)
	pids = []int{leader}
	for _, pid := range kids {
		if pid == leader || k.leaders.has(pid) || k.others.has(pid) {
			continue
		}
		if s, err := procfs.Identify(pid); err == nil && s.Session == leader {
			pids = append(pids, pid)
		}
	}
	for i := 0; i < len(pids) && len(pids) < most; i++ {
		kids, _ := procfs.Children(pids[i])
		pids = append(pids, kids...)
	}
	return pids, ok
}

// charged takes the memory that the service's control group counts, if it has one.
func (k *Kernel) charged(name string, u procfs.Usage) procfs.Usage {
	if bytes, ok := k.Cgroup.Memory(name); ok {
		u.Memory = bytes
	}
	return u
}

// owner is the service that a process belongs to.
func owner(all procfs.Table, s procfs.Stat, names map[int]string) (string, bool) {
	if name, ok := names[s.Session]; ok {
		return name, true
	}
	// The bound is for a table that was read while it changed.
	for range len(all) {
		if name, ok := names[s.Pid]; ok {
			return name, true
		}
		parent, ok := all[s.Ppid]
		if !ok {
			return "", false
		}
		s = parent
	}
	return "", false
}
