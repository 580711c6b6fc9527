package proc

import (
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
)

func TestRunDir(t *testing.T) {
	path := filepath.Join(t.TempDir(), "a", "b", "zinit")
	first, err := OpenRunDir(path)
	if err != nil {
		t.Fatal(err)
	}
	if st, err := os.Stat(path); err != nil || st.Mode().Perm() != 0o700 {
		t.Errorf("mode is %v (%v)", st.Mode(), err)
	}
	write := func(r *RunDir) {
		if err := r.Root().MkdirAll("state", 0o700); err != nil {
			t.Fatal(err)
		}
		if err := r.Root().WriteFile("state/web.json", []byte("{}"), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	write(first)
	if _, err := OpenRunDir(path); err == nil || !strings.Contains(err.Error(), "pid "+strconv.Itoa(os.Getpid())+" has it") {
		t.Errorf("a second server: %v", err)
	}
	life := first.Life()
	reopen := func(r *RunDir) *RunDir {
		if err := r.Close(); err != nil {
			t.Fatal(err)
		}
		again, err := OpenRunDir(path)
		if err != nil {
			t.Fatal(err)
		}
		return again
	}
	kept := func(r *RunDir) bool {
		_, err := r.Root().Stat("state/web.json")
		return err == nil
	}
	again := reopen(first)
	if again.Life() != life || !kept(again) {
		t.Error("a crash cost the life or the records")
	}
	// Another boot.
	if err := again.Root().WriteFile("life", []byte("another-"+life), 0o600); err != nil {
		t.Fatal(err)
	}
	stale := reopen(again)
	if stale.Life() == life || kept(stale) {
		t.Error("what is stale was kept")
	}
	write(stale)
	if err := stale.Clear(); err != nil || kept(stale) {
		t.Errorf("not cleared: %v", err)
	}
	last := reopen(stale)
	if last.Life() == stale.Life() {
		t.Error("a cleared directory has the same life again")
	}
	if err := last.Close(); err != nil {
		t.Fatal(err)
	}
}

func TestRunDirRefuses(t *testing.T) {
	dir := t.TempDir()
	file, link := filepath.Join(dir, "file"), filepath.Join(dir, "link")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(dir, link); err != nil {
		t.Fatal(err)
	}
	for name, path := range map[string]string{"file": file, "link": link, "below a file": file + "/zinit"} {
		t.Run(name, func(t *testing.T) {
			if r, err := OpenRunDir(path); err == nil {
				r.Close()
				t.Error("it was opened")
			}
		})
	}
}

func TestWritable(t *testing.T) {
	dir := t.TempDir()
	for path, want := range map[string]bool{dir: true, dir + "/run": true, dir + "/a/run": false} {
		if Writable(path) != want {
			t.Errorf("%s: must be %v", path, want)
		}
	}
}
