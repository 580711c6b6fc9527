package syslog

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

const patience = 20 * time.Second

// inbox is a receiver that runs, and what it has taken.
type inbox struct {
	*testing.T
	*Receiver
	mu    sync.Mutex
	texts []string
	pids  []int
}

func open(t *testing.T, path string, kept int, place string) *inbox {
	t.Helper()
	r, err := Open(path, kept, place)
	if err != nil {
		t.Fatal(err)
	}
	b := &inbox{T: t, Receiver: r}
	go func() {
		if err := r.Run(b.take, func() {}); err != nil {
			t.Error(err)
		}
	}()
	return b
}

func (b *inbox) take(pid int, message []byte) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.texts, b.pids = append(b.texts, string(message)), append(b.pids, pid)
}

func (b *inbox) has(n int) []string {
	b.Helper()
	for late := time.Now().Add(patience); ; <-time.After(time.Millisecond) {
		b.mu.Lock()
		texts := b.texts
		b.mu.Unlock()
		if len(texts) >= n {
			return texts
		}
		if time.Now().After(late) {
			b.Fatalf("only %d messages came: %.200q", len(texts), texts)
		}
	}
}

func (b *inbox) end() {
	b.Helper()
	b.Settle()
	if err := b.Remove(); err != nil {
		b.Error(err)
	}
}

// connect gives a socket that sends to path, as syslog(3) has one.
func connect(t *testing.T, path string) int {
	t.Helper()
	fd, err := unix.Socket(unix.AF_UNIX, unix.SOCK_DGRAM|unix.SOCK_CLOEXEC, 0)
	if err == nil {
		t.Cleanup(func() { unix.Close(fd) })
		err = unix.Connect(fd, &unix.SockaddrUnix{Name: path})
	}
	if err != nil {
		t.Fatal(err)
	}
	return fd
}

func send(t *testing.T, fd int, texts ...string) {
	t.Helper()
	for _, text := range texts {
		if err := unix.Send(fd, []byte(text), 0); err != nil {
			t.Fatal(err)
		}
	}
}

func missing(path string) bool {
	_, err := os.Lstat(path)
	return errors.Is(err, os.ErrNotExist)
}

func TestReceive(t *testing.T) {
	path := filepath.Join(t.TempDir(), "log")
	b := open(t, path, -1, "")
	if about, err := os.Stat(path); err != nil || about.Mode().Perm() != 0o666 {
		t.Errorf("%v, %v", about, err)
	}
	fd := connect(t, path)
	long := strings.Repeat("x", messageMax)
	send(t, fd, "one", "", "\x00", long, long+"12345")
	want := []string{"one", "\x00", long, long + " [… 5 bytes cut]"}
	for i, text := range b.has(len(want)) {
		if text != want[i] || b.pids[i] != os.Getpid() {
			t.Errorf("message %d is %.50q with %d bytes, of pid %d", i, text, len(text), b.pids[i])
		}
	}
	b.end()
	if !missing(path) {
		t.Error("the socket is left behind")
	}
}

// Files that are passed along are no way to fill our table.
func TestPassedFilesAreDropped(t *testing.T) {
	path := filepath.Join(t.TempDir(), "log")
	b := open(t, path, -1, "")
	defer b.end()
	fd := connect(t, path)
	var ends [2]int
	if err := unix.Pipe2(ends[:], unix.O_CLOEXEC); err != nil {
		t.Fatal(err)
	}
	if err := unix.Sendmsg(fd, []byte("a file"), unix.UnixRights(ends[1]), nil, 0); err != nil {
		t.Fatal(err)
	}
	unix.Close(ends[1])
	b.has(1)
	if b.pids[0] != os.Getpid() {
		t.Errorf("pid %d", b.pids[0])
	}
	// The pipe has an end if nobody else has its other end.
	if n, err := unix.Read(ends[0], make([]byte, 1)); n != 0 || err != nil {
		t.Errorf("%d %v", n, err)
	}
	unix.Close(ends[0])
}

