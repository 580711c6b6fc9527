package logs

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"zinit/configs"
)

// relog gives a service a log file.
func (f *fixture) relog(name, path string, maxSize int64, keep int) {
	s := spec(name, defaultLines, path, maxSize)
	s.Log.Keep = keep
	f.Relog(s)
}

func spec(name string, lines int, path string, maxSize int64) *configs.Service {
	return &configs.Service{Name: name, BufferLines: lines, Log: configs.Log{File: path, MaxSize: maxSize, Keep: 1000}}
}

// file reads a log file with those that it was rotated to, the oldest first.
func file(t testing.TB, path string) string {
	t.Helper()
	var all []byte
	for i := 1; ; i++ {
		b, err := os.ReadFile(fmt.Sprintf("%s.%d", path, i))
		if err != nil {
			break
		}
		all = append(b, all...)
	}
	b, _ := os.ReadFile(path)
	return string(append(all, b...))
}

func untilFile(t testing.TB, path, want string) {
	t.Helper()
	defer func() {
		if t.Failed() {
			t.Logf("the file has %.300q, want %.300q", file(t, path), want)
		}
	}()
	until(t, "the file has it all", func() bool { return file(t, path) == want })
}

// numbered is what numbers writes.
func numbered(from, to int) string {
	var b bytes.Buffer
	_ = numbers(&b, from, to)
	return b.String()
}

func TestFile(t *testing.T) {
	f := newFixture(t)
	path := filepath.Join(t.TempDir(), "web.log")
	f.relog("web", path, 0, 0)
	out, fail := f.ear("web", defaultLines)
	put(t, out, "one\n\x00\xff\r\n")
	untilFile(t, path, "one\n\x00\xff\r\n")
	put(t, fail, "two\n")
	untilFile(t, path, "one\n\x00\xff\r\ntwo\n")
	if st, err := os.Stat(path); err != nil || st.Mode().Perm() != 0o640 {
		t.Errorf("%v, %v", st.Mode(), err)
	}

	// A line that one stream has begun is not torn by the other.
	put(t, out, "a begin")
	f.drained(out)
	put(t, fail, "whole\n")
	untilFile(t, path, "one\n\x00\xff\r\ntwo\nwhole\n")
	put(t, out, "ning\n")
	untilFile(t, path, "one\n\x00\xff\r\ntwo\nwhole\na beginning\n")

	// One that stays unfinished is written all the same.
	put(t, out, "password: ")
	untilFile(t, path, "one\n\x00\xff\r\ntwo\nwhole\na beginning\npassword: ")

	// Another opening goes on where this one stood, and what is unfinished at the end is written.
	put(t, out, "ok")
	f.drained(out)
	f.reopen()
	untilFile(t, path, "one\n\x00\xff\r\ntwo\nwhole\na beginning\npassword: ok")
	put(t, out, "\nbye\n")
	untilFile(t, path, "one\n\x00\xff\r\ntwo\nwhole\na beginning\npassword: ok\nbye\n")
}

// Both streams come in the order in which they were read, as whole lines.
func TestFileOrder(t *testing.T) {
	f := newFixture(t)
	path := filepath.Join(t.TempDir(), "web.log")
	f.relog("web", path+"?", 0, 0)
	out, fail := f.ear("web", defaultLines)
	want := ""
	for i := range 20 {
		w, name := out, "out"
		if i%3 == 0 {
			w, name = fail, "err"
		}
		line := fmt.Sprintf("%s %d\n", name, i)
		put(t, w, line+line)
		f.drained(w)
		f.tick()
		want += line + line
	}
	untilFile(t, path+"?", want)

	// Several runs of each at once, as after a pause of the disk.
	os.Remove(path + "?")
	fifo := path + ".fifo"
	mkfifo(t, fifo)
	f.relog("web", fifo, 0, 0)
	for i := range 20 {
		w, name := out, "out"
		if i%3 == 0 {
			w, name = fail, "err"
		}
		put(t, w, fmt.Sprintf("%s %d\n%s %d\n", name, i, name, i))
		f.drained(w)
		f.tick()
	}
	f.relog("web", path, 0, 0)
	untilFile(t, path, want)
}

func TestFileRotation(t *testing.T) {
	for _, tt := range []struct {
		max   int64
		keep  int
		total int
	}{{1000, 1000, 3000}, {1, 100, 100}, {100_000, 900, 200_000}} {
		t.Run(fmt.Sprint(tt.max), func(t *testing.T) {
			f := newFixture(t)
			path := filepath.Join(t.TempDir(), "web.log")
			f.relog("web", path, tt.max, tt.keep)
			out, _ := f.ear("web", defaultLines)
			if err := numbers(out, 0, tt.total); err != nil {
				t.Fatal(err)
			}
			untilFile(t, path, numbered(0, tt.total))
			files, _ := filepath.Glob(path + "*")
			for _, name := range files {
				b, _ := os.ReadFile(name)
				if int64(len(b)) > max(tt.max, 10) || !bytes.HasSuffix(b, []byte("\n")) {
					t.Errorf("%s has %d bytes: …%.20q", name, len(b), b[max(0, len(b)-20):])
				}
			}
			if least := len(numbered(0, tt.total)) / int(max(tt.max, 10)); len(files) < least {
				t.Errorf("%d files, want %d", len(files), least)
			}
		})
	}
}

