package proc

import (
	"errors"
	"fmt"
	"os"
	"strconv"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"zinit/configs"
	"zinit/supervisor"
)

// line is a pseudo terminal, pty(7), with whom it belongs to.
type line struct {
	t      *testing.T
	master *os.File
	path   string
}

func newLine(t *testing.T) line {
	t.Helper()
	if os.Geteuid() != 0 {
		t.Skip("only root can give a terminal away")
	}
	master, err := os.OpenFile("/dev/ptmx", os.O_RDWR|unix.O_NOCTTY, 0)
	if err != nil {
		t.Skip("there are no pseudo terminals:", err)
	}
	t.Cleanup(func() { master.Close() })
	if err := unix.IoctlSetPointerInt(int(master.Fd()), unix.TIOCSPTLCK, 0); err != nil {
		t.Fatal(err)
	}
	number, err := unix.IoctlGetInt(int(master.Fd()), unix.TIOCGPTN)
	if err != nil {
		t.Fatal(err)
	}
	return line{t, master, fmt.Sprintf("/dev/pts/%d", number)}
}

// is says whose the terminal is: "4242 620".
func (l line) is() string {
	l.t.Helper()
	var st unix.Stat_t
	if err := unix.Stat(l.path, &st); err != nil {
		l.t.Fatal(err)
	}
	return fmt.Sprintf("%d %o", st.Uid, st.Mode&0o777)
}

// open gives a descriptor of the terminal, as somebody has one who was there before.
func (l line) open() *os.File {
	l.t.Helper()
	f, err := os.OpenFile(l.path, os.O_RDWR|unix.O_NOCTTY|unix.O_NONBLOCK, 0)
	if err != nil {
		l.t.Fatal(err)
	}
	l.t.Cleanup(func() { f.Close() })
	return f
}

// hungUp says whether a terminal that was open is no more.
func hungUp(f *os.File) bool {
	_, err := f.WriteString("x")
	return errors.Is(err, unix.EIO)
}

// on is a service of a user with a terminal.
func (l line) on(name string, uid int, line string) *configs.Service {
	spec := sh(name, line)
	spec.TTY, spec.User = l.path, strconv.Itoa(uid)
	return spec
}

// over awaits the end of an incarnation whose process has ended.
func (l line) over(w *world, born supervisor.Spawned, tty string) {
	l.t.Helper()
	w.exited(born.Pid)
	w.Do(supervisor.Await{Name: born.Name, Gen: born.Gen, Pid: born.Pid, TTY: tty})
	w.gone(born.Name)
}

func TestTerminalIsGivenBack(t *testing.T) {
	for name, c := range map[string]struct {
		script string
		signal unix.Signal
	}{
		"it ends":              {"read word", 0},
		"it is stopped":        {"exec sleep 1000", unix.SIGTERM},
		"it leaves somebody":   {"sleep 0.1 & read word", 0},
		"somebody has escaped": {"setsid sleep 1000 & read word", 0},
		"it leaves a raw one":  {"stty raw -echo; read word", unix.SIGKILL},
	} {
		t.Run(name, func(t *testing.T) {
			w, l := newWorld(t), newLine(t)
			w.Start()
			if err := os.Chown(l.path, 4343, -1); err != nil {
				t.Fatal(err)
			}
			before := l.open()
			born := w.begin(l.on("web", 4242, c.script))
			if got := l.is(); got != "4242 620" || !hungUp(before) {
				t.Errorf("the terminal is %s, hung up: %v", got, hungUp(before))
			}
			during := l.open()
			if hungUp(during) {
				t.Error("the terminal cannot be used")
			}
			if c.signal != 0 {
				w.kill(born, c.signal)
			} else {
				if _, err := l.master.WriteString("\n"); err != nil {
					t.Fatal(err)
				}
			}
			l.over(w, born, l.path)
			if got := l.is(); got != "0 620" || !hungUp(during) {
				t.Errorf("after the end the terminal is %s, hung up: %v", got, hungUp(during))
			}
		})
	}
}

// What another one has taken is that one's; what is no more is nobody's.
func TestTerminalOfTwo(t *testing.T) {
	w, l := newWorld(t), newLine(t)
	w.Start()
	first := w.begin(l.on("first", 4242, "exec sleep 1000"))
	second := w.begin(l.on("second", 4343, "exec sleep 1000"))
	held := l.open()
	l.over(w, first, "") // by SIGHUP
	if got := l.is(); got != "4343 620" || hungUp(held) {
		t.Errorf("the terminal is %s, hung up: %v", got, hungUp(held))
	}
	if err := l.master.Close(); err != nil {
		t.Fatal(err)
	}
	l.over(w, second, l.path)
}

// What blocks is told once, in time, and what does not with its own end.
func TestWithin(t *testing.T) {
	var k Kernel
	told := make(chan error, 2)
	tell := func(err error) { told <- err }
	never := make(chan struct{})
	k.within(time.Millisecond, func() error { <-never; return nil }, tell)
	if err := <-told; err == nil {
		t.Error("it is done, though it hangs")
	}
	close(never)
	k.running.Wait()
	k.within(time.Hour, func() error { return os.ErrClosed }, tell)
	if err := <-told; err != os.ErrClosed {
		t.Errorf("it says %v", err)
	}
	k.running.Wait()
	if len(told) > 0 {
		t.Errorf("it says it again: %v", <-told)
	}
}

// Who takes a terminal while something of its former owner is left keeps it.
func TestTerminalIsTakenMeanwhile(t *testing.T) {
	w, l := newWorld(t), newLine(t)
	w.Start()
	first := w.begin(l.on("first", 4242, `(trap "" TERM HUP; while :; do sleep 0.1 </dev/null >/dev/null 2>&1; done) & sleep 0.3; exit 1`))
	w.exited(first.Pid)
	w.Do(supervisor.Await{Name: "first", Gen: first.Gen, Pid: first.Pid, TTY: l.path})
	w.begin(l.on("second", 4343, "exec sleep 1000"))
	w.Do(supervisor.Await{Name: "first", Gen: first.Gen, Pid: first.Pid}) // what the core says then
	held := l.open()
	_ = unix.Kill(-first.Pid, unix.SIGKILL)
	w.gone("first")
	if got := l.is(); got != "4343 620" || hungUp(held) {
		t.Errorf("the terminal of the second is %s, hung up: %v", got, hungUp(held))
	}
}
