package proc

import (
	"bytes"
	"os"
	"strconv"
	"strings"
	"time"

	"golang.org/x/sys/unix"
)

// Usage is what a service's processes use.
type Usage struct {
	CPU time.Duration // processor time of the living and of what they have reaped
	// Memory is in bytes: what the control group counts, else the sum of the processes'
	// proportional set sizes, or of the resident ones where these may not be read.
	Memory      int64
	Processes   int
	Descriptors int // open files of all of them
}

// add sums up.
func (u *Usage) add(v Usage) {
	u.CPU += v.CPU
	u.Memory += v.Memory
	u.Processes += v.Processes
	u.Descriptors += v.Descriptors
}

// Usage measures what the services with these leaders use. A process belongs to the
// service in whose session it is, or from which it descends. It reads all of /proc
// once, and some files of each process that counts.
func (k *Kernel) Usage(leaders map[string]int) map[string]Usage {
	names := make(map[int]string, len(leaders))
	for name, pid := range leaders {
		names[pid] = name
	}
	all := k.census.read()
	used := make(map[string]Usage, len(leaders))
	for pid, s := range all {
		if s.zombie() {
			continue
		}
		if name, ok := owner(all, s, names); ok {
			u := used[name]
			u.add(usageOf(pid))
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
func (k *Kernel) UsageOf(name string, leader int) Usage {
	family, ok := k.family(leader)
	if !ok {
		return k.Usage(map[string]int{name: leader})[name]
	}
	var used Usage
	for _, pid := range family {
		if s, err := statOf(pid); err == nil && !s.zombie() {
			used.add(usageOf(pid))
		}
	}
	return k.charged(name, used)
}

// family is a leader, the orphans of its session that have become our children, and
// what descends from all these. ok is false where the kernel does not list children.
func (k *Kernel) family(leader int) (pids []int, ok bool) {
	const most = 4096
	kids, ok := children(k.self)
	pids = []int{leader}
	for _, pid := range kids {
		if pid == leader || k.leaders.has(pid) || k.others.has(pid) {
			continue
		}
		if s, err := statOf(pid); err == nil && s.session == leader {
			pids = append(pids, pid)
		}
	}
	for i := 0; i < len(pids) && len(pids) < most; i++ {
		kids, _ := children(pids[i])
		pids = append(pids, kids...)
	}
	return pids, ok
}

// charged takes the memory that the service's control group counts, if it has one.
func (k *Kernel) charged(name string, u Usage) Usage {
	if bytes, ok := k.Cgroup.Memory(name); ok {
		u.Memory = bytes
	}
	return u
}

// owner is the service that a process belongs to.
func owner(all map[int]stat, s stat, names map[int]string) (string, bool) {
	if name, ok := names[s.session]; ok {
		return name, true
	}
	// The bound is for a table that was read while it changed.
	for range len(all) {
		if name, ok := names[s.pid]; ok {
			return name, true
		}
		parent, ok := all[s.ppid]
		if !ok {
			return "", false
		}
		s = parent
	}
	return "", false
}

// usageOf is one process's, proc(5). What cannot be read counts as nothing: it has
// ended, or is not ours to look at.
func usageOf(pid int) Usage {
	dir := "/proc/" + strconv.Itoa(pid)
	return Usage{CPU: cpuOf(dir), Memory: memoryOf(dir), Processes: 1, Descriptors: descriptorsOf(dir)}
}

// cpuOf sums the fields utime, stime, cutime and cstime of stat.
func cpuOf(dir string) time.Duration {
	const first, last = 11, 14     // counted behind the command
	const tick = time.Second / 100 // USER_HZ
	var buf [1024]byte
	line, err := readOnce(dir+"/stat", buf[:])
	fields := bytes.Fields(line[bytes.LastIndexByte(line, ')')+1:])
	if err != nil || len(fields) <= last {
		return 0
	}
	var ticks int64
	for _, field := range fields[first : last+1] {
		n, err := strconv.ParseInt(string(field), 10, 64)
		if err == nil {
			ticks += n
		}
	}
	return time.Duration(ticks) * tick
}

// memoryOf is Pss of smaps_rollup (Linux 4.14), or resident of statm.
func memoryOf(dir string) int64 {
	text, err := readFile(dir+"/smaps_rollup", 4096)
	if err == nil {
		for line := range strings.Lines(string(text)) {
			fields := strings.Fields(line)
			if len(fields) == 3 && fields[0] == "Pss:" {
				kilobytes, _ := strconv.ParseInt(fields[1], 10, 64)
				return kilobytes << 10
			}
		}
	}
	text, err = readFile(dir+"/statm", 256)
	fields := strings.Fields(string(text))
	if err != nil || len(fields) < 2 {
		return 0
	}
	pages, _ := strconv.ParseInt(fields[1], 10, 64)
	return pages * int64(os.Getpagesize())
}

// descriptorsOf counts the entries of fd: since Linux 6.2 the directory's size says
// how many there are.
func descriptorsOf(dir string) int {
	var st unix.Stat_t
	if unix.Stat(dir+"/fd", &st) == nil && st.Size > 0 {
		return int(st.Size)
	}
	fds, err := os.Open(dir + "/fd")
	if err != nil {
		return 0
	}
	defer fds.Close()
	names, _ := fds.Readdirnames(-1)
	return len(names)
}
