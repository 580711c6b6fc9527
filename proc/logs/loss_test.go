package logs

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// tiny is a store whose files are on a file system of 256 KiB.
func tiny(t *testing.T) *fixture {
	t.Helper()
	return tinyOf(t, "256k")
}

// fill leaves no space and returns the file that takes it.
func (f *fixture) fill() string {
	path := filepath.Join(f.dir, "fill")
	file, err := os.Create(path)
	if err != nil {
		f.Fatal(err)
	}
	defer file.Close()
	for {
		if _, err := file.Write(make([]byte, 4096)); err != nil {
			return path
		}
	}
}

func (f *fixture) lossOf(name string) int64 {
	f.mu.Lock()
	defer f.mu.Unlock()
	if l := f.services[name].out.loss.Load(); l != nil {
		return l.lines
	}
	return 0
}

func TestFullFileSystem(t *testing.T) {
	for _, tt := range []struct{ name, first, want string }{
		{"from the first byte", "", "web.out lost 3|web.out two"},
		{"after a line", "one\n", "web.out one|web.out lost 3|web.out two"},
		{"within a line", "on", "web.out on|web.out lost 3|web.out two"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			f := tiny(t)
			out, _ := f.ear("web", 1000)
			if tt.first != "" {
				// Fill the page that the file has already.
				put(t, out, strings.Repeat("x", 4095-len(tt.first))+"\n"+tt.first)
				f.drained(out)
				f.lines(Query{}, 2)
			}
			full := f.fill()
			put(t, out, "a\n")
			until(t, "a line is lost", func() bool { return f.lossOf("web") == 1 })
			put(t, out, "b\nc")
			until(t, "three lines are lost", func() bool { return f.lossOf("web") == 3 })
			got, err := f.Query(Query{})
			if want := strings.TrimSuffix(tt.want, "|web.out two"); err != nil || !strings.HasSuffix(strings.Join(show(got), "|"), want) {
				t.Errorf("meanwhile: got %q, %v", show(got), err)
			}
			if err := os.Remove(full); err != nil {
				t.Fatal(err)
			}
			put(t, out, "two\n")
			until(t, "it is written again", func() bool { return f.lossOf("web") == 0 })
			f.reopen()
			got, err = f.Query(Query{})
			if err != nil || !strings.HasSuffix(strings.Join(show(got), "|"), tt.want) {
				t.Errorf("got %q, %v", show(got), err)
			}
			if tt.first == "" && len(got) != 2 {
				t.Errorf("got %q", show(got))
			}
		})
	}
}

// The count outlives the server where the index has room for it.
func TestLossOutlivesServer(t *testing.T) {
	f := tiny(t)
	out, _ := f.ear("web", 1000)
	put(t, out, strings.Repeat("x", 4095)+"\n")
	f.lines(Query{}, 1)
	full := f.fill()
	for i := range int64(3) {
		put(t, out, "a\n")
		until(t, "a line is lost", func() bool { return f.lossOf("web") == i+1 })
	}
	f.reopen()
	if got := f.lossOf("web"); got != 3 {
		t.Errorf("%d lines lost", got)
	}
	if err := os.Remove(full); err != nil {
		t.Fatal(err)
	}
	put(t, out, "two\n")
	got := f.lines(Query{}, 3)
	if want := "web.out lost 3|web.out two"; !strings.HasSuffix(strings.Join(show(got), "|"), want) {
		t.Errorf("got %q", show(got))
	}
}

// A full file system stops no writer, and what is lost and what is kept make all.
func TestFloodOfFullFileSystem(t *testing.T) {
	f := tiny(t)
	out, _ := f.ear("web", 1_000_000)
	const total = 100_000 // of which fewer fit than a query returns
	if err := numbers(out, 0, total); err != nil {
		t.Fatal(err)
	}
	f.drained(out)
	until(t, "loss is published", func() bool { return f.lossOf("web") > 0 })
	var sum int64
	until(t, "all lines are kept or counted", func() bool {
		got, err := f.Query(Query{})
		if err != nil {
			t.Fatal(err)
		}
		sum = 0
		for _, l := range got {
			sum += max(1, l.Lost)
		}
		return sum >= total
	})
	if sum > total+1 { // the line that broke counts twice
		t.Errorf("%d lines of %d", sum, total)
	}
}

func TestLossCount(t *testing.T) {
	for _, tt := range []struct {
		parts string
		want  int64
	}{{"a", 1}, {"a\n", 1}, {"a|\n", 1}, {"a|b|c\n", 1}, {"a|b\nc", 2}, {"\n|\n", 2}, {"a\nb|c\nd\n", 3}} {
		var l loss
		for part := range strings.SplitSeq(tt.parts, "|") {
			l.count([]byte(part))
		}
		if l.lines != tt.want {
			t.Errorf("%q: %d lines, want %d", tt.parts, l.lines, tt.want)
		}
	}
}

// Where nothing can be written and nothing is said, nothing is lost.
func TestNoLossOfNothing(t *testing.T) {
	f := tiny(t)
	f.ear("web", 1000)
	f.fill()
	e := f.services["web"].out
	f.pump.order(func() {
		if n := f.pump.drain(e); n != 0 || e.loss.Load() != nil {
			t.Errorf("moved %d, loss %v", n, e.loss.Load())
		}
	})
}
