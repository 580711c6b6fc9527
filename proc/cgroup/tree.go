package cgroup

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"golang.org/x/sys/unix"
)

// branch is the name of the group that holds the services' groups.
const branch = "zinit"

// wanted are the controllers that are switched on where they are there: those that
// limits take, and memory tells of the OOM killer.
var wanted = [...]string{"memory", "cpu", "pids"}

// Tree is where the services' groups are. One server at a time has it. Where no
// groups can be made there is a Tree too, which knows why. nil is a Tree that has
// no reason to give. Any goroutine may call.
type Tree struct {
	path string // ROOT/zinit; "": there are no groups
	lock int
	own  string // our own group, for prewarm; "": moves are fast, or it is not known
	why  error
}

// Open finds out where groups can be made and takes possession of that place.
func Open(at Place) *Tree {
	root, err := find(at)
	if err != nil {
		return &Tree{why: err}
	}
	return OpenAt(root)
}

// OpenAt is Open for a group that is known to be ours.
func OpenAt(root string) *Tree {
	t := &Tree{path: filepath.Join(root, branch)}
	err := os.Mkdir(t.path, 0o755)
	if err == nil || errors.Is(err, os.ErrExist) {
		t.lock, err = lock(t.path)
	}
	if err != nil {
		return &Tree{why: fmt.Errorf("cannot make control groups: %w", err)}
	}
	enable(root)
	for _, controller := range wanted {
		_ = control(t.path, controller)
	}
	if !fastMoves() {
		t.own = ownOf(root)
	}
	return t
}

// Why says why there are no groups; nil: there are.
func (t *Tree) Why() error {
	switch {
	case t == nil:
		return errors.New("control groups are not used here")
	case t.path == "":
		return t.why
	}
	return nil
}

// Path is the directory of a service's group, there or not; "": there are no groups.
func (t *Tree) Path(name string) string {
	if t.Why() != nil {
		return ""
	}
	return filepath.Join(t.path, name)
}

// Home is the directory that a service's process joins, as Make gave it.
func (t *Tree) Home(name string) string {
	dir := t.Path(name)
	if home := filepath.Join(dir, mainLeaf); dir != "" && isDir(home) {
		return home
	}
	return dir
}

// Controllers are those that services' groups have: "cpu", "memory", "pids".
func (t *Tree) Controllers() []string {
	if t.Why() != nil {
		return nil
	}
	text, _ := os.ReadFile(filepath.Join(t.path, "cgroup.subtree_control"))
	return strings.Fields(string(text))
}

// Close gives the place back, and removes what is empty of it. Groups that live
// stay.
func (t *Tree) Close() {
	if t.Why() == nil {
		prune(t.path)
		_ = unix.Close(t.lock)
	}
}

// lockPatience is how long a former server may take to vanish, after a SIGKILL.
const lockPatience = time.Second

// lock takes a directory for this server alone, flock(2).
func lock(dir string) (int, error) {
	fd, err := unix.Open(dir, unix.O_RDONLY|unix.O_DIRECTORY|unix.O_CLOEXEC, 0)
	if err != nil {
		return -1, &os.PathError{Op: "open", Path: dir, Err: err}
	}
	for end := time.Now().Add(lockPatience); ; time.Sleep(10 * time.Millisecond) {
		err = unix.Flock(fd, unix.LOCK_EX|unix.LOCK_NB)
		if err != unix.EWOULDBLOCK || time.Now().After(end) {
			break
		}
	}
	if err == unix.EWOULDBLOCK {
		err = errors.New(dir + " belongs to another zinit-server")
	}
	if err != nil {
		_ = unix.Close(fd)
		return -1, err
	}
	return fd, nil
}

// enable switches the controllers on in ROOT. Processes that live there, as zinit
// itself in a container, are moved first: with them in the way the kernel would take
// cpu and pids for controllers of threads, and make ROOT no parent of ordinary groups.
func enable(root string) {
	_, err := os.Stat(filepath.Join(root, "cgroup.type"))
	if machines := err != nil; !machines && len(members(root)) > 0 && !empty(root, initLeaf) {
		return
	}
	for _, controller := range wanted {
		_ = control(root, controller) // that it is not there is seen later
	}
}

// control switches one controller on for a group's children.
func control(group, controller string) error {
	return write(filepath.Join(group, "cgroup.subtree_control"), "+"+controller)
}

// empty moves the processes of a group to its leaf for them. What forks meanwhile
// is moved in the next round.
func empty(root, name string) bool {
	leaf := filepath.Join(root, name)
	if err := os.Mkdir(leaf, 0o755); err != nil && !errors.Is(err, os.ErrExist) {
		return false
	}
	const rounds = 10
	for range rounds {
		all := members(root)
		if len(all) == 0 {
			return true
		}
		for _, pid := range all {
			if pid != 0 { // one of a namespace that we do not see
				_ = Join(leaf, pid)
			}
		}
	}
	return false
}

// fastMoves says whether cgroup2 is mounted with favordynmods, as boot does it, Linux
// 6.0. Otherwise a move waits for all processors to have been idle or in user mode
// once: 14 ms of a machine at rest, in which a service may have escaped.
func fastMoves() bool {
	text, _ := os.ReadFile("/proc/self/mountinfo")
	for line := range strings.Lines(string(text)) {
		if _, options, ok := strings.Cut(line, " - cgroup2 "); ok && strings.Contains(options, "favordynmods") {
			return true
		}
	}
	return false
}

// ownOf finds the group that we live in: ROOT, its leaf, or the one above.
func ownOf(root string) string {
	for _, dir := range []string{root, filepath.Join(root, initLeaf), filepath.Dir(root)} {
		if slices.Contains(members(dir), os.Getpid()) {
			return dir
		}
	}
	return ""
}

// prewarm does the waiting of a slow move beforehand, by a move that changes nothing:
// for some milliseconds no move waits after it.
func (t *Tree) prewarm() {
	if t.own != "" {
		_ = Join(t.own, os.Getpid())
	}
}

// members are the live processes of one group, without those below it.
func members(group string) []int {
	text, _ := os.ReadFile(filepath.Join(group, "cgroup.procs"))
	var pids []int
	for word := range strings.FieldsSeq(string(text)) {
		if pid, err := strconv.Atoi(word); err == nil {
			pids = append(pids, pid)
		}
	}
	return pids
}

// write writes a value to a control file. It uses plain system calls only, as the
// spawner's thread has descriptors of its own.
func write(path, value string) error {
	fd, err := unix.Open(path, unix.O_WRONLY|unix.O_CLOEXEC, 0)
	if err != nil {
		return err
	}
	_, err = unix.Write(fd, []byte(value))
	_ = unix.Close(fd)
	return err
}
