package cgroup

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"golang.org/x/sys/unix"
)

// Limits are what a group may use. 0: no limit.
type Limits struct {
	Memory int64 // bytes, memory.max; swap is not counted
	CPU    int   // percent of one processor, cpu.max
	Pids   int64 // processes and threads, pids.max
}

// The groups in a service's own. No name of a service's begins with a dot.
const (
	mainLeaf  = ".main"
	probeLeaf = ".probe"
)

// ProbeOf is the name of the group of a service's probes, for all that takes a name.
func ProbeOf(name string) string { return filepath.Join(name, probeLeaf) }

// Make makes a service's group, if it is not there, and sets its limits, all of
// them. A Join should follow soon. It gives the directory to join and how many
// processes the OOM killer has killed in it before. The error is that a limit cannot
// be set, or that the group cannot be made.
func (t *Tree) Make(name string, l Limits) (dir string, oomKills uint64, err error) {
	if err := t.Why(); err != nil {
		if l != (Limits{}) {
			err = fmt.Errorf("cannot limit the service's control group: %w", err)
		}
		return "", 0, err
	}
	dir = t.Path(name)
	err = os.Mkdir(dir, 0o755)
	old := errors.Is(err, os.ErrExist)
	if err != nil && !old {
		return "", 0, fmt.Errorf("cannot make a control group: %w", err)
	}
	if old && l.Memory != 0 {
		empty(dir, mainLeaf) // of what a run without a limit has left: it would keep the controller out
	}
	if err := l.set(dir, old); err != nil {
		return "", 0, err
	}
	if l.Memory != 0 {
		dir = filepath.Join(dir, mainLeaf)
		if err := whole(dir); err != nil {
			return "", 0, err
		}
	}
	if old {
		oomKills = t.OOMKills(name)
	}
	t.prewarm()
	return dir, oomKills, nil
}

// MakeProbe makes the group of a service's probes, if it is not there, in that of the
// service, which has to be there. It gives the directory to join.
func (t *Tree) MakeProbe(name string) (dir string, err error) {
	if err := t.Why(); err != nil {
		return "", fmt.Errorf("cannot make a control group: %w", err)
	}
	dir = t.Path(ProbeOf(name))
	if err := whole(dir); err != nil {
		return "", err
	}
	t.prewarm()
	return dir, nil
}

// whole makes a group, if it is not there, that the OOM killer ends as a whole: half a
// service is none, and its restart policy knows what to do.
func whole(dir string) error {
	if err := os.Mkdir(dir, 0o755); err != nil && !errors.Is(err, os.ErrExist) {
		return fmt.Errorf("cannot make a control group: %w", err)
	}
	const file = "memory.oom.group"
	if err := write(filepath.Join(dir, file), "1"); err != nil && err != unix.ENOENT {
		return refused(file, err)
	}
	return nil
}

// set writes the limits. An old group may have others, which are lifted.
func (l Limits) set(dir string, old bool) error {
	const period = 100_000 // µs, the kernel's default
	for _, limit := range []struct {
		file  string
		value int64
		text  string // of value, unless it is 0
		none  string
	}{
		{"memory.max", l.Memory, strconv.FormatInt(l.Memory, 10), "max"},
		{"cgroup.subtree_control", l.Memory, "+memory", "-memory"},
		{"cpu.max", int64(l.CPU), fmt.Sprint(l.CPU*period/100, period), "max"},
		{"pids.max", l.Pids, strconv.FormatInt(l.Pids, 10), "max"},
	} {
		path := filepath.Join(dir, limit.file)
		switch {
		case limit.value != 0:
			if err := write(path, limit.text); err != nil {
				return refused(limit.file, err)
			}
		case old:
			_ = write(path, limit.none) // where there is no controller there is no limit
		}
	}
	return nil
}

// refused says why a limit cannot be set.
func refused(file string, err error) error {
	controller, _, _ := strings.Cut(file, ".")
	if err == unix.ENOENT {
		err = fmt.Errorf("the %s controller of cgroup v2 is not available here", controller)
	}
	return fmt.Errorf("cannot set %s of the service's control group: %w", file, err)
}