func TestFileKeeps(t *testing.T) {
	for keep, want := range map[int][]string{
		0: {"line 9"},
		1: {"line 8", "line 9"},
		3: {"line 6", "line 7", "line 8", "line 9"},
	} {
		f := newFixture(t)
		path := filepath.Join(t.TempDir(), "web.log")
		f.relog("web", path, 10, keep)
		out, _ := f.ear("web", defaultLines)
		for i := range 10 {
			put(t, out, fmt.Sprintf("line %d\n", i))
			until(t, "the line is there", func() bool { return strings.HasSuffix(file(t, path), fmt.Sprintf("line %d\n", i)) })
		}
		if got := strings.Fields(strings.ReplaceAll(file(t, path), "line ", "line_")); !slices.Equal(got, strings.Fields(strings.ReplaceAll(strings.Join(want, "\n"), "line ", "line_"))) {
			t.Errorf("keep %d: got %q, want %q", keep, got, want)
		}
		if files, _ := filepath.Glob(path + "*"); len(files) != keep+1 {
			t.Errorf("keep %d: there are %q", keep, files)
		}
	}
}

// A number that is free, as somebody has removed it, takes the newest; the others stay.
func TestFileRotationFillsGaps(t *testing.T) {
	f := newFixture(t)
	path := filepath.Join(t.TempDir(), "web.log")
	for _, i := range []int{1, 3} {
		if err := os.WriteFile(fmt.Sprintf("%s.%d", path, i), fmt.Appendf(nil, "old %d\n", i), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	f.relog("web", path, 4, 3)
	out, _ := f.ear("web", defaultLines)
	put(t, out, "one\ntwo\n")
	untilFile(t, path, "old 3\nold 1\none\ntwo\n")
}

// What a symbolic link leads to is not ours to rename, nor is the link: /dev/stdout
// is one. Such a file grows.
func TestLinkedFileGrows(t *testing.T) {
	f := newFixture(t)
	path, real := filepath.Join(t.TempDir(), "web.log"), filepath.Join(t.TempDir(), "real")
	if err := os.Symlink(real, path); err != nil {
		t.Fatal(err)
	}
	f.relog("web", path, 4, 3)
	out, _ := f.ear("web", defaultLines)
	put(t, out, "one\ntwo\nthree\n")
	until(t, "all of it is there", func() bool { return file(t, real) == "one\ntwo\nthree\n" })
	if to, err := os.Readlink(path); err != nil || to != real {
		t.Errorf("the link leads to %q, %v", to, err)
	}
}

// Somebody else moves, removes or empties the file.
func TestFileGoesOn(t *testing.T) {
	f := newFixture(t)
	path := filepath.Join(t.TempDir(), "web.log")
	f.relog("web", path, 0, 0)
	out, _ := f.ear("web", defaultLines)
	put(t, out, "one\n")
	untilFile(t, path, "one\n")
	if err := os.Rename(path, path+".old"); err != nil {
		t.Fatal(err)
	}
	put(t, out, "two\n")
	untilFile(t, path, "two\n")
	os.Remove(path)
	put(t, out, "three\n")
	untilFile(t, path, "three\n")
	if err := os.Truncate(path, 0); err != nil {
		t.Fatal(err)
	}
	put(t, out, "four\n")
	untilFile(t, path, "four\n")
	if got := file(t, path+".old"); got != "one\n" {
		t.Errorf("the moved file has %q", got)
	}
}

// A directory that is missing is not made, and waited for.
func TestFileWithoutDirectory(t *testing.T) {
	f := newFixture(t)
	dir := filepath.Join(t.TempDir(), "missing")
	path := filepath.Join(dir, "web.log")
	f.relog("web", path, 0, 0)
	out, _ := f.ear("web", defaultLines)
	put(t, out, "one\n")
	f.lines(Query{}, 1)
	until(t, "it was tried", func() bool { return f.stalled("web") })
	if _, err := os.Stat(dir); err == nil {
		t.Fatal("the directory was made")
	}
	if err := os.Mkdir(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	untilFile(t, path, "one\n")
}

// Other lines, another file, none, and one again.
func TestRelog(t *testing.T) {
	f := newFixture(t)
	a, b := filepath.Join(t.TempDir(), "a.log"), filepath.Join(t.TempDir(), "b.log")
	out, _ := f.ear("web", defaultLines)
	put(t, out, "before\n")
	f.drained(out)
	f.relog("web", a, 0, 0)
	put(t, out, "one\n")
	untilFile(t, a, "one\n")
	f.relog("web", b, 0, 0)
	put(t, out, "two\n")
	untilFile(t, b, "two\n")
	f.relog("web", "", 0, 0)
	put(t, out, "three\n")
	f.drained(out)
	f.reopen()
	f.relog("web", a, 5, 1)
	put(t, out, "four\n")
	untilFile(t, a, "one\nfour\n")
	if got := file(t, b); got != "two\n" {
		t.Errorf("the second file has %q", got)
	}
	f.Relog(&configs.Service{Name: "web", BufferLines: 7})
	if got := f.services["web"].out.lines.Load(); got != 7 {
		t.Errorf("%d lines are kept", got)
	}
	if left, _ := filepath.Glob(filepath.Join(f.dir, "ears", "*.file")); len(left) > 0 {
		t.Errorf("left: %q", left)
	}
}

// The last words of a service that is removed come into its file, and nothing of it
// is left behind.
func TestFileOfForgotten(t *testing.T) {
	f := newFixture(t)
	path := filepath.Join(t.TempDir(), "web.log")
	want := ""
	for i := range 20 {
		f.relog("web", path, 0, 0)
		out, _ := f.ear("web", defaultLines)
		put(t, out, fmt.Sprintf("round %d\nlast words %d", i, i))
		f.Forget("web")
		want += fmt.Sprintf("round %d\nlast words %d", i, i)
		untilFile(t, path, want)
	}
	until(t, "nothing is left", func() bool {
		left, _ := filepath.Glob(filepath.Join(f.dir, "*", "web*"))
		return len(left) == 0
	})
}
