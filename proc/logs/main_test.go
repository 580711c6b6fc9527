package logs

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
	"os"
	"strconv"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// The test binary is also the programs that the tests need.
func TestMain(m *testing.M) {
	switch os.Getenv("LOGS_TEST_ROLE") {
	case "store":
		keep(os.Getenv("LOGS_TEST_DIR"))
	case "lines":
		flood([]byte("a line of ordinary length, as a service would write it, with a number 12345678 and some more text\n"))
	case "blocks":
		flood(bytes.Repeat([]byte("0123456789abcde\n"), 4096))
	default:
		os.Exit(m.Run())
	}
}

// keep runs a store until it is killed.
func keep(dir string) {
	holder, _ := strconv.Atoi(os.Getenv("LOGS_TEST_HOLDER"))
	s, err := Open(Options{Dir: dir, Holder: holder})
	if err == nil {
		lines, _ := strconv.Atoi(os.Getenv("LOGS_TEST_LINES"))
		_, _, err = s.Open("web", os.Getuid(), os.Getgid(), lines)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	fmt.Println("ready")
	io.Copy(io.Discard, os.Stdin)
}

// flood writes LOGS_TEST_BYTES bytes, b at a time.
func flood(b []byte) {
	total, _ := strconv.Atoi(os.Getenv("LOGS_TEST_BYTES"))
	for n := 0; n < total; n += len(b) {
		if _, err := unix.Write(1, b); err != nil {
			os.Exit(1)
		}
	}
}

// fixture is a store under test. The test holds its pipes, by the ends it writes to.
type fixture struct {
	*testing.T
	*Store
	dir    string
	holder int // see Options
}

func newFixture(t *testing.T) *fixture {
	t.Helper()
	return fixtureHeldBy(t, os.Getpid())
}

func fixtureHeldBy(t *testing.T, holder int) *fixture {
	t.Helper()
	f := &fixture{T: t, dir: t.TempDir(), holder: holder}
	f.reopen()
	t.Cleanup(func() { f.Store.Close() })
	return f
}

func (f *fixture) reopen() {
	f.Helper()
	if f.Store != nil {
		f.Store.Close()
	}
	s, err := Open(Options{Dir: f.dir, Holder: f.holder})
	if err != nil {
		f.Fatal(err)
	}
	f.Store = s
}

// ear opens the ears of a service as the service would.
func (f *fixture) ear(name string, lines int) (out, err *os.File) {
	f.Helper()
	a, b, fail := f.Store.Open(name, os.Getuid(), os.Getgid(), lines)
	if fail != nil {
		f.Fatal(fail)
	}
	return openPipe(f.T, a), openPipe(f.T, b)
}

// openPipe opens a pipe as stdout: writes wait while it is full.
func openPipe(t testing.TB, path string) *os.File {
	t.Helper()
	fd, err := unix.Open(path, unix.O_RDWR|unix.O_CLOEXEC, 0)
	if err != nil {
		t.Fatal(err)
	}
	file := os.NewFile(uintptr(fd), path)
	t.Cleanup(func() { file.Close() })
	return file
}

// until polls.
func until(t testing.TB, what string, done func() bool) {
	t.Helper()
	deadline := time.Now().Add(10 * time.Second)
	tick := time.NewTicker(time.Millisecond)
	defer tick.Stop()
	for !done() {
		if time.Now().After(deadline) {
			t.Fatalf("waited in vain: %s", what)
		}
		<-tick.C
	}
}

// Query is that of the store, where all that is meant is expected to fit.
func (f *fixture) Query(q Query) ([]Line, error) {
	f.Helper()
	got, more, err := f.Store.Query(f.Context(), q)
	if more {
		f.Error("there are more lines")
	}
	return got, err
}

// drained waits until nothing is in the pipe, and the pump has done with it.
func (f *fixture) drained(pipe *os.File) {
	f.Helper()
	until(f.T, "the pipe is empty", func() bool {
		n, err := unix.IoctlGetInt(int(pipe.Fd()), unix.TIOCINQ)
		return err == nil && n == 0
	})
	f.pump.order(func() {})
}

// show writes lines in a form to compare: a + marks a partial one.
func show(lines []Line) []string {
	out := []string{}
	for _, l := range lines {
		text := string(l.Text)
		if len(text) > 100 {
			text = fmt.Sprintf("%.3s*%d", text, len(text))
		}
		if l.Partial {
			text += "+"
		}
		if l.Lost > 0 {
			text = fmt.Sprintf("lost %d", l.Lost)
		}
		out = append(out, l.Service+"."+l.Stream[3:]+" "+text)
	}
	return out
}

// lines queries until there are n lines, since the pump takes its time.
func (f *fixture) lines(q Query, n int) []Line {
	f.Helper()
	var got []Line
	until(f.T, fmt.Sprintf("%d lines", n), func() bool {
		var err error
		if got, err = f.Query(q); err != nil {
			f.Fatal(err)
		}
		return len(got) >= n
	})
	return got
}

func put(t testing.TB, w io.Writer, text string) {
	t.Helper()
	if _, err := io.WriteString(w, text); err != nil {
		t.Fatal(err)
	}
}

// numbers writes the lines from to to-1 with their numbers.
func numbers(w io.Writer, from, to int) error {
	b := bufio.NewWriterSize(w, 4096)
	for i := range to - from {
		line := strconv.AppendInt(append(b.AvailableBuffer(), "line "...), int64(from+i), 10)
		b.Write(append(line, '\n'))
	}
	return b.Flush()
}
