package logs

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

func TestQuery(t *testing.T) {
	f := newFixture(t)
	webOut, webErr := f.ear("web", 1000)
	dbOut, _ := f.ear("db", 1000)
	for i, step := range []struct {
		pipe *os.File
		text string
	}{
		{webOut, "one\n"}, {webErr, "two\n"}, {dbOut, "three\n"}, {webOut, "four\nfi"}, {webErr, "\x00\xff\n"}, {webOut, "ve\nprompt> "},
	} {
		put(t, step.pipe, step.text)
		want := i + 1
		if i == 3 {
			want = 5 // "four" and "fi"
		} else if i > 3 {
			want = i + 2
		}
		f.lines(Query{}, want)
		tick := time.Now()
		until(t, "the clock moves", func() bool { return time.Since(tick) > 2*resolution })
	}
	two := 2
	for _, tt := range []struct {
		name string
		q    Query
		want string
	}{
		{"all", Query{}, "web.out one|web.err two|db.out three|web.out four|web.out five|web.err \x00\xff|web.out prompt> +"},
		{"a name", Query{Names: []string{"db"}}, "db.out three"},
		{"a name twice", Query{Names: []string{"db", "db"}}, "db.out three"},
		{"unknown", Query{Names: []string{"none"}}, ""},
		{"a stream", Query{Stream: Stderr}, "web.err two|web.err \x00\xff"},
		{"lines", Query{Lines: &two}, "web.err \x00\xff|web.out prompt> +"},
		{"none", Query{Lines: new(int)}, ""},
		{"lines of a name", Query{Names: []string{"web"}, Stream: Stdout, Lines: &two}, "web.out five|web.out prompt> +"},
		{"since now", Query{Since: time.Now()}, ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			got, err := f.Query(tt.q)
			if err != nil {
				t.Fatal(err)
			}
			if got := strings.Join(show(got), "|"); got != tt.want {
				t.Errorf("got  %q\nwant %q", got, tt.want)
			}
		})
	}
	all := f.lines(Query{}, 7)
	got, _ := f.Query(Query{Since: all[3].Time})
	if len(got) != 4 || string(got[0].Text) != "four" {
		t.Errorf("since the fourth: %q", show(got))
	}
}

func TestLongLine(t *testing.T) {
	f := newFixture(t)
	out, _ := f.ear("web", 1000)
	put(t, out, strings.Repeat("x", maxLine)+"\n")
	put(t, out, strings.Repeat("y", 2*maxLine+5)+"\n")
	put(t, out, strings.Repeat("z", maxLine+1))
	f.drained(out)
	want := []string{"web.out xxx*16384", "web.out yyy*16384+", "web.out yyy*16384+", "web.out yyyyy", "web.out zzz*16384+", "web.out z+"}
	if got := show(f.lines(Query{}, 6)); !slices.Equal(got, want) {
		t.Errorf("got %q", got)
	}
	got, _ := f.Tail("web", 3)
	if !slices.Equal(show(got), want[3:]) {
		t.Errorf("tail: got %q", show(got))
	}
}

func TestRing(t *testing.T) {
	f := newFixture(t)
	const keep, total = 500, 40 * 600
	out, _ := f.ear("web", keep)
	pad := strings.Repeat(".", 180)
	var got []Line
	for i := range total {
		put(t, out, fmt.Sprintf("%d %s\n", i, pad))
		if (i+1)%600 != 0 {
			continue
		}
		f.drained(out)
		var err error
		if got, err = f.Query(Query{}); err != nil || len(got) < min(i+1, keep) {
			t.Fatalf("%d lines are kept of %d, want %d; %v", len(got), i, keep, err)
		}
	}
	for i, l := range got {
		if want := fmt.Sprintf("%d ", total-len(got)+i); !strings.HasPrefix(string(l.Text), want) || len(l.Text) != len(want)+180 {
			t.Fatalf("line %d of %d is %q", i, len(got), l.Text)
		}
	}
	files, _ := os.ReadDir(filepath.Join(f.dir, "logs"))
	if len(files) > 2*segments {
		t.Errorf("%d files, want %d at most", len(files), 2*segments)
	}
	for _, file := range files {
		if st, err := file.Info(); err == nil && st.Size() > keep*256 {
			t.Errorf("%s has %d bytes", file.Name(), st.Size())
		}
	}
	tail, _ := f.Tail("web", 10)
	if !slices.Equal(show(tail), show(got[len(got)-10:])) {
		t.Errorf("tail: %q", show(tail))
	}
}

