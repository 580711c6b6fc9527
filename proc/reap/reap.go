package reap

import (
	"fmt"
	"sync/atomic"
	"syscall"
	"time"
	"unsafe"

	"golang.org/x/sys/unix"

	"zinit/proc/link"
)

// Loop reaps all children of this process, and tells the link of each.
type Loop struct {
	// Own, unless it is nil, is asked of each child that has ended. What it says is
	// its own is reaped and not told: zinit-pid1 keeps the server's death to itself.
	Own func(pid int, status uint32) bool

	send    link.Sender
	born    chan struct{} // one token: there may be children again
	stopped atomic.Bool
	done    chan struct{}
}

// New makes a loop that sends on the link. Run is to be called once.
func New(send link.Sender) *Loop {
	return &Loop{send: send, born: make(chan struct{}, 1), done: make(chan struct{})}
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
	for !l.stopped.Load() {
		pid, status, err := peek()
		switch {
		case err == unix.ECHILD:
			<-l.born
		case err != nil:
			return fmt.Errorf("cannot wait for processes: %w", err)
		case l.stopped.Load():
			return nil
		default:
			if err := l.tell(pid, status); err != nil {
				return fmt.Errorf("cannot tell of the exit of %d: %w", pid, err)
			}
			reap(pid)
		}
	}
	return nil
}

func (l *Loop) tell(pid int, status uint32) error {
	if l.Own != nil && l.Own(pid, status) {
		return nil
	}
	return l.send.Send(link.Exit(pid, status, led(pid)))
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

func reap(pid int) {
	for {
		// ECHILD: it was a fork that failed to exec, reaped by who forked.
		if _, err := unix.Wait4(pid, nil, 0, nil); err != unix.EINTR {
			return
		}
	}
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
