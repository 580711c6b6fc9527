package proc

import (
	"os"
	"runtime"
	"testing"

	"golang.org/x/sys/unix"

	"zinit/proc/procfs"
	"zinit/supervisor"
)

// Children get no blocked signals, whatever the thread was born with.
func TestIsolateEmptiesTheMask(t *testing.T) {
	masks := make(chan unix.Sigset_t)
	go func() {
		runtime.LockOSThread() // for good: the thread ends with its strange table
		blocked := unix.Sigset_t{}
		blocked.Val[0] = 1 << (unix.SIGUSR2 - 1)
		var mask unix.Sigset_t
		if err := unix.PthreadSigmask(unix.SIG_BLOCK, &blocked, nil); err != nil {
			t.Error(err)
		}
		if err := isolate(); err != nil {
			t.Error(err)
		}
		if err := unix.PthreadSigmask(unix.SIG_BLOCK, nil, &mask); err != nil {
			t.Error(err)
		}
		masks <- mask
	}()
	if mask := <-masks; mask != (unix.Sigset_t{}) {
		t.Errorf("blocked are %x", mask.Val)
	}
}

// Where the kernel tells no status, that a process was reaped is enough.
func TestWatchTellsOfTheReaped(t *testing.T) {
	told := make(chan supervisor.Status, 1)
	w, err := newWatch(
		func(_ int, _ uint64, status supervisor.Status) { told <- status },
		func(int) bool { return false },
	)
	if err != nil {
		t.Fatal(err)
	}
	defer w.close()
	s, err := procfs.Identify(os.Getpid())
	if err != nil || !w.add(s.Pid, s.Ticks) {
		t.Fatal("it cannot be watched", err)
	}
	for fd := range w.watched { // of one that lives the kernel tells no status
		w.ended(fd, true)
	}
	select {
	case status := <-told:
		if !status.Unknown {
			t.Errorf("got %+v", status)
		}
	default:
		t.Error("it was not told at once")
	}
}
