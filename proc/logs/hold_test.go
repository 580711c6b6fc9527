package logs

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

func mkfifo(t testing.TB, path string) {
	t.Helper()
	if err := unix.Mkfifo(path, 0o600); err != nil {
		t.Fatal(err)
	}
}

// tick waits until the wall clock shows another millisecond.
func (f *fixture) tick() {
	for now := time.Now(); time.Since(now) < 2*resolution; {
		<-time.After(resolution)
	}
}

// stalled says whether the log file of a service takes nothing.
func (f *fixture) stalled(name string) bool {
	c := f.services[name].copyist.cursors[0].copying
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.stalled
}

// A flood goes into the file as a whole, at the pace of the file.
func TestFileHasAll(t *testing.T) {
	f := newFixture(t)
	path := filepath.Join(t.TempDir(), "web.log")
	f.relog("web", path, 0, 0)
	out, _ := f.ear("web", 1)
	const total = 500_000
	if err := numbers(out, 0, total); err != nil {
		t.Fatal(err)
	}
	untilFile(t, path, numbered(0, total))
}

// logPipe is a pipe for a log file, which takes as much as is read from it.
func logPipe(t *testing.T) (path string, reader *os.File) {
	t.Helper()
	path = filepath.Join(t.TempDir(), "web.log")
	mkfifo(t, path)
	reader, err := os.OpenFile(path, os.O_RDWR, 0)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { reader.Close() })
	return path, reader
}

// A file that is slow holds up its service, so that nothing is lost.
func TestFileAtItsPace(t *testing.T) {
	f := newFixture(t)
	path, reader := logPipe(t)
	f.relog("web", path, 0, 0)
	out, _ := f.ear("web", 1)
	const total = 400_000
	go func() { _ = numbers(out, 0, total) }()
	last := fmt.Sprintf("line %d\n", total-1)
	var text strings.Builder
	for b := make([]byte, 64<<10); !strings.HasSuffix(text.String(), last); {
		n, err := reader.Read(b)
		if err != nil {
			t.Fatal(err)
		}
		text.Write(b[:n])
	}
	if text.String() != numbered(0, total) {
		t.Error("lines are missing")
	}
}

// A file that takes nothing holds up nobody: neither its own service, nor others.
// What is missed is counted.
func TestSlowFile(t *testing.T) {
	f := newFixture(t)
	path, reader := logPipe(t)
	f.relog("web", path, 0, 0)
	out, _ := f.ear("web", 1)
	const total = 200_000 // more than pipes and rings hold
	done := make(chan error, 1)
	go func() { done <- numbers(out, 0, total) }()
	quiet, _ := f.ear("quiet", 1)
	put(t, quiet, "heard\n")
	f.lines(Query{Names: []string{"quiet"}}, 1)
	if err := <-done; err != nil {
		t.Fatal(err)
	}
	f.drained(out)

	// Now somebody reads: nothing is torn, and the count is right.
	put(t, out, "the end\n")
	var text strings.Builder
	b := make([]byte, 64<<10)
	for !strings.HasSuffix(text.String(), "the end\n") {
		n, err := reader.Read(b)
		if err != nil {
			t.Fatal(err)
		}
		text.Write(b[:n])
	}
	reckon(t, text.String(), total)
}

// reckon looks whether numbered lines are complete but for those that are said to be
// lost, and returns how many those are.
func reckon(t testing.TB, text string, total int) (lost int) {
	t.Helper()
	next := 0
	lines := slices.Collect(strings.Lines(text))
	for i, line := range lines {
		var n int
		if i+1 < len(lines) && strings.HasSuffix(lines[i+1], " lines lost]\n") && line != fmt.Sprintf("line %d\n", next) {
			continue // torn, and counted
		}
		if _, err := fmt.Sscanf(line, "[… %d lines lost]\n", &n); err == nil {
			next += n
			lost += n
			continue
		}
		if line == "the end\n" {
			continue
		}
		if _, err := fmt.Sscanf(line, "line %d\n", &n); err != nil || n != next {
			t.Fatalf("%q comes where line %d is expected, after %d lost", line, next, lost)
		}
		next++
	}
	if next != total {
		t.Errorf("%d lines of %d, with %d lost", next, total, lost)
	}
	if lost == 0 {
		t.Error("nothing was lost")
	}
	return lost
}

// A full disk is waited for; what is missed is counted.
func TestFullDisk(t *testing.T) {
	if os.Getuid() != 0 {
		t.Skip("only root can mount a file system")
	}
	dir := t.TempDir()
	if err := unix.Mount("none", dir, "tmpfs", 0, "size=4m"); err != nil {
		t.Skipf("cannot mount a file system here: %v", err)
	}
	defer unix.Unmount(dir, unix.MNT_DETACH)
	fill := filepath.Join(dir, "fill")
	if err := os.WriteFile(fill, make([]byte, 3900<<10), 0o600); err != nil {
		t.Fatal(err)
	}
	f := newFixture(t)
	path := filepath.Join(dir, "web.log")
	f.Relog(spec("web", 1, path, 0))
	out, _ := f.ear("web", 1)
	const total = 500_000
	if err := numbers(out, 0, total); err != nil {
		t.Fatal(err)
	}
	f.drained(out)
	if err := os.Remove(fill); err != nil {
		t.Fatal(err)
	}
	put(t, out, "the end\n")
	until(t, "it goes on", func() bool { return strings.HasSuffix(file(t, path), "the end\n") })
	reckon(t, file(t, path), total)
}

// killedWhileWriting has a service write numbered lines, burst of them at a time, while
// its server is killed again and again. kill is to kill a server. The file has each
// byte once then.
func killedWhileWriting(t *testing.T, maxSize int64, burst int, pause time.Duration, kills int, kill func(f *fixture, server *exec.Cmd)) {
	t.Helper()
	f := newFixture(t)
	path := filepath.Join(t.TempDir(), "web.log")
	f.Relog(spec("web", 1000, path, maxSize))
	pipe, _ := f.ear("web", 1000)
	f.Store.Close()
	stop, written := make(chan struct{}), make(chan int, 1)
	go func() { written <- bursts(t, pipe, burst, pause, stop) }()
	for range kills {
		kill(f, f.keeper(1000))
	}
	f.reopen()
	close(stop)
	untilFile(t, path, numbered(0, <-written))
}

// Whenever the server is killed, the file has each byte once.
func TestKillWithFile(t *testing.T) {
	for _, tt := range []struct {
		name string
		max  int64
	}{{"one file", 0}, {"rotation", 20_000}} {
		t.Run(tt.name, func(t *testing.T) {
			killedWhileWriting(t, tt.max, 50, 300*time.Microsecond, 25, func(_ *fixture, server *exec.Cmd) { killSoon(server) })
		})
	}
}

func killSoon(child *exec.Cmd) {
	<-time.After(time.Duration(time.Now().UnixNano()%20_000) * time.Microsecond)
	_ = child.Process.Kill()
	_ = child.Wait()
}
