package reap

import (
	"maps"
	"slices"
	"sync"
	"testing"

	"golang.org/x/sys/unix"

	"zinit/proc/link"
)

// What is the waiter's own is reaped like any other, and nobody is told.
func TestOwn(t *testing.T) {
	send, receive, err := link.Pair()
	if err != nil {
		t.Fatal(err)
	}
	r, err := link.NewReceiver(receive)
	if err != nil {
		t.Fatal(err)
	}
	var mu sync.Mutex // held until it is known which are our own
	mu.Lock()
	own := map[int]bool{}
	taken := make(chan int, 10)
	l := New(link.Sender(send))
	l.Own = func(pid int, status uint32) bool {
		mu.Lock()
		defer mu.Unlock()
		if own[pid] && unix.WaitStatus(status).ExitStatus() == 3 {
			taken <- pid
		}
		return own[pid]
	}
	ended := make(chan error, 1)
	go func() { ended <- l.Run() }()
	t.Cleanup(func() { l.Stop(); <-ended; r.Close(); unix.Close(send) })

	var others []int
	for i := range 10 {
		if i%2 == 0 {
			own[spawn(t, "exit 3")] = true
		} else {
			others = append(others, spawn(t, "exit 4"))
		}
	}
	mu.Unlock()
	l.Born()
	var told []int
	for range others {
		pid, status := exit(t, r)
		if status.ExitStatus() != 4 {
			t.Errorf("pid %d ended with %v", pid, status)
		}
		told = append(told, pid)
	}
	slices.Sort(told)
	slices.Sort(others)
	if !slices.Equal(told, others) {
		t.Errorf("told of %v, want %v", told, others)
	}
	left := maps.Clone(own)
	for range len(own) {
		delete(left, <-taken)
	}
	if len(left) > 0 {
		t.Errorf("not taken: %v", left)
	}
}
