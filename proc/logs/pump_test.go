package logs

import (
	"bytes"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// What the ring would not keep is not copied; what it keeps is whole.
func TestSkip(t *testing.T) {
	f := newFixture(t)
	out, _ := f.ear("web", 1)
	put(t, out, "first\n")
	f.lines(Query{}, 1)
	e := f.services["web"].out
	const total = 60_000
	f.pump.order(func() { // the pump is busy with this, so that the pipe fills
		f.pump.widen(e)
		if err := numbers(out, 0, total); err != nil {
			t.Error(err)
		}
		waiting, _ := unix.IoctlGetInt(e.fd, unix.TIOCINQ)
		if n := f.pump.skip(e, int64(waiting)); n != int64(waiting) || e.current.size != e.capacity() {
			t.Errorf("%d of %d bytes, %d of them kept", n, waiting, e.current.size)
		}
	})
	got, err := f.Query(Query{})
	if err != nil || len(got) < 4000 {
		t.Fatalf("%d lines, %v", len(got), err)
	}
	for i, l := range got {
		if want := fmt.Sprintf("line %d", total-len(got)+i); string(l.Text) != want {
			t.Fatalf("line %d of %d is %q, want %q", i, len(got), l.Text, want)
		}
	}
	put(t, out, "last\n")
	f.reopen()
	f.lines(Query{}, len(got)+1)
	if got, _ := f.Tail("web", 2); !slices.Equal(show(got), []string{fmt.Sprintf("web.out line %d", total-1), "web.out last"}) {
		t.Errorf("then %q", show(got))
	}
}

// Nothing is skipped while somebody follows, or while there is no reason to.
func TestNoSkip(t *testing.T) {
	f := newFixture(t)
	out, _ := f.ear("web", 1)
	put(t, out, "first\n")
	f.lines(Query{}, 1)
	e := f.services["web"].out
	for _, tt := range []struct {
		name  string
		count bool
		bytes int
	}{{"followed", true, 1 << 19}, {"little", false, 96 << 10}} {
		f.pump.order(func() {
			f.pump.widen(e)
			f.pump.setCounting(tt.count)
			put(t, out, strings.Repeat("x\n", tt.bytes/2))
			if n := f.pump.skip(e, int64(tt.bytes)); n != 0 {
				t.Errorf("%s: %d bytes", tt.name, n)
			}
		})
		f.drained(out)
	}
}

// A flood does not keep the others from being heard.
func TestFloodIsFair(t *testing.T) {
	f := newFixture(t)
	flood, _ := f.ear("flood", 1000)
	quiet, _ := f.ear("quiet", 1000)
	stop, ended := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(ended)
		block := bytes.Repeat([]byte("flood\n"), 10_000)
		for {
			select {
			case <-stop:
				return
			default:
				flood.Write(block)
			}
		}
	}()
	for i := range 20 {
		put(t, quiet, fmt.Sprintf("%d\n", i))
		got := f.lines(Query{Names: []string{"quiet"}}, i+1)
		if string(got[i].Text) != fmt.Sprint(i) {
			t.Errorf("line %d is %q", i, got[i].Text)
		}
		if tail, err := f.Tail("flood", 10); err != nil || i > 10 && len(tail) != 10 {
			t.Errorf("tail of the flood: %q, %v", show(tail), err)
		}
	}
	close(stop)
	<-ended
}

