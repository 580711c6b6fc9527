package proc

import (
	"encoding/hex"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"golang.org/x/sys/unix"

	"zinit/proc/procfs"
)

// The files of a run directory that belong to the directory itself.
const (
	lockFile = "lock"
	lifeFile = "life"
)

// RunDir is the directory that holds all that must outlive the server. One
// server at a time has it.
type RunDir struct {
	path string
	root *os.Root
	lock *os.File // flock(2), with the holder's pid in it
	life string
}

// Writable says whether files can be made in a directory, or the directory itself,
// access(2): an image from nothing has no /run.
func Writable(dir string) bool {
	err := unix.Access(dir, unix.W_OK|unix.X_OK)
	if err == unix.ENOENT {
		err = unix.Access(filepath.Dir(dir), unix.W_OK|unix.X_OK)
	}
	return err == nil
}

// OpenRunDir makes the directory (mode 0700, with its parents) and locks it. What
// it holds from another boot or container is thrown away. The error says who
// holds it, where somebody does.
func OpenRunDir(path string) (*RunDir, error) {
	world, err := World()
	if err != nil {
		return nil, err
	}
	if err := makeDir(path); err != nil {
		return nil, err
	}
	lock, err := lockDir(path)
	if err != nil {
		return nil, err
	}
	root, err := os.OpenRoot(path)
	if err != nil {
		lock.Close()
		return nil, fmt.Errorf("cannot open run directory %s: %w", path, err)
	}
	r := &RunDir{path: path, root: root, lock: lock}
	if err := r.begin(world); err != nil {
		r.Close()
		return nil, err
	}
	return r, nil
}

// Path is the directory's path, as it was given.
func (r *RunDir) Path() string { return r.path }

// Root is the directory, for those who keep files in it.
func (r *RunDir) Root() *os.Root { return r.root }

// Life names the time from the directory's first use to its Clear, in this world.
// No two directories have the same: it marks the processes that belong to this one.
func (r *RunDir) Life() string { return r.life }

// Clear removes all but the lock, after an ordered shutdown. The life is over:
// who opens the directory next begins another.
func (r *RunDir) Clear() error {
	dir, err := r.root.Open(".")
	if err != nil {
		return fmt.Errorf("cannot clear run directory %s: %w", r.path, err)
	}
	names, err := dir.Readdirnames(-1)
	dir.Close()
	for _, name := range names {
		if name != lockFile {
			err = errors.Join(err, r.root.RemoveAll(name))
		}
	}
	if err != nil {
		return fmt.Errorf("cannot clear run directory %s: %w", r.path, err)
	}
	return nil
}

// Close unlocks the directory; its contents stay.
func (r *RunDir) Close() error { return errors.Join(r.root.Close(), r.lock.Close()) }

// begin goes on with the life on file if it is of this world, else begins one.
func (r *RunDir) begin(world string) error {
	life, err := r.root.ReadFile(lifeFile)
	if err == nil && strings.HasPrefix(string(life), world+"-") {
		r.life = string(life)
		return nil
	}
	if err := r.Clear(); err != nil {
		return err
	}
	chance := make([]byte, 8)
	if _, err := unix.Getrandom(chance, 0); err != nil {
		return fmt.Errorf("cannot name a life: %w", err)
	}
	r.life = world + "-" + hex.EncodeToString(chance)
	if err := r.root.WriteFile(lifeFile, []byte(r.life), 0o600); err != nil {
		return fmt.Errorf("cannot write to run directory %s: %w", r.path, err)
	}
	return nil
}

// World names this boot of this PID namespace: processes of another world cannot
// exist any more. The start of pid 1 tells a container's life from its next one,
// which may get the same namespace number.
func World() (string, error) {
	boot, err := procfs.BootID()
	if err != nil {
		return "", fmt.Errorf("cannot read the boot id: %w (is /proc mounted?)", err)
	}
	var ns unix.Stat_t
	if err := unix.Stat("/proc/self/ns/pid", &ns); err != nil {
		return "", fmt.Errorf("cannot tell the pid namespace: %w", err)
	}
	first, _ := procfs.Identify(1) // zero where hidepid hides it, and then always
	return fmt.Sprintf("%s-%d-%d", boot, ns.Ino, first.Ticks), nil
}

// makeDir makes the directory, or sees that the one there is ours alone.
func makeDir(path string) error {
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return fmt.Errorf("cannot make run directory %s: %w", path, err)
	}
	if err := os.Mkdir(path, 0o700); err != nil && !errors.Is(err, os.ErrExist) {
		return fmt.Errorf("cannot make run directory %s: %w", path, err)
	}
	var st unix.Stat_t
	if err := unix.Lstat(path, &st); err != nil {
		return fmt.Errorf("cannot use run directory %s: %w", path, err)
	}
	if st.Mode&unix.S_IFMT != unix.S_IFDIR {
		return fmt.Errorf("cannot use run directory %s: it is no directory", path)
	}
	if int(st.Uid) != os.Geteuid() {
		return fmt.Errorf("cannot use run directory %s: it belongs to uid %d", path, st.Uid)
	}
	if err := os.Chmod(path, 0o700); err != nil {
		return fmt.Errorf("cannot use run directory %s: %w", path, err)
	}
	return nil
}

// lockPatience is how long a server may need, after a SIGKILL, until the kernel has
// taken apart what it had: with thousands of files that is a while.
const lockPatience = time.Second

// flock takes the lock, waiting for one whose holder is being taken apart.
func flock(lock *os.File) error {
	for end := Now().Add(lockPatience); ; time.Sleep(10 * time.Millisecond) {
		err := unix.Flock(int(lock.Fd()), unix.LOCK_EX|unix.LOCK_NB)
		if err != unix.EWOULDBLOCK || Now() >= end {
			return err
		}
	}
}

func lockDir(path string) (*os.File, error) {
	name := filepath.Join(path, lockFile)
	lock, err := os.OpenFile(name, os.O_RDWR|os.O_CREATE|unix.O_NOFOLLOW, 0o600)
	if err != nil {
		return nil, fmt.Errorf("cannot lock run directory %s: %w", path, err)
	}
	err = flock(lock)
	if err == unix.EWOULDBLOCK {
		err = fmt.Errorf("the server with pid %s has it", holder(lock))
	}
	if err == nil {
		err = errors.Join(lock.Truncate(0), writeAt(lock, strconv.Itoa(os.Getpid())+"\n"))
	}
	if err != nil {
		lock.Close()
		return nil, fmt.Errorf("cannot lock run directory %s: %w", path, err)
	}
	return lock, nil
}

func writeAt(f *os.File, text string) error {
	_, err := f.WriteAt([]byte(text), 0)
	return err
}

// holder is the pid in a lock file, or "unknown".
func holder(lock *os.File) string {
	buf := make([]byte, 16)
	n, _ := lock.ReadAt(buf, 0)
	pid := strings.TrimSpace(string(buf[:n]))
	if _, err := strconv.Atoi(pid); err != nil {
		return "unknown"
	}
	return pid
}
