package reap

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"zinit/proc/link"
)

// part is the variable that makes the test binary a reaper with its first thread.
const part = "REAP_TEST_PART"

func TestMain(m *testing.M) {
	if os.Getenv(part) == "" {
		os.Exit(m.Run())
	}
	runtime.LockOSThread()
	if err := apart(); err != nil {
		fmt.Println(err)
		os.Exit(1)
	}
}

// Messages are for the children that were forked here; orphans get a hint together,
// also such as lead a session.
func TestApart(t *testing.T) {
	cmd := exec.Command("/proc/self/exe")
	cmd.Env = append(os.Environ(), part+"=apart")
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Errorf("%v\n%s", err, out)
	}
}

// apart reaps in the process's first thread what the others fork, and looks.
func apart() error {
	if unix.Gettid() != os.Getpid() {
		return fmt.Errorf("this is not the first thread")
	}
	if err := unix.Prctl(unix.PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0); err != nil {
		return err
	}
	send, receive, err := link.Pair()
	if err != nil {
		return err
	}
	r, err := link.NewReceiver(receive)
	if err != nil {
		return err
	}
	l := New(link.Sender(send))
	l.Apart = true
	failed := make(chan error, 1)
	go func() {
		failed <- familiar(l, r)
		l.Stop()
	}()
	_ = l.Run() // the link is stopped: an error
	return <-failed
}

// familiar makes children and orphans and reads what is told of them.
func familiar(l *Loop, r *link.Receiver) error {
	const rounds = 5
	mine := map[int]bool{}
	for range rounds {
		for _, line := range []string{
			"exit 4",
			"for i in 1 2 3 4 5 6 7 8 9 10; do (sleep 0.01 &); done; exit 4",
			"(setsid sleep 0.01 &); exit 4",
		} {
			pid, err := syscall.ForkExec("/bin/sh", []string{"sh", "-c", line}, &syscall.ProcAttr{
				Env: []string{"PATH=/bin:/usr/bin"}, Sys: &syscall.SysProcAttr{Setsid: true},
			})
			if err != nil {
				return err
			}
			mine[pid] = true
		}
		l.Born()
	}
	hints := 0
	for len(mine) > 0 || hints == 0 {
		m, err := r.Peek()
		if err != nil {
			return err
		}
		if e, ok := m.Exit(); ok {
			if !mine[e.Pid] || unix.WaitStatus(e.Status).ExitStatus() != 4 || !e.Led || e.Ticks == 0 || e.At == 0 {
				return fmt.Errorf("told was %v", m)
			}
			delete(mine, e.Pid)
		} else if hints++; !m.Orphans() {
			return fmt.Errorf("message is %v", m)
		}
		if err := r.Consume(); err != nil {
			return err
		}
	}
	for deadline := time.Now().Add(10 * time.Second); children() != ""; <-time.After(time.Millisecond) {
		if time.Now().After(deadline) {
			return fmt.Errorf("not reaped: %s", children())
		}
	}
	return nil
}

// children are the numbers of ours.
func children() string {
	var all strings.Builder
	tasks, _ := filepath.Glob("/proc/self/task/*/children")
	for _, task := range tasks {
		text, _ := os.ReadFile(task)
		all.Write(text)
	}
	return all.String()
}

// Of an orphan's end the server hears soon, but not again before it has listened.
func TestOneHintAtATime(t *testing.T) {
	send, r := pair(t)
	l := New(link.Sender(send))
	go l.hint()
	defer close(l.orphans)
	for range 3 {
		for range 1000 {
			l.orphan()
		}
		if m, err := r.Peek(); err != nil || !m.Orphans() {
			t.Fatalf("got %v, %v", m, err)
		}
		if m, ok := r.PeekNext(); ok {
			t.Fatalf("there is %v too", m)
		}
		if err := r.Consume(); err != nil {
			t.Fatal(err)
		}
	}
}