// Join moves a process into the group with that directory. It is made of plain
// system calls. A process that is gone is no error.
func Join(dir string, pid int) error {
	err := write(filepath.Join(dir, "cgroup.procs"), strconv.Itoa(pid))
	if err != nil && err != unix.ESRCH {
		return fmt.Errorf("cannot move process %d to its control group: %w", pid, err)
	}
	return nil
}

// deepest and most bound what is read of groups that a service makes in its own.
const deepest, most = 16, 1 << 16

// walk calls do for a group and all below it, the deepest first.
func walk(dir string, depth int, do func(dir string)) {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return
	}
	for _, entry := range entries {
		if entry.IsDir() && depth < deepest {
			walk(filepath.Join(dir, entry.Name()), depth+1, do)
		}
	}
	do(dir)
}

// Members are the live processes of a service's group and of all below it. It is
// cheap where there are none.
func (t *Tree) Members(name string) []int {
	dir := t.Path(name)
	if dir == "" || !populated(dir) {
		return nil
	}
	var pids []int
	walk(dir, 0, func(dir string) {
		if len(pids) < most {
			pids = append(pids, members(dir)...)
		}
	})
	return pids
}

// populated says whether a group, or one below it, has live processes.
func populated(dir string) bool { return counter(dir, "cgroup.events", "populated") != 0 }

// Kill sends SIGKILL to all of a service's group at once. Where the kernel cannot,
// before 5.14, it does nothing and says so: false.
func (t *Tree) Kill(name string) bool {
	dir := t.Path(name)
	return dir != "" && write(filepath.Join(dir, "cgroup.kill"), "1") == nil
}

// Remove removes a service's group, with those that it has made in it; false: it is
// not empty. Zombies don't count.
func (t *Tree) Remove(name string) bool {
	dir := t.Path(name)
	if dir == "" {
		return true
	}
	err := unix.Rmdir(dir)
	if err == unix.EBUSY && !populated(dir) {
		prune(dir)
		err = unix.Rmdir(dir)
	}
	return err == nil || err == unix.ENOENT
}

// prune removes what is empty of a tree.
func prune(dir string) {
	walk(dir, 0, func(dir string) { _ = unix.Rmdir(dir) })
}

// OOMKills is how many processes of a service's group the OOM killer has killed, those
// of its probes among them where they are not counted apart. 0 where there is no memory
// controller.
func (t *Tree) OOMKills(name string) uint64 {
	return oomKills(t.Home(name), t.Path(name))
}

// ProbeOOMKills is that of the group of a service's probes, or, where they are not
// counted apart, of the service's.
func (t *Tree) ProbeOOMKills(name string) uint64 {
	return oomKills(t.Path(ProbeOf(name)), t.Path(name))
}

// oomKills is the count of the first group that has one.
func oomKills(groups ...string) uint64 {
	for _, dir := range groups {
		if _, err := os.Stat(filepath.Join(dir, "memory.events")); dir != "" && err == nil {
			return counter(dir, "memory.events", "oom_kill")
		}
	}
	return 0
}

// Memory is how many bytes a service's group uses, page cache included: memory.current.
// ok is false where there is no memory controller.
func (t *Tree) Memory(name string) (bytes int64, ok bool) {
	dir := t.Path(name)
	if dir == "" {
		return 0, false
	}
	text, err := os.ReadFile(filepath.Join(dir, "memory.current"))
	if err != nil {
		return 0, false
	}
	bytes, err = strconv.ParseInt(strings.TrimSpace(string(text)), 10, 64)
	return bytes, err == nil
}

// counter reads a number from a file of lines "KEY NUMBER".
func counter(dir, file, key string) uint64 {
	text, _ := os.ReadFile(filepath.Join(dir, file))
	for line := range strings.Lines(string(text)) {
		if value, ok := strings.CutPrefix(line, key+" "); ok {
			number, _ := strconv.ParseUint(strings.TrimSpace(value), 10, 64)
			return number
		}
	}
	return 0
}
