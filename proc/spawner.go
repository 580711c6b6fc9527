package proc

import (
	"fmt"
	"os"
	"runtime"
	"slices"
	"strconv"
	"strings"

	"golang.org/x/sys/unix"

	"zinit/proc/procfs"
)

// onThread runs f on a thread of its own, which ends with it. It is not the first one:
// /proc/self/fd shows that one's descriptors, and others look there for the process's.
func onThread(f func()) {
	runtime.LockOSThread()
	if unix.Gettid() != os.Getpid() {
		f()
		return // never unlocked: the thread ends with the goroutine
	}
	done := make(chan struct{})
	go func() {
		defer close(done)
		runtime.LockOSThread() // it can't be the first thread, which is locked
		f()
	}()
	<-done
	runtime.UnlockOSThread()
}

// spawn is the spawner: one goroutine on a thread of its own, with a descriptor
// table of its own, as a fork copies the whole table and the server's grows with
// the number of services. Nothing but plain system calls is done here.
func (k *Kernel) spawn() {
	isolated := isolate(k.launches.send)
	if isolated != nil {
		k.Log.Warn("births are slow with many services", "err", isolated)
	}
	k.launches.split <- isolated == nil
	close(k.apart)
	defer unix.Close(k.launches.send)
	stdin, err := openStdin(os.DevNull)
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
			select {
			case k.spent <- b.program:
			case <-k.done:
			}
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
	pid, report, err := fork(b, stdin, k.attributes(), book)
	if err != nil {
		b.done(0, 0, err)
		return
	}
	book.enter(b.name, b.gen, pid)
	k.enter(b, pid)
	if b.orders != nil {
		k.launches.begin(pid, b.launched)
	}
	b.done(pid, bornAt(pid, k.self), nil)
	k.born()
	if b.orders != nil {
		k.passLaunch(pid, report)
	}
}

// bornAt is the start time of a child just born, or 0 where it has ended and was
// reaped in the meantime: its exit is already on the link.
func bornAt(pid, parent int) uint64 {
	s, err := procfs.Identify(pid)
	if err != nil || s.Ppid != parent {
		return 0
	}
	return s.Ticks
}

// openStdin opens a stdin that is at its end: null, which is /dev/null, or, in an
// image that has none, a pipe without a writer.
func openStdin(null string) (fd int, err error) {
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
// stderr, what is to be kept, and the runtime's poller, which the runtime may use on
// any thread, as when an allocation here begins a garbage collection.
func isolate(kept ...int) error {
	if err := emptyMask(); err != nil {
		return err
	}
	keep, err := pollerFiles()
	if err != nil {
		return fmt.Errorf("cannot find the runtime's files: %w", err)
	}
	keep = append(keep, kept...)
	slices.Sort(keep)
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

// pollerFiles are the descriptors above 2 that the runtime's poller may be using.
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
	return fds, nil
}
