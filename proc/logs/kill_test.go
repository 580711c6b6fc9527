package logs

import (
	"bufio"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"testing"
	"time"
)

// Whenever the server is killed, no line is lost or doubled, but for those that are
// out of the ring.
func TestKill(t *testing.T) {
	for _, tt := range []struct {
		name         string
		lines, kills int
		burst        int           // lines that the writer writes at a time: few are many chunks
		pause        time.Duration // of the writer, between two bursts
		all          bool
		holder       int
	}{
		{"ring holds all", 1_000_000, 50, 10, 200 * time.Microsecond, true, os.Getpid()},
		{"named pipes", 1_000_000, 20, 10, 200 * time.Microsecond, true, 0},
		{"ring turns", 1, 10, 300, time.Microsecond, false, os.Getpid()},
	} {
		t.Run(tt.name, func(t *testing.T) {
			f := fixtureHeldBy(t, tt.holder)
			pipe, _ := f.ear("web", tt.lines)
			f.Store.Close()
			stop, written := make(chan struct{}), make(chan int, 1)
			go func() { written <- bursts(t, pipe, tt.burst, tt.pause, stop) }()
			for range tt.kills {
				child := f.keeper(tt.lines)
				pause := time.NewTimer(time.Duration(rand.IntN(20_000)) * time.Microsecond)
				<-pause.C
				child.Process.Kill()
				child.Wait()
			}
			f.reopen()
			close(stop)
			total := <-written
			f.drained(pipe)
			until(t, "the last line is there", func() bool {
				last, _ := f.Tail("web", 1)
				return len(last) > 0 && string(last[0].Text) == fmt.Sprintf("line %d", total-1)
			})
			got := f.upTo(fmt.Sprintf("line %d", total-1))
			if tt.all && len(got) != total || len(got) < 1000 {
				t.Errorf("%d lines of %d", len(got), total)
			}
			for i, l := range got {
				if want := fmt.Sprintf("line %d", total-len(got)+i); string(l.Text) != want {
					t.Fatalf("line %d of %d is %q, want %q", i, len(got), l.Text, want)
				}
				if l.Time.IsZero() || time.Since(l.Time) > time.Minute {
					t.Fatalf("line %d has time %v", i, l.Time)
				}
			}
			t.Logf("%d lines kept of %d, %d kills", len(got), total, tt.kills)
		})
	}
}

// upTo returns all lines that are kept, more than a query returns, up to the one
// that reads last.
func (f *fixture) upTo(last string) []Line {
	f.Helper()
	var got []Line
	enough := errors.New("enough")
	err := f.Store.Resume(f.Context(), nil, func(steps []Step) error {
		for _, step := range steps {
			if got = append(got, step.Line); string(step.Text) == last {
				return enough
			}
		}
		return nil
	})
	if err != enough {
		f.Fatal(err)
	}
	return got
}

// bursts writes numbered lines until stop and returns how many.
func bursts(t *testing.T, pipe *os.File, burst int, pause time.Duration, stop <-chan struct{}) int {
	tick := time.NewTicker(pause)
	defer tick.Stop()
	for lines := 0; ; lines += burst {
		select {
		case <-stop:
			return lines
		case <-tick.C:
		}
		if err := numbers(pipe, lines, lines+burst); err != nil {
			t.Error(err)
			return lines
		}
	}
}

// keeper starts a process that keeps a store, and waits until it does.
func (f *fixture) keeper(lines int) *exec.Cmd {
	t := f.T
	t.Helper()
	child := exec.Command(os.Args[0])
	child.Env = append(os.Environ(), "LOGS_TEST_ROLE=store", "LOGS_TEST_DIR="+f.dir,
		fmt.Sprintf("LOGS_TEST_LINES=%d", lines), fmt.Sprintf("LOGS_TEST_HOLDER=%d", f.holder))
	child.Stderr = os.Stderr
	in, err := child.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { in.Close() })
	out, err := child.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := child.Start(); err != nil {
		t.Fatal(err)
	}
	if line, err := bufio.NewReader(out).ReadString('\n'); err != nil {
		child.Wait()
		t.Fatalf("the store did not open: %q, %v", line, err)
	}
	return child
}
