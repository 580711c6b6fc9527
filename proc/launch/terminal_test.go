package launch

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"testing"

	"golang.org/x/sys/unix"
)

// terminal opens a pseudo terminal, pty(7).
func terminal(t *testing.T) (master *os.File, path string) {
	t.Helper()
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
	return master, fmt.Sprintf("/dev/pts/%d", number)
}

// said reads what was written to a terminal until a word comes.
func said(t *testing.T, master *os.File, until string) string {
	t.Helper()
	var text strings.Builder
	buf := make([]byte, 4096)
	for !strings.Contains(text.String(), until) {
		n, err := master.Read(buf)
		if err != nil {
			t.Fatalf("%v after %q", err, text.String())
		}
		text.Write(buf[:n])
	}
	return text.String()
}

func TestTerminalIsTheUsers(t *testing.T) {
	needRoot(t)
	for name, id := range map[string]*Identity{
		"a user": {UID: stranger, GID: stranger}, "root": nil,
	} {
		t.Run(name, func(t *testing.T) {
			master, path := terminal(t)
			if err := os.Chmod(path, 0o666); err != nil {
				t.Fatal(err)
			}
			// The terminal's size is asked of all three; /dev/tty is there for a controlling one only.
			got := try(t, 0, Orders{TTY: path, Identity: id},
				"test -t 0 && test -t 1 && test -t 2 && echo to all >/dev/tty && tty && stat -c '%u %a' $(tty) && echo done")
			owner := 0
			if id != nil {
				owner = id.UID
			}
			want := fmt.Sprintf("to all\r\n%s\r\n%d 620\r\ndone", path, owner)
			if text := said(t, master, "done"); !strings.Contains(text, want) || got.report != Executing || got.out != "" {
				t.Errorf("got %q and %+v, want %q", text, got, want)
			}
		})
	}
}

// A terminal that another session has is taken by root only, who hangs that one up.
func TestTerminalOfAnotherSession(t *testing.T) {
	needRoot(t)
	master, path := terminal(t)
	first := make(chan outcome)
	go func() { first <- try(t, 0, Orders{TTY: path}, "echo mine; exec sleep 30") }()
	said(t, master, "mine")
	if err := os.Chown(path, stranger, -1); err != nil {
		t.Fatal(err)
	}
	got := try(t, stranger, Orders{TTY: path}, "echo not yours")
	if want := "cannot take terminal " + path + ": another session has it"; !strings.HasPrefix(got.report, want) {
		t.Errorf("got %+v, want %q", got, want)
	}
	if got := try(t, 0, Orders{TTY: path}, "echo yours; tty >/dev/tty"); got.report != Executing {
		t.Errorf("root got %+v", got)
	}
	said(t, master, path)
	if got := <-first; got.report != Executing || got.code != -1 {
		t.Errorf("the first one was not hung up: %+v", got)
	}
}

// open gives a descriptor of the terminal, as somebody has one who was there before.
func open(t *testing.T, path string) *os.File {
	t.Helper()
	f, err := os.OpenFile(path, os.O_RDWR|unix.O_NOCTTY, 0)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { f.Close() })
	return f
}

// hungUp says whether a terminal that was open is no more.
func hungUp(f *os.File) bool {
	_, err := f.WriteString("x")
	return errors.Is(err, unix.EIO)
}

// Who may not hang up others takes a terminal all the same, and finds it usable.
func TestTerminalWithoutRights(t *testing.T) {
	needRoot(t)
	master, path := terminal(t)
	if err := os.Chown(path, stranger, -1); err != nil {
		t.Fatal(err)
	}
	held := open(t, path)
	state, err := unix.IoctlGetTermios(int(held.Fd()), unix.TCGETS)
	if err != nil {
		t.Fatal(err)
	}
	state.Lflag &^= unix.ICANON | unix.ECHO
	state.Cc[unix.VEOF] = 'x'
	if err := unix.IoctlSetTermios(int(held.Fd()), unix.TCSETS, state); err != nil {
		t.Fatal(err)
	}
	if got := try(t, stranger, Orders{TTY: path}, "stty -a; echo done"); got.report != Executing {
		t.Errorf("got %+v", got)
	}
	if text := said(t, master, "done"); hungUp(held) || !strings.Contains(text, "eof = ^D;") || strings.Contains(text, "-icanon") || strings.Contains(text, "-echo ") {
		t.Errorf("hung up: %v, and it says %s", hungUp(held), text)
	}
}

func TestGiveBack(t *testing.T) {
	needRoot(t)
	for name, c := range map[string]struct{ printer, hung bool }{"another's": {false, true}, "zinit's own": {true, false}} {
		t.Run(name, func(t *testing.T) {
			_, path := terminal(t)
			if err := os.Chown(path, stranger, -1); err != nil {
				t.Fatal(err)
			}
			held := open(t, path)
			zinit := exec.Command("sleep", "1000")
			if c.printer {
				zinit.Stderr = held
			}
			if err := zinit.Start(); err != nil {
				t.Fatal(err)
			}
			defer func() {
				_ = zinit.Process.Kill()
				_ = zinit.Wait()
			}()
			if err := GiveBack(path, zinit.Process.Pid); err != nil {
				t.Fatal(err)
			}
			about, err := os.Stat(path)
			if err != nil {
				t.Fatal(err)
			}
			owner := about.Sys().(*syscall.Stat_t).Uid
			if got := hungUp(held); got != c.hung || owner != 0 || about.Mode().Perm() != ownMode {
				t.Errorf("hung up: %v; it is of %d, mode %v", got, owner, about.Mode())
			}
		})
	}
}

// What is gone, or no terminal, is not given back, and nothing stays open.
func TestGiveBackNothing(t *testing.T) {
	master, path := terminal(t)
	if err := master.Close(); err != nil {
		t.Fatal(err)
	}
	for path, want := range map[string]error{path: os.ErrNotExist, "/dev/no-tty": os.ErrNotExist, os.DevNull: nil} {
		if err := GiveBack(path, os.Getpid()); err == nil || want != nil && !errors.Is(err, want) {
			t.Errorf("%s: %v", path, err)
		}
	}
}
