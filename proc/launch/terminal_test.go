package launch

import (
	"fmt"
	"os"
	"strings"
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

// A terminal that another session has is taken by root only.
func TestTerminalOfAnotherSession(t *testing.T) {
	needRoot(t)
	master, path := terminal(t)
	first := make(chan outcome)
	go func() { first <- try(t, 0, Orders{TTY: path}, "echo mine; read word") }()
	said(t, master, "mine")
	if err := os.Chmod(path, 0o666); err != nil {
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
	if _, err := master.WriteString("end\n"); err != nil {
		t.Fatal(err)
	}
	if got := <-first; got.report != Executing {
		t.Errorf("the first one: %+v", got)
	}
}
