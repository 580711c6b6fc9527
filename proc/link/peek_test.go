package link

import (
	"testing"

	"golang.org/x/sys/unix"
)

// PeekNext walks along the queue and takes nothing off it; Peek begins anew.
func TestPeekNext(t *testing.T) {
	s, r := open(t)
	if !r.many {
		t.Skip("this kernel peeks at one message at a time")
	}
	for pid := range 3 {
		if err := s.Send(Exit{Pid: pid + 1, Status: 256, Led: pid == 1}.Message()); err != nil {
			t.Fatal(err)
		}
	}
	for _, left := range [][]int{{1, 2, 3}, {1, 2, 3}, {2, 3}, {3}} {
		if left[0] > 1 {
			if err := r.Consume(); err != nil {
				t.Fatal(err)
			}
		}
		m, err := r.Peek()
		for i, want := range left {
			if got, _ := m.Exit(); err != nil || got.Pid != want {
				t.Fatalf("message %d of %v is %v, %v", i, left, m, err)
			}
			next, ok := r.PeekNext()
			if ok != (i < len(left)-1) {
				t.Fatalf("after %d of %v: %v", i, left, next)
			}
			m = next
		}
	}
}

// A successor on the same socket begins at the oldest message, wherever the one
// before it had come.
func TestPeekAfterACrash(t *testing.T) {
	s, r := open(t)
	for pid := range 3 {
		if err := s.Send(Exit{Pid: pid + 1, Status: 256, Led: pid == 1}.Message()); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := r.Peek(); err != nil {
		t.Fatal(err)
	}
	r.PeekNext()
	fd, err := unix.Dup(int(r.file.Fd()))
	if err != nil {
		t.Fatal(err)
	}
	successor, err := NewReceiver(fd)
	if err != nil {
		t.Fatal(err)
	}
	defer successor.Close()
	for want := 1; want <= 3; want++ {
		m, err := successor.Peek()
		if got, _ := m.Exit(); err != nil || got.Pid != want {
			t.Fatalf("got %v, %v, want pid %d", m, err, want)
		}
		if err := successor.Consume(); err != nil {
			t.Fatal(err)
		}
	}
}
