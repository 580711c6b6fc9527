package server

import (
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"golang.org/x/sys/unix"
)

// A file that somebody has leased would block an ordinary open for 45 seconds, and a
// FIFO for ever (fcntl(2), F_SETLEASE).
func TestLoadDoesNotBlock(t *testing.T) {
	dir := t.TempDir()
	for _, name := range []string{"good.toml", "leased.toml"} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte("[service]\nexec = \"a\"\n"), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	for _, name := range []string{"pipe.toml", "target"} {
		if err := syscall.Mkfifo(filepath.Join(dir, name), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Symlink("target", filepath.Join(dir, "linked.toml")); err != nil {
		t.Fatal(err)
	}
	leased, err := os.Open(filepath.Join(dir, "leased.toml"))
	if err != nil {
		t.Fatal(err)
	}
	defer leased.Close()
	if _, err := unix.FcntlInt(leased.Fd(), unix.F_SETLEASE, unix.F_WRLCK); err != nil {
		t.Skipf("cannot lease a file here: %v", err)
	}
	set := options{dirs: []string{dir}}.load()
	if len(set.Services) != 1 || set.Services[0].Name != "good" {
		t.Errorf("%d services, want the good one", len(set.Services))
	}
	if len(set.Problems) != 1 || set.Problems[0].Service != "leased" || !strings.Contains(set.Problems[0].Message, "temporarily unavailable") {
		t.Errorf("problems: %v", set.Problems)
	}
}
