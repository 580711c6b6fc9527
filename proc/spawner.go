package proc

import (
	"fmt"
	"os"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"syscall"

	"golang.org/x/sys/unix"
)

// spawn is the spawner: one goroutine on a thread of its own, with a descriptor
// table of its own, as a fork copies the whole table and the server's grows with
// the number of services. Nothing but plain system calls is done here.
func (k *Kernel) spawn() {
	// Never unlocked: the thread ends with the goroutine.
	runtime.LockOSThread()
	if err := isolate(); err != nil {
		k.Log.Warn("births are slow with many services", "err", err)
	}
	stdin, err := nothing(os.DevNull)
	if err != nil {
		k.Log.Error("services have no stdin", "err", err)
	}
	defer unix.Close(stdin)
	book, err := openBirths(k.Births, &k.unsaved)
	if err != nil {
		k.Log.Warn("a crash may start a short task twice", "err", err)
	}
	for {
		select {
		case b := <-k.ready:
			k.bear(b, stdin, book)
			b.program.release()
		case <-k.done:
			return
		}
	}
}

// bear forks, and tells what came of it. No exit is told before that: the core
// must know a pid before it hears of its end.
func (k *Kernel) bear(b *birth, stdin int, book *births) {
	k.forking.Lock()
	defer k.forking.Unlock()
	pid, err := fork(b, stdin, k.attributes(), book)
	if err != nil {
		b.done(0, 0, err)
		return
	}
	book.enter(b.name, b.gen, pid)
	b.done(pid, bornAt(pid, k.self), nil)
	k.born()
}

// fork gives birth to the process. Go's ForkExec resets handlers and the NOFILE
// limit that the runtime raised, and gives the child this thread's signal mask.
// When the exec fails it waits for the child itself, which the reaper puts up with.
func fork(b *birth, stdin int, attr *syscall.SysProcAttr, book *births) (pid int, err error) {
	stdout, err := unix.Open(b.stdout, unix.O_RDWR|unix.O_CLOEXEC, 0)
	if err != nil {
		return 0, fmt.Errorf("cannot open %s for stdout: %w", b.stdout, err)
	}
	defer unix.Close(stdout)
	stderr, err := unix.Open(b.stderr, unix.O_RDWR|unix.O_CLOEXEC, 0)
	if err != nil {
		return 0, fmt.Errorf("cannot open %s for stderr: %w", b.stderr, err)
	}
	defer unix.Close(stderr)
	// Set back at once: where the thread could not get a umask of its own it is
	// the whole process's.
	defer unix.Umask(unix.Umask(b.umask))
	book.begin(b.name, b.gen)
	pid, err = syscall.ForkExec(b.program.path, b.program.argv, &syscall.ProcAttr{
		Dir:   b.dir,
		Env:   b.env,
		Files: []uintptr{uintptr(stdin), uintptr(stdout), uintptr(stderr)},
		Sys:   attr,
	})
	if err != nil {
		return 0, fmt.Errorf("cannot run %s: %w", shown(b.program.path), explain(err))
	}
	return pid, nil
}

// bornAt is the start time of a child just born, or 0 where it has ended and was
// reaped in the meantime: its exit is already on the link.
func bornAt(pid, parent int) uint64 {
	s, err := statOf(pid)
	if err != nil || s.ppid != parent {
		return 0
	}
	return s.ticks
}

// nothing opens a stdin that is at its end: null, which is /dev/null, or, in an
// image that has none, a pipe without a writer.
func nothing(null string) (fd int, err error) {
	fd, err = unix.Open(null, unix.O_RDONLY|unix.O_CLOEXEC, 0)
	if err == nil {
		return fd, nil
	}
	var ends [2]int
	if err := unix.Pipe2(ends[:], unix.O_CLOEXEC); err != nil {
		return -1, fmt.Errorf("cannot open a pipe: %w", err)
	}
	return ends[0], unix.Close(ends[1])
}

// isolate gives the calling thread an empty signal mask, which children inherit,
// and a descriptor table and umask of its own. Of the table remain stdin, stdout,
// stderr and the runtime's poller, which the runtime may use on any thread, as
// when an allocation here begins a garbage collection.
func isolate() error {
	if err := unix.PthreadSigmask(unix.SIG_SETMASK, &unix.Sigset_t{}, nil); err != nil {
		return fmt.Errorf("cannot empty the signal mask: %w", err)
	}
	keep, err := pollerFiles()
	if err != nil {
		return fmt.Errorf("cannot find the runtime's files: %w", err)
	}
	// close_range may be allowed where unshare is not (Docker's seccomp profile).
	first := 3
	for _, fd := range keep {
		if err := closeRange(first, fd-1); err != nil {
			return err
		}
		first = fd + 1
	}
	if err := closeRange(first, 1<<31-1); err != nil {
		return err
	}
	// A shared umask is set back after each fork; that must do.
	_ = unix.Unshare(unix.CLONE_FS)
	return nil
}

func closeRange(first, last int) error {
	if first > last {
		return nil
	}
	if err := unix.CloseRange(uint(first), uint(last), unix.CLOSE_RANGE_UNSHARE); err != nil {
		return fmt.Errorf("cannot split the descriptor table: %w", err)
	}
	return nil
}

// pollerFiles are the descriptors above 2 that the runtime's poller may be using,
// in ascending order.
func pollerFiles() ([]int, error) {
	dir, err := os.ReadDir("/proc/self/fd")
	if err != nil {
		return nil, err
	}
	var fds []int
	for _, entry := range dir {
		fd, err := strconv.Atoi(entry.Name())
		if err != nil || fd < 3 {
			continue
		}
		to, _ := os.Readlink("/proc/self/fd/" + entry.Name())
		if strings.HasPrefix(to, "anon_inode:[eventpoll]") || strings.HasPrefix(to, "anon_inode:[eventfd]") {
			fds = append(fds, fd)
		}
	}
	slices.Sort(fds)
	return fds, nil
}
