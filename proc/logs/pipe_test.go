package logs

import (
	"bytes"
	"errors"
	"log/slog"
	"os"
	"os/exec"
	"slices"
	"strings"
	"testing"

	"golang.org/x/sys/unix"

	"zinit/proc/procfs"
)

// writer starts a process that has the ears of a service, and that writes a line when it
// is told to. Before that it runs a command.
func (f *fixture) writer(name, first string) (write func(line string), pid int) {
	f.Helper()
	out, err := f.ear(name, 1000)
	cmd := exec.Command("sh", "-c", first+`; while read -r line; do echo "$line" >&3; done`)
	cmd.Stdout, cmd.Stderr = out, err
	in, fail := cmd.StdinPipe()
	if fail == nil {
		fail = cmd.Start()
	}
	if fail != nil {
		f.Fatal(fail)
	}
	f.Cleanup(func() { in.Close(); cmd.Wait() })
	out.Close()
	err.Close()
	return func(line string) {
		if _, err := in.Write([]byte(line + "\n")); err != nil {
			f.Fatal(err)
		}
	}, cmd.Process.Pid
}

// kind is what there is of an ear in the directory.
func (f *fixture) kind(name string) string {
	number, err := os.Readlink(f.pipe(name, Stdout))
	if err == nil {
		return number
	}
	about, err := os.Lstat(f.pipe(name, Stdout))
	if err != nil || about.Mode().Type() != os.ModeNamedPipe {
		f.Fatalf("the pipe is no FIFO: %v, %v", about, err)
	}
	return "named"
}

// Whoever holds a pipe, its reader is found again, and what was written meanwhile.
func TestPipesAreFoundAgain(t *testing.T) {
	for _, tt := range []struct {
		name          string
		before, after int // who is said to hold the pipes
		numbered      bool
		first         string // what the writer does
	}{
		{"nobody holds them", 0, 0, false, "exec 3>&1"},
		{"they were made when nobody did", 0, os.Getpid(), false, "exec 3>&1"},
		{"the holder cannot be seen", 1 << 30, 1 << 30, false, "exec 3>&1"},
		{"the holder has not got them", os.Getpid(), os.Getpid(), true, "exec 3>&1"},
		{"the holder cannot be seen any more", os.Getpid(), 1 << 30, true, "exec 3>&1"},
		{"nobody holds them any more", os.Getpid(), 0, true, "exec 3>&1"},
		{"the writer has them elsewhere", os.Getpid(), os.Getpid(), true, "exec 3>&1 4>&2 >/dev/null 2>&1"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			f := fixtureHeldBy(t, tt.before)
			write, pid := f.writer("web", tt.first)
			kind := f.kind("web")
			if (kind != "named") != tt.numbered {
				t.Errorf("the pipe is %s", kind)
			}
			if has := procfs.Outputs(pid); tt.first == "exec 3>&1" && !slices.Equal(f.Outputs("web"), has[:]) {
				t.Errorf("the writer has %q, the ears are %q", has, f.Outputs("web"))
			}
			write("one")
			f.lines(Query{}, 1)
			f.Store.Close()
			write("two")
			f.holder = tt.after
			f.reopen()
			write("three")
			if got := f.lines(Query{}, 3); !slices.Equal(show(got), []string{"web.out one", "web.out two", "web.out three"}) {
				t.Errorf("got %q", show(got))
			}
			if f.kind("web") != kind {
				t.Errorf("the pipe was %s and is %s", kind, f.kind("web"))
			}
		})
	}
}

// A pipe that nobody holds is gone with what was in it: that is said, and the service is
// heard again when it is started.
func TestPipeIsGone(t *testing.T) {
	f := newFixture(t)
	out, err := f.ear("web", 1000)
	put(t, out, "one\n")
	f.lines(Query{}, 1)
	was := f.kind("web")
	f.Store.Close()
	out.Close()
	err.Close()
	var log bytes.Buffer
	s, fail := Open(Options{Dir: f.dir, Holder: f.holder, Log: slog.New(slog.NewTextHandler(&log, nil))})
	if fail != nil {
		t.Fatal(fail)
	}
	f.Store = s
	if n := strings.Count(log.String(), "the output of a service is lost"); n != 2 || !strings.Contains(log.String(), was) {
		t.Errorf("said: %s", log.String())
	}
	if f.kind("web") == was {
		t.Errorf("the pipe is %s, as before", was)
	}
	out, _ = f.ear("web", 1000)
	put(t, out, "two\n")
	if got := f.lines(Query{}, 2); !slices.Equal(show(got), []string{"web.out one", "web.out two"}) {
		t.Errorf("got %q", show(got))
	}
}

// A descriptor that has become another pipe's is not taken for the one that was sought.
func TestAnotherPipe(t *testing.T) {
	f := newFixture(t)
	f.ear("web", 1000)
	f.ear("db", 1000)
	web, db := f.services["web"].out.fd, f.services["db"].out.fd
	f.held = map[string]string{numberOf(web): descriptor(db)}
	if fd, err := f.reopenNumbered(numberOf(web)); err == nil || !strings.Contains(err.Error(), "is another one") {
		t.Errorf("opened as %d: %v", fd, err)
	}
	f.held[numberOf(web)] = descriptor(web)
	fd, err := f.reopenNumbered(numberOf(web))
	if err != nil || numberOf(fd) != numberOf(web) {
		t.Errorf("opened as %d: %v", fd, err)
	}
	unix.Close(fd)
}

// What can't be opened for now is there all the same, and so is the way to it.
func TestPipeCannotBeOpened(t *testing.T) {
	f := newFixture(t)
	f.ear("web", 1000)
	number := f.kind("web")
	f.held = map[string]string{number: f.dir}
	if _, _, err := f.listen("web", Stdout); err == nil || errors.Is(err, errGone) || f.kind("web") != number {
		t.Errorf("%v; the pipe was %s and is %s", err, number, f.kind("web"))
	}
}