// Who is silent for a turn in which another speaks is not watched: he would wake a pump
// that comes anyway. It is another thing when he has long been silent, or all are.
func TestCalm(t *testing.T) {
	f := newFixture(t)
	f.ear("a", 1)
	f.ear("b", 1)
	a, b := f.services["a"].out, f.services["b"].out
	for _, tt := range []struct {
		name   string
		spoke  []*ear
		after  time.Duration
		aa, bb bool // under load
	}{
		{"both speak", []*ear{a, b}, 0, true, true},
		{"one is silent", []*ear{a}, longestNap, true, true},
		{"one is silent for long", []*ear{a}, silence, true, false},
		{"both are silent", nil, longestNap, false, false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			f.pump.order(func() {
				now := time.Now()
				f.pump.pace.woken(now)
				f.pump.moved = false
				for _, e := range []*ear{a, b} {
					f.pump.attend(e, loudness)
				}
				f.pump.pace.woken(now.Add(tt.after))
				f.pump.moved = false
				for _, e := range tt.spoke {
					f.pump.attend(e, 1)
				}
				f.pump.calm()
				if a.loud != tt.aa || b.loud != tt.bb {
					t.Errorf("under load: %v and %v, want %v and %v", a.loud, b.loud, tt.aa, tt.bb)
				}
			})
		})
	}
}

// An ear under load that falls silent is watched again, and costs nothing.
func TestSilenceAfterLoad(t *testing.T) {
	f := newFixture(t)
	out, _ := f.ear("web", 1000)
	for round := range 3 {
		if err := numbers(out, 0, 50_000); err != nil {
			t.Fatal(err)
		}
		until(t, "the ear is watched", func() bool {
			loud := true
			f.pump.order(func() { loud = f.services["web"].out.loud })
			return !loud
		})
		put(t, out, fmt.Sprintf("round %d\n", round))
		until(t, "the next line is heard", func() bool {
			got, _ := f.Tail("web", 1)
			return len(got) == 1 && string(got[0].Text) == fmt.Sprintf("round %d", round)
		})
	}
}

func TestPace(t *testing.T) {
	var p pace
	step := func(full, ample bool) time.Duration {
		p.woken(p.last)
		p.moved(full, ample)
		p.rest()
		return p.nap
	}
	if got := step(false, false); got != shortestNap {
		t.Errorf("after a line: %v", got)
	}
	for range 10 {
		step(false, false)
	}
	if p.nap != longestNap {
		t.Errorf("after many lines: %v", p.nap)
	}
	if got := step(false, true); got != longestNap {
		t.Errorf("with enough in the pipe: %v", got)
	}
	if got := step(true, true); got != longestNap/2 {
		t.Errorf("with a full pipe: %v", got)
	}
	if p.woken(p.last.Add(time.Second)); p.nap != 0 {
		t.Errorf("after silence: %v", p.nap)
	}
}

// No descriptor is left when a store has gone, whatever was open.
func TestCloseLeavesNothingOpen(t *testing.T) {
	count := func() int {
		files, err := os.ReadDir("/proc/self/fd")
		if err != nil {
			t.Skip(err)
		}
		return len(files)
	}
	dir := t.TempDir()
	before := count()
	s, err := Open(Options{Dir: dir})
	if err != nil {
		t.Fatal(err)
	}
	path, _, err := s.Open("web", os.Getuid(), os.Getgid(), 1)
	if err != nil {
		t.Fatal(err)
	}
	s.Open("db", os.Getuid(), os.Getgid(), 1)
	pipe := openPipe(t, path)
	if err := numbers(pipe, 0, 100_000); err != nil {
		t.Fatal(err)
	}
	until(t, "the last line is there", func() bool {
		got, err := s.Tail("web", 1)
		return err == nil && len(got) == 1 && string(got[0].Text) == "line 99999"
	})
	if _, _, err := s.Query(t.Context(), Query{}); err != nil {
		t.Fatal(err)
	}
	pipe.Close()
	s.Forget("db")
	s.Close()
	if after := count(); after != before {
		t.Errorf("%d descriptors, then %d", before, after)
	}
}

// Orders leave nothing behind that would keep the pump awake.
func TestIdleAfterOrders(t *testing.T) {
	f := newFixture(t)
	for range 500 {
		f.pump.order(func() {})
	}
	until(t, "nothing is ready", func() bool {
		poll := []unix.PollFd{{Fd: int32(f.pump.wake), Events: unix.POLLIN}}
		n, err := unix.Poll(poll, 0)
		return err == nil && n == 0
	})
}
