package reap

import (
	"testing"
	"time"
	"unsafe"

	"golang.org/x/sys/unix"

	"zinit/proc/link"
)

// waitable says whether a child is a zombie that can still be waited for.
func waitable(t *testing.T, pid int) bool {
	t.Helper()
	var s siginfo
	err := unix.Waitid(unix.P_PID, pid, (*unix.Siginfo)(unsafe.Pointer(&s)), unix.WEXITED|unix.WNOWAIT|unix.WNOHANG, nil)
	return err == nil && int(s.pid) == pid
}

// What the full link does not take stays a zombie, with its status: a server that
// reaps itself may be killed at this point.
func TestTheUntoldIsNotReaped(t *testing.T) {
	send, r := pair(t)
	fillers := fill(t, send)
	l := New(link.Sender(send))
	seen := make(chan int, 1)
	l.Own = func(pid int, _ uint32) bool {
		select {
		case seen <- pid:
		default: // one of those that stop the loop
		}
		return false
	}
	go l.Run()
	defer l.Stop()
	want := spawn(t, "exit 7")
	l.Born()
	if pid := <-seen; pid != want || !waitable(t, want) {
		t.Fatalf("%d was seen, and %d is waited for already", pid, want)
	}
	for range fillers {
		if err := r.Consume(); err != nil {
			t.Fatal(err)
		}
	}
	if pid, status := exit(t, r); pid != want || status.ExitStatus() != 7 {
		t.Errorf("told was the exit of %d with %#x", pid, uint32(status))
	}
	vanished(t, want)
}

// fill fills the queue of a link and says with how many messages.
func fill(t *testing.T, send int) (messages int) {
	t.Helper()
	for {
		err := unix.Sendto(send, []byte("filler"), unix.MSG_DONTWAIT|unix.MSG_NOSIGNAL, nil)
		if err == unix.EAGAIN {
			return messages
		}
		if err != nil {
			t.Fatal(err)
		}
		messages++
	}
}

// Without children the loop sleeps until it is told of one: it takes the token.
func TestNoChildren(t *testing.T) {
	l, _ := run(t)
	late := time.After(10 * time.Second)
	for range 3 {
		l.Born()
		for len(l.born) > 0 {
			select {
			case <-late:
				t.Fatal("the loop does not sleep")
			case <-time.After(time.Millisecond):
			}
		}
	}
}
