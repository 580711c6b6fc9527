package link

import (
	"errors"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

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
		if err := s.Send(Exit{Pid: pid + 1, Status: 256, Led: pid == 1}.Message()); err != nil {
			t.Fatal(err)
		}
	}
	for pid := range 3 {
		for range 2 {
			m, err := r.Peek()
			got, ok := m.Exit()
			if err != nil || !ok || got != (Exit{Pid: pid + 1, Status: 256, Led: pid == 1}) {
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
			if err := s.Send(Exit{Pid: pid + 1}.Message()); err != nil {
				sent <- err
				return
			}
		}
		sent <- nil
	}()
	for pid := range count {
		m, err := r.Peek()
		if got, _ := m.Exit(); err != nil || got.Pid != pid+1 {
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
		if _, ok := m.Exit(); ok {
			t.Errorf("%q is an exit", m)
		}
	}
}

// What a waiter says of an end is understood, and so is one of before an upgrade.
func TestExitMessages(t *testing.T) {
	for line, want := range map[string]Exit{
		"exit 4242 256":                  {Pid: 4242, Status: 256},
		"exit 4242 256 leader":           {Pid: 4242, Status: 256, Led: true},
		"exit 4242 256 77 5000":          {Pid: 4242, Status: 256, Ticks: 77, At: 5 * time.Microsecond},
		"exit 4242 256 77 5000 leader":   {Pid: 4242, Status: 256, Ticks: 77, At: 5 * time.Microsecond, Led: true},
		"exit 4242 256 0 0":              {Pid: 4242, Status: 256},
		"exit 4242 256 leader leader":    {},
		"exit 4242 256 77":               {},
		"exit 4242 256 77 leader":        {},
		"exit 4242 256 77 -1":            {},
		"exit 4242 256 77 x leader":      {},
		"exit 4242 256 77 5000 9 leader": {},
		"exit 0 256 77 5000 leader":      {},
		"exit leader":                    {},
		"orphans":                        {},
	} {
		m, err := Parse([]byte(line))
		if err != nil {
			t.Fatal(err)
		}
		got, ok := m.Exit()
		if got != want || ok != (want.Pid != 0) {
			t.Errorf("%q: got %+v, %v", line, got, ok)
		}
		if again, _ := got.Message().Exit(); ok && again != got {
			t.Errorf("%+v came back as %+v", got, again)
		}
	}
	if !Orphans().Orphans() || (Message{"orphans", "1"}).Orphans() {
		t.Error("orphans are taken for something else")
	}
}

func TestOffer(t *testing.T) {
	s, r := open(t)
	for range 3 {
		if !s.Offer(Orphans()) || s.Offer(Orphans()) {
			t.Fatal("not one message was queued")
		}
		if err := r.Consume(); err != nil {
			t.Fatal(err)
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
