package reap

import (
	"fmt"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"zinit/proc/link"
)

// spawn starts a shell line; it is nobody's but the loop's to wait for it.
func spawn(t *testing.T, line string) int {
	t.Helper()
	pid, err := syscall.ForkExec("/bin/sh", []string{"sh", "-c", line}, &syscall.ProcAttr{Env: []string{"PATH=/bin:/usr/bin"}})
	if err != nil {
		t.Fatal(err)
	}
	return pid
}

func run(t *testing.T) (*Loop, *link.Receiver) {
	t.Helper()
	send, receive, err := link.Pair()
	if err != nil {
		t.Fatal(err)
	}
	r, err := link.NewReceiver(receive)
	if err != nil {
		t.Fatal(err)
	}
	l := New(link.Sender(send))
	ended := make(chan error, 1)
	go func() { ended <- l.Run() }()
	t.Cleanup(func() {
		l.Stop()
		if err := <-ended; err != nil && l.stopped.Load() == false {
			t.Error(err)
		}
		r.Close()
		unix.Close(send)
	})
	return l, r
}

// exit reads the next exit, other than those of the loop's own stopping.
func exit(t *testing.T, r *link.Receiver) (pid int, status unix.WaitStatus) {
	t.Helper()
	m, err := r.Peek()
	if err != nil {
		t.Fatal(err)
	}
	e, ok := m.Exit()
	if !ok {
		t.Fatalf("message is %v", m)
	}
	if err := r.Consume(); err != nil {
		t.Fatal(err)
	}
	return e.Pid, unix.WaitStatus(e.Status)
}

func vanished(t *testing.T, pid int) {
	t.Helper()
	for deadline := time.Now().Add(10 * time.Second); unix.Kill(pid, 0) != unix.ESRCH; <-time.After(time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("process %d was not reaped", pid)
		}
	}
}

func TestStatuses(t *testing.T) {
	l, r := run(t)
	for name, c := range map[string]struct {
		line   string
		code   int
		signal syscall.Signal
	}{
		"success": {"exit 0", 0, -1},
		"code":    {"exit 200", 200, -1},
		"signal":  {"kill -USR1 $$", -1, unix.SIGUSR1},
		"core":    {"ulimit -c 0; kill -SEGV $$", -1, unix.SIGSEGV},
	} {
		t.Run(name, func(t *testing.T) {
			// Each time there was no child before: the loop sleeps.
			want := spawn(t, c.line)
			l.Born()
			pid, status := exit(t, r)
			if pid != want || status.ExitStatus() != c.code || status.Signal() != c.signal {
				t.Errorf("got %d %#x, want %d", pid, uint32(status), want)
			}
			vanished(t, pid)
		})
	}
}

func TestWaitStatus(t *testing.T) {
	for name, c := range map[string]struct {
		code, status int32
		want         uint32
	}{
		"exited": {1, 3, 3 << 8},
		"killed": {2, 9, 9},
		"dumped": {3, 11, 11 | 0x80},
	} {
		t.Run(name, func(t *testing.T) {
			s := siginfo{code: c.code, status: c.status}
			if got := s.wait(); got != c.want {
				t.Errorf("got %#x, want %#x", got, c.want)
			}
		})
	}
}

// pair is a link for a test: the end that sends, and who hears at the other.
func pair(t *testing.T) (send int, r *link.Receiver) {
	t.Helper()
	send, receive, err := link.Pair()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { unix.Close(send) })
	r, err = link.NewReceiver(receive)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { r.Close() })
	return send, r
}

// While the queue is full the dead stay zombies; then all are told of.
func TestFullLink(t *testing.T) {
	send, r := pair(t)
	// The smallest buffer there is.
	if err := unix.SetsockoptInt(send, unix.SOL_SOCKET, unix.SO_SNDBUF, 1); err != nil {
		t.Fatal(err)
	}
	l := New(link.Sender(send))
	go l.Run()
	defer l.Stop()
	pids := map[int]bool{}
	for i := range 50 {
		pids[spawn(t, fmt.Sprint("exit ", i))] = true
	}
	l.Born()
	zombies := 0
	for pid := range pids {
		if unix.Kill(pid, 0) == nil {
			zombies++
		}
	}
	if zombies == 0 {
		t.Error("all were reaped though nobody read")
	}
	for range 50 {
		pid, _ := exit(t, r)
		if !pids[pid] {
			t.Fatalf("exit of %d", pid)
		}
		delete(pids, pid)
	}
}
