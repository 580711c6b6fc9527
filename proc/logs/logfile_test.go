package logs

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// who is a user that is neither root nor the one who runs the tests.
const who = 54321

// A link that a service's user has put in place of the log file leads nowhere.
func TestLogFileIsNoLinkOfAStranger(t *testing.T) {
	dir := t.TempDir()
	path, victim := filepath.Join(dir, "web.log"), filepath.Join(dir, "victim")
	if err := os.Symlink(victim, path); err != nil {
		t.Fatal(err)
	}
	f := logFile{target: target{path: path}, fd: -1}
	if err := f.ready(); err != nil {
		t.Errorf("our own link: %v", err)
	}
	f.close()
	if err := os.Remove(victim); err != nil {
		t.Fatal(err)
	}
	if err := os.Lchown(path, who, who); err != nil {
		t.Skip(err)
	}
	err := f.ready()
	if err == nil || !strings.Contains(err.Error(), "it is a symbolic link of user id 54321") {
		t.Errorf("a stranger's link: %v", err)
	}
	if _, err := os.Lstat(victim); err == nil {
		t.Error("the stranger has had a file made")
	}
}

// Of two services that write to one file and find it full, one rotates it.
func TestRotatedOnce(t *testing.T) {
	for _, keep := range []int{0, 2} {
		path := filepath.Join(t.TempDir(), "web.log")
		a := logFile{target: target{path: path, keep: keep}, fd: -1}
		b := logFile{target: target{path: path, keep: keep}, fd: -1}
		defer a.close()
		defer b.close()
		put := func(f *logFile, text string) {
			t.Helper()
			if _, err := f.write([]byte(text)); err != nil {
				t.Fatal(err)
			}
		}
		ready := func(f *logFile) {
			t.Helper()
			if err := f.ready(); err != nil {
				t.Fatal(err)
			}
		}
		ready(&a)
		put(&a, "much\n")
		ready(&a)
		ready(&b)
		if err := a.rotate(); err != nil {
			t.Fatal(err)
		}
		put(&a, "new\n")
		if err := b.rotate(); err != nil {
			t.Fatal(err)
		}
		put(&b, "b\n")
		want := "new\nb\n"
		if keep > 0 {
			want = "much\n" + want
		}
		if got := file(t, path); got != want {
			t.Errorf("keep = %d: the files have %q, want %q", keep, got, want)
		}
		if _, err := os.Stat(path + ".2"); err == nil {
			t.Errorf("keep = %d: it was rotated twice", keep)
		}
	}
}
