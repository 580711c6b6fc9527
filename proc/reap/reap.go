package reap

import (
	"fmt"
	"os"
	"sync"
	"sync/atomic"
	"syscall"
	"time"
	"unsafe"

	"golang.org/x/sys/unix"

	"zinit/proc/link"
	"zinit/proc/procfs"
)

// Loop reaps all children of this process, and tells the link of each, but for
// orphans where it knows them.
type Loop struct {
	// Own, unless it is nil, is asked of each child that has ended and is to be told
	// of. What it says is its own is reaped and not told: zinit-pid1 keeps the
	// server's death to itself.
	Own func(pid int, status uint32) bool
	// Apart says that Run has the process's first thread for itself, so that nobody
	// forks there. It is to that thread that the kernel gives orphans, while a child
	// is of the thread that forked it, and its CLONE_PARENT siblings too: whatever is
	// the first thread's child is an orphan.
	Apart bool

	send    link.Sender
	orphans chan struct{} // one token: some were reaped since the last hint
	born    chan struct{} // one token: there may be children again
	stopped atomic.Bool
	done    chan struct{}
}

// New makes a loop that sends on the link. Run is to be called once.
func New(send link.Sender) *Loop {
	return &Loop{send: send, orphans: make(chan struct{}, 1), born: make(chan struct{}, 1), done: make(chan struct{})}
}

// Born tells the loop, which sleeps while there are no children, of a new one.
// It never blocks.
func (l *Loop) Born() {
	select {
	case l.born <- struct{}{}:
	default:
	}
}

// Run reaps until Stop. An error means that the link is broken.
func (l *Loop) Run() error {
	defer close(l.done)
	// Elsewhere it could be services that are this thread's children.
	l.Apart = l.Apart && unix.Gettid() == os.Getpid()
	var hints sync.WaitGroup
	hints.Go(l.hint)
	defer hints.Wait()
	defer close(l.orphans)
	for !l.stopped.Load() {
		pid, status, err := peek()
		switch {
		case err == unix.ECHILD:
			<-l.born
		case err != nil:
			return fmt.Errorf("cannot wait for processes: %w", err)
		case l.stopped.Load():
			return nil
		case l.Apart && reap(pid, unix.WNOTHREAD):
			for reap(everybody, unix.WNOTHREAD) {
			}
			l.orphan()
		default:
			if err := l.tell(pid, status); err != nil {
				return fmt.Errorf("cannot tell of the exit of %d: %w", pid, err)
			}
			reap(pid, 0)
		}
	}
	return nil
}

func (l *Loop) tell(pid int, status uint32) error {
	if l.Own != nil && l.Own(pid, status) {
		return nil
	}
	e := link.Exit{Pid: pid, Status: status, At: sinceBoot(), Led: led(pid)}
	if e.Led {
		s, _ := procfs.Identify(pid) // its start time, which a zombie still has
		e.Ticks = s.Ticks
	}
	return l.send.Send(e.Message())
}

// Stop ends Run and waits for its end; the children stay as they are. It may be
// called once, after Run was begun.
func (l *Loop) Stop() {
	l.stopped.Store(true)
	_ = l.send.Stop()
	for {
		l.Born()
		// Only the end of a child interrupts waitid: Go's signal handlers restart
		// it. A child that cannot exec ends at once.
		_, _ = syscall.ForkExec("/", []string{"/"}, nil)
		select {
		case <-l.done:
			return
		case <-time.After(time.Millisecond):
		}
	}
}

// peek waits for a child's end and leaves the zombie as it is.
func peek() (pid int, status uint32, err error) {
	var s siginfo
	for {
		err = unix.Waitid(unix.P_ALL, 0, (*unix.Siginfo)(unsafe.Pointer(&s)), unix.WEXITED|unix.WNOWAIT, nil)
		if err != unix.EINTR {
			return int(s.pid), s.wait(), err
		}
	}
}

// led says whether a zombie was the leader of a session, setsid(2).
func led(pid int) bool {
	session, err := unix.Getsid(pid)
	return err == nil && session == pid
}

// everybody is any child, wait4(2).
const everybody = -1

// reap reaps a zombie and says whether it did. It does not wait, so the runtime need
// not be told of the call. There may be none: a fork that failed to exec was reaped
// by who forked.
func reap(pid, options int) bool {
	got, _, errno := unix.RawSyscall6(unix.SYS_WAIT4, uintptr(pid), 0, uintptr(options|unix.WNOHANG), 0, 0, 0)
	return errno == 0 && got != 0
}

// siginfo is siginfo_t as waitid(2) fills it in for SIGCHLD. The field without
// size aligns what follows like the union of pointers that it is.
type siginfo struct {
	signo, errno, code int32
	_                  [0]uintptr
	pid                int32
	uid                uint32
	status             int32
	_                  [128 - 32]byte
}

// wait gives the status as wait4(2) would.
func (s *siginfo) wait() uint32 {
	const exited, dumped = 1, 3 // CLD_EXITED, CLD_DUMPED
	switch s.code {
	case exited:
		return uint32(s.status&0xff) << 8
	case dumped:
		return uint32(s.status&0x7f) | 0x80
	default:
		return uint32(s.status & 0x7f)
	}
}