// A flood goes at the pace of who reads it, and nothing of it is lost.
func TestFlood(t *testing.T) {
	const senders, count = 4, 5000
	path := filepath.Join(t.TempDir(), "log")
	b := open(t, path, -1, "")
	defer b.end()
	for i := range senders {
		fd := connect(t, path)
		go func() {
			for n := range count {
				if err := unix.Send(fd, fmt.Appendf(nil, "%d %d", i, n), 0); err != nil {
					t.Error(err)
					return
				}
			}
		}()
	}
	next := [senders]int{}
	for _, text := range b.has(senders * count) {
		var i, n int
		if _, err := fmt.Sscan(text, &i, &n); err != nil || next[i] != n {
			t.Fatalf("%q where %d is next", text, next)
		}
		next[i]++
	}
}

// What is queued when the receiver ends is taken, whether it has run before or not.
func TestSettle(t *testing.T) {
	path := filepath.Join(t.TempDir(), "log")
	r, err := Open(path, -1, "")
	if err != nil {
		t.Fatal(err)
	}
	send(t, connect(t, path), "one", "two")
	b := &inbox{T: t, Receiver: r}
	ended := make(chan error)
	started := make(chan struct{})
	go func() { close(started); ended <- r.Run(b.take, func() {}) }()
	<-started
	b.end()
	if err := <-ended; err != nil || len(b.texts) != 2 {
		t.Errorf("%q, %v", b.texts, err)
	}
}

// keep listens at a path, and keeps the socket as zinit-pid1 does.
func keep(t *testing.T, path string) (first *Receiver, kept int) {
	t.Helper()
	first, err := Open(path, -1, "")
	if err != nil {
		t.Fatal(err)
	}
	first.Keep(func(fd int) { kept, err = unix.FcntlInt(uintptr(fd), unix.F_DUPFD_CLOEXEC, 0) })
	if err != nil {
		t.Fatal(err)
	}
	return first, kept
}

// A socket that was kept goes on, with what is queued, and its file is known again.
func TestKept(t *testing.T) {
	path := filepath.Join(t.TempDir(), "log")
	first, kept := keep(t, path)
	first.file.Close()
	send(t, connect(t, path), "meanwhile")
	b := open(t, path, kept, first.Place())
	if texts := b.has(1); texts[0] != "meanwhile" {
		t.Errorf("%q", texts)
	}
	b.end()
	if !missing(path) {
		t.Error("the socket is left behind")
	}
}

// Nobody reaches a kept socket whose file has gone.
func TestKeptWithoutAFile(t *testing.T) {
	path := filepath.Join(t.TempDir(), "log")
	first, kept := keep(t, path)
	if err := first.Remove(); err != nil {
		t.Fatal(err)
	}
	b := open(t, path, kept, first.Place())
	defer b.end()
	send(t, connect(t, path), "again")
	b.has(1)
}

// The place of a socket that was replaced by somebody else's is his.
func TestRemoveLeavesOthers(t *testing.T) {
	path := filepath.Join(t.TempDir(), "log")
	b := open(t, path, -1, "")
	if err := os.Rename(path, path+".old"); err != nil {
		t.Fatal(err)
	}
	foreign(t, path, unix.SOCK_DGRAM)
	b.end()
	if missing(path) {
		t.Error("somebody else's socket was removed")
	}
}

// foreign is another program that listens.
func foreign(t *testing.T, path string, kind int) {
	t.Helper()
	fd := bound(t, path, kind)
	t.Cleanup(func() { unix.Close(fd) })
	if kind != unix.SOCK_STREAM {
		return
	}
	if err := unix.Listen(fd, 1); err != nil {
		t.Fatal(err)
	}
}

func bound(t *testing.T, path string, kind int) int {
	t.Helper()
	fd, err := unix.Socket(unix.AF_UNIX, kind|unix.SOCK_CLOEXEC, 0)
	if err == nil {
		err = unix.Bind(fd, &unix.SockaddrUnix{Name: path})
	}
	if err != nil {
		t.Fatal(err)
	}
	return fd
}

