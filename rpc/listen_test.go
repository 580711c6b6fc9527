package rpc

import (
	"net"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
)

func TestListenMode(t *testing.T) {
	path := filepath.Join(t.TempDir(), "s")
	l, err := Listen(path)
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	file, err := os.Lstat(path)
	if err != nil || file.Mode() != os.ModeSocket|0o600 {
		t.Errorf("mode %v, error %v", file.Mode(), err)
	}
}

// leftOver makes the socket of a server that has died.
func leftOver(t *testing.T, path string) {
	t.Helper()
	l, err := net.ListenUnix("unix", &net.UnixAddr{Name: path, Net: "unix"})
	if err != nil {
		t.Fatal(err)
	}
	l.SetUnlinkOnClose(false)
	l.Close()
}

func TestListenReplacesAStaleSocket(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "s")
	leftOver(t, path)
	l, err := Listen(path)
	if err != nil {
		t.Fatal(err)
	}
	l.Close()
	if left, _ := os.ReadDir(dir); len(left) > 0 {
		t.Errorf("left: %v", left)
	}
}

func TestListenRefuses(t *testing.T) {
	dir := t.TempDir()
	file := filepath.Join(dir, "file")
	if err := os.WriteFile(file, []byte("precious"), 0o644); err != nil {
		t.Fatal(err)
	}
	link := filepath.Join(dir, "link")
	if err := os.Symlink("nowhere", link); err != nil {
		t.Fatal(err)
	}
	fifo := filepath.Join(dir, "fifo")
	if err := syscall.Mkfifo(fifo, 0o600); err != nil {
		t.Fatal(err)
	}
	live := filepath.Join(dir, "live")
	l, err := Listen(live)
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	packet := filepath.Join(dir, "packet")
	other, err := net.ListenUnixgram("unixgram", &net.UnixAddr{Name: packet, Net: "unixgram"})
	if err != nil {
		t.Fatal(err)
	}
	defer other.Close()
	for _, test := range []struct{ name, path, want string }{
		{"a file", file, "there is something that is no socket"},
		{"a directory", dir, "there is something that is no socket"},
		{"a dangling link", link, "there is something that is no socket"},
		{"a fifo", fifo, "there is something that is no socket"},
		{"a live server", live, "it is already served by process "},
		{"a live socket of another type", packet, "something that can't be asked is there"},
		{"no directory", filepath.Join(dir, "none", "s"), "the directory " + filepath.Join(dir, "none") + " does not exist; make it"},
		{"a file as directory", filepath.Join(file, "s"), "not a directory"},
		{"too long", filepath.Join(dir, strings.Repeat("x", 107)), "a socket's at most 107"},
		{"empty", "", "is empty"},
	} {
		t.Run(test.name, func(t *testing.T) {
			before, _ := os.Lstat(test.path)
			l, err := Listen(test.path)
			if err == nil {
				l.Close()
				t.Fatal("no error")
			}
			if !strings.HasPrefix(err.Error(), "cannot listen") || !strings.Contains(err.Error(), test.want) || strings.Contains(err.Error(), "\n") {
				t.Errorf("error %q, want %q", err, test.want)
			}
			if after, _ := os.Lstat(test.path); before != nil && !os.SameFile(before, after) {
				t.Error("it was touched")
			}
		})
	}
	if conn, err := net.Dial("unix", live); err != nil {
		t.Errorf("the live server is gone: %v", err)
	} else {
		conn.Close()
	}
}

func TestListenLongestPath(t *testing.T) {
	dir, err := os.MkdirTemp("/tmp", "rpc")
	if err != nil {
		t.Fatal(err)
	}
	defer os.RemoveAll(dir)
	path := filepath.Join(dir, strings.Repeat("x", maxSocketPath-len(dir)-1))
	leftOver(t, path)
	l, err := Listen(path)
	if err != nil {
		t.Fatal(err)
	}
	l.Close()
}

// A server whose socket was replaced leaves the new one alone.
func TestCloseLeavesTheSocketOfAnother(t *testing.T) {
	path := filepath.Join(t.TempDir(), "s")
	first, err := Listen(path)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.Remove(path); err != nil {
		t.Fatal(err)
	}
	second, err := Listen(path)
	if err != nil {
		t.Fatal(err)
	}
	defer second.Close()
	first.Close()
	if _, err := os.Lstat(path); err != nil {
		t.Errorf("the second one's socket is gone: %v", err)
	}
}

// Of many that start at once over a stale socket exactly one wins.
func TestListenRace(t *testing.T) {
	for range 20 {
		path := filepath.Join(t.TempDir(), "s")
		leftOver(t, path)
		var won []net.Listener
		var mu sync.Mutex
		var all sync.WaitGroup
		for range 8 {
			all.Go(func() {
				if l, err := Listen(path); err == nil {
					mu.Lock()
					defer mu.Unlock()
					won = append(won, l)
				}
			})
		}
		all.Wait()
		if len(won) != 1 {
			t.Errorf("%d have won", len(won))
		}
		if _, err := os.Lstat(path); err != nil {
			t.Error(err)
		}
		for _, l := range won {
			l.Close()
		}
	}
}