func TestOpenIsIdempotent(t *testing.T) {
	f := newFixture(t)
	f.ear("web", 1000)
	a, b, err := f.Store.Open("web", 12, 34, 5000)
	if os.Getuid() != 0 {
		t.Skip("needs root, to give pipes away")
	}
	if err != nil {
		t.Fatal(err)
	}
	for _, path := range []string{a, b} {
		var st unix.Stat_t
		if err := unix.Stat(path, &st); err != nil {
			t.Fatal(err)
		}
		if st.Mode != unix.S_IFIFO|0o600 || st.Uid != 12 || st.Gid != 34 {
			t.Errorf("%s: mode %o, owner %d:%d", path, st.Mode, st.Uid, st.Gid)
		}
	}
	f.reopen()
	if got := f.services["web"].err.lines.Load(); got != 5000 {
		t.Errorf("after a crash %d lines are to be kept", got)
	}
	if got := f.Known(); !slices.Equal(got, []string{"web"}) {
		t.Errorf("known: %q", got)
	}
}

func TestNotAFIFO(t *testing.T) {
	f := newFixture(t)
	path := filepath.Join(f.dir, "ears", "web.err")
	if err := os.WriteFile(path, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	_, _, err := f.Store.Open("web", os.Getuid(), os.Getgid(), 1000)
	if err == nil || !strings.Contains(err.Error(), path) {
		t.Errorf("got %v", err)
	}
}

func TestReopen(t *testing.T) {
	f := newFixture(t)
	out, _ := f.ear("web", 1000)
	put(t, out, "one\nhal")
	before := f.lines(Query{}, 2)
	f.Store.Close()
	put(t, out, "f\nwhile nobody listened\n")
	f.reopen()
	f.ear("web", 1000)
	got := f.lines(Query{}, 3)
	if want := []string{"web.out one", "web.out half", "web.out while nobody listened"}; !slices.Equal(show(got), want) {
		t.Errorf("got %q", show(got))
	}
	if !got[0].Time.Equal(before[0].Time) || !got[1].Time.Equal(before[1].Time) || got[2].Time.Before(before[1].Time) {
		t.Errorf("times %v, then %v", before, got)
	}
}

func TestReopenWithoutIndex(t *testing.T) {
	f := newFixture(t)
	out, _ := f.ear("web", 1000)
	put(t, out, "one\n")
	f.lines(Query{}, 1)
	f.Store.Close()
	data, _ := filepath.Glob(filepath.Join(f.dir, "logs", "*0"))
	when := time.Unix(1_000_000_000, 0)
	if len(data) != 1 || os.Remove(data[0]+".idx") != nil || os.Chtimes(data[0], when, when) != nil {
		t.Fatalf("files: %q", data)
	}
	f.reopen()
	if got := f.lines(Query{}, 1); !got[0].Time.Equal(when) {
		t.Errorf("time %v", got[0].Time)
	}
	put(t, out, "two\n")
	if got := f.lines(Query{}, 2); !got[0].Time.After(when) || got[1].Time.Sub(when) < time.Hour {
		t.Errorf("times %v, %v", got[0].Time, got[1].Time)
	}
}

// Each pattern is what a crash may leave in the middle of a rotation.
func TestReopenMiddleOfRotation(t *testing.T) {
	for _, tt := range []struct {
		name  string
		files map[string]string // base: content
		want  string
		left  int
	}{
		{"new segment is empty", map[string]string{"0": "one\n", "4": ""}, "web.out one", 2},
		{"oldest is still there", map[string]string{"0": "one\n", "4": "o\ntwo\n", "a": "three\n"}, "web.out two|web.out three", 2},
		{"not joined", map[string]string{"0": "one\n", "5": "o\ntwo\n"}, "web.out two", 1},
		{"head of a line is gone", map[string]string{"4": "o\ntwo\n", "a": "three\n"}, "web.out two|web.out three", 2},
	} {
		t.Run(tt.name, func(t *testing.T) {
			f := newFixture(t)
			f.ear("web", 1000)
			f.Store.Close()
			for base, text := range tt.files {
				name := "web.out." + strings.Repeat("0", 16-len(base)) + base
				if err := os.WriteFile(filepath.Join(f.dir, "logs", name), []byte(text), 0o600); err != nil {
					t.Fatal(err)
				}
			}
			f.reopen()
			got, err := f.Query(Query{})
			if err != nil || strings.Join(show(got), "|") != tt.want {
				t.Errorf("got %q, %v", show(got), err)
			}
			if files, _ := os.ReadDir(filepath.Join(f.dir, "logs")); len(files) != tt.left {
				t.Errorf("left: %v", files)
			}
			out, _ := f.ear("web", 1000)
			put(t, out, "new\n")
			if got := f.lines(Query{}, len(got)+1); string(got[len(got)-1].Text) != "new" {
				t.Errorf("then %q", show(got))
			}
		})
	}
}

func TestForget(t *testing.T) {
	f := newFixture(t)
	out, _ := f.ear("web", 77)
	put(t, out, "one\n")
	f.lines(Query{}, 1)
	f.Forget("web")
	f.Forget("web")
	for _, dir := range []string{"ears", "logs"} {
		if files, _ := os.ReadDir(filepath.Join(f.dir, dir)); len(files) != 0 {
			t.Errorf("%s: %v", dir, files)
		}
	}
	out, _ = f.ear("web", 1000)
	put(t, out, "two\n")
	if got := f.lines(Query{}, 1); !slices.Equal(show(got), []string{"web.out two"}) {
		t.Errorf("got %q", show(got))
	}
	f.Store.Close()
	if _, _, err := f.Store.Open("db", 0, 0, 1); err != ErrClosed {
		t.Errorf("after Close: %v", err)
	}
}

func TestHold(t *testing.T) {
	dir := t.TempDir()
	held := map[string]int{}
	hold := func(name string, files []int) { held[name] += len(files) }
	for range 2 {
		s, err := Open(Options{Dir: dir, Hold: hold})
		if err != nil {
			t.Fatal(err)
		}
		if _, _, err := s.Open("web", os.Getuid(), os.Getgid(), 1000); err != nil {
			t.Error(err)
		}
		s.Close()
	}
	if held["web"] != 4 {
		t.Errorf("held: %v", held)
	}
}

// More ears than segments may be open at once.
func TestManyEars(t *testing.T) {
	f := newFixture(t)
	const ears = 2 * openMax
	var pipes []*os.File
	for i := range ears {
		out, _ := f.ear(fmt.Sprintf("s%03d", i), 1000)
		pipes = append(pipes, out)
	}
	for round := range 3 {
		for _, p := range pipes {
			put(t, p, fmt.Sprintf("round %d\n", round))
		}
	}
	f.lines(Query{}, 3*ears)
	f.pump.order(func() {
		open := 0
		for _, sv := range f.services {
			if sv.out.current.data >= 0 {
				open++
			}
		}
		if open > openMax {
			t.Errorf("%d segments are open, %d may", open, openMax)
		}
	})
	for i := range ears {
		got, err := f.Tail(fmt.Sprintf("s%03d", i), 5)
		if err != nil || len(got) != 3 || string(got[2].Text) != "round 2" {
			t.Fatalf("service %d: %q, %v", i, show(got), err)
		}
	}
}