func TestWhatIsInTheWay(t *testing.T) {
	tests := map[string]struct {
		make  func(t *testing.T, path string)
		taken bool
		want  string // of the error; empty: it is replaced
	}{
		"a stale socket": {func(t *testing.T, path string) { unix.Close(bound(t, path, unix.SOCK_DGRAM)) }, false, ""},
		"a syslogd":      {func(t *testing.T, path string) { foreign(t, path, unix.SOCK_DGRAM) }, true, "another program"},
		"of streams":     {func(t *testing.T, path string) { foreign(t, path, unix.SOCK_STREAM) }, true, "another program"},
		"a file": {func(t *testing.T, path string) {
			if err := os.WriteFile(path, []byte("precious"), 0o600); err != nil {
				t.Fatal(err)
			}
		}, false, "no socket"},
		"a directory": {func(t *testing.T, path string) {
			if err := os.Mkdir(path, 0o700); err != nil {
				t.Fatal(err)
			}
		}, false, "no socket"},
		"a link to a live socket": {func(t *testing.T, path string) {
			foreign(t, path+".journal", unix.SOCK_DGRAM)
			link(t, "log.journal", path)
		}, true, "another program"},
		"a link to nothing": {func(t *testing.T, path string) { link(t, path+".journal", path) }, false, ""},
		"a link to no directory": {func(t *testing.T, path string) {
			link(t, path+".d/dev-log", path)
		}, false, "no such file"},
		"a ring of links": {func(t *testing.T, path string) { link(t, path, path) }, false, "symbolic links"},
		"no directory":    {func(t *testing.T, path string) { os.Remove(filepath.Dir(path)) }, false, "no such file"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "dev", "log")
			if err := os.Mkdir(filepath.Dir(path), 0o700); err != nil {
				t.Fatal(err)
			}
			test.make(t, path)
			before, _ := os.Lstat(path)
			if test.want == "" {
				b := open(t, path, -1, "")
				send(t, connect(t, path), "hello")
				b.has(1)
				b.end()
				return
			}
			_, err := Open(path, -1, "")
			if err == nil || !strings.Contains(err.Error(), test.want) || errors.Is(err, ErrTaken) != test.taken {
				t.Errorf("got %v", err)
			}
			if after, _ := os.Lstat(path); before != nil && (after == nil || !os.SameFile(before, after)) {
				t.Error("it was replaced")
			}
		})
	}
}

func link(t *testing.T, to, path string) {
	t.Helper()
	if err := os.Symlink(to, path); err != nil {
		t.Fatal(err)
	}
}

// Empty messages fill the queue of nobody, wherever they stand in it, and also where a
// server has been killed when it had looked at them.
func TestEmptyMessages(t *testing.T) {
	path := filepath.Join(t.TempDir(), "log")
	first, err := Open(path, -1, "")
	if err != nil {
		t.Fatal(err)
	}
	fd := connect(t, path)
	send(t, fd, "", "", "one", "", "two", "", strings.Repeat("x", messageMax+1), "")
	kept := -1
	first.Keep(func(fd int) {
		kept, err = unix.FcntlInt(uintptr(fd), unix.F_DUPFD_CLOEXEC, 0)
		_ = unix.SetsockoptInt(fd, unix.SOL_SOCKET, unix.SO_PEEK_OFF, 0)
		first.take = func(int, []byte) {}
		for range 4 {
			_, _ = first.peek(fd)
		}
	})
	if err != nil {
		t.Fatal(err)
	}
	first.file.Close()
	b := open(t, path, kept, first.Place())
	defer b.end()
	if texts := b.has(3); texts[0] != "one" || texts[1] != "two" || len(texts) != 3 {
		t.Errorf("%.50q", texts)
	}
	for range 50 {
		send(t, fd, "")
	}
	send(t, fd, "three")
	if texts := b.has(4); texts[3] != "three" {
		t.Errorf("%.50q", texts)
	}
}
