package link

import (
	"errors"
	"os"
	"slices"
	"strings"
	"testing"

	"golang.org/x/sys/unix"
)

func open(t *testing.T) (Sender, *Receiver) {
	t.Helper()
	send, receive, err := Pair()
	if err != nil {
		t.Fatal(err)
	}
	r, err := NewReceiver(receive)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { r.Close(); unix.Close(send) })
	return Sender(send), r
}

func TestPeekAndConsume(t *testing.T) {
	s, r := open(t)
	for pid := range 3 {
		if err := s.Send(Exit(pid+1, 256, pid == 1)); err != nil {
			t.Fatal(err)
		}
	}
	for pid := range 3 {
		for range 2 {
			m, err := r.Peek()
			got, status, led, ok := m.Exit()
			if err != nil || !ok || got != pid+1 || status != 256 || led != (pid == 1) {
				t.Fatalf("got %v, %v", m, err)
			}
		}
		if err := r.Consume(); err != nil {
			t.Fatal(err)
		}
	}
}

// A full queue holds the sender up and loses nothing.
func TestFullQueue(t *testing.T) {
	s, r := open(t)
	const count = 50_000
	sent := make(chan error, 1)
	go func() {
		for pid := range count {
			if err := s.Send(Exit(pid+1, 0, false)); err != nil {
				sent <- err
				return
			}
		}
		sent <- nil
	}()
	for pid := range count {
		m, err := r.Peek()
		if got, _, _, _ := m.Exit(); err != nil || got != pid+1 {
			t.Fatalf("got %v (%v), want pid %d", m, err, pid+1)
		}
		if err := r.Consume(); err != nil {
			t.Fatal(err)
		}
	}
	if err := <-sent; err != nil {
		t.Fatal(err)
	}
}

func TestStopEndsSend(t *testing.T) {
	s, _ := open(t)
	ended := make(chan error, 1)
	go func() {
		for {
			if err := s.Send(Message{"hold", "web"}); err != nil {
				ended <- err
				return
			}
		}
	}()
	if err := s.Stop(); err != nil {
		t.Fatal(err)
	}
	if err := <-ended; err != unix.EPIPE {
		t.Errorf("got %v", err)
	}
}

func TestCloseEndsPeek(t *testing.T) {
	_, r := open(t)
	ended := make(chan error, 1)
	go func() { _, err := r.Peek(); ended <- err }()
	if err := r.Close(); err != nil {
		t.Fatal(err)
	}
	if err := <-ended; !errors.Is(err, os.ErrClosed) {
		t.Errorf("got %v", err)
	}
}

func TestMessages(t *testing.T) {
	for name, c := range map[string]struct {
		line string
		want Message // nil: refused
	}{
		"words":    {"exit 4242 256", Message{"exit", "4242", "256"}},
		"one":      {"stop", Message{"stop"}},
		"empty":    {"", nil},
		"spaces":   {"exit  1 2", nil},
		"trailing": {"exit ", nil},
		"newline":  {"exit\n", nil},
		"zero":     {"exit\x00", nil},
		"longest":  {strings.Repeat("x", Max), Message{strings.Repeat("x", Max)}},
		"too long": {strings.Repeat("x", Max+1), nil},
	} {
		t.Run(name, func(t *testing.T) {
			got, err := Parse([]byte(c.line))
			if !slices.Equal(got, c.want) || (err == nil) != (c.want != nil) {
				t.Errorf("got %v, %v", got, err)
			}
		})
	}
}

func TestBadMessagesAreNotSent(t *testing.T) {
	s, _ := open(t)
	for _, m := range []Message{nil, {}, {""}, {"a b"}, {"a", ""}, {"a\n"}} {
		if s.Send(m) == nil {
			t.Errorf("%q was sent", m)
		}
	}
	for _, m := range []Message{nil, {"exit"}, {"exit", "1"}, {"exit", "0", "0"}, {"exit", "-1", "0"}, {"exit", "1", "x"}, {"stop", "1", "2"}} {
		if _, _, _, ok := m.Exit(); ok {
			t.Errorf("%q is an exit", m)
		}
	}
}

// FuzzWord: what parses is formatted as it was.
func FuzzWord(f *testing.F) {
	for _, seed := range []string{"exit 4242 256", "", " ", "stop poweroff", "a  b", "\xff"} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, line []byte) {
		m, err := Parse(line)
		if err != nil {
			return
		}
		back, err := m.Format()
		if err != nil || string(back) != string(line) {
			t.Errorf("%q came back as %q, %v", line, back, err)
		}
	})
}
