package boot

import (
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"

	"golang.org/x/sys/unix"
)

// playConsole starts as a kernel without a console does it: descriptor 0 is
// closed, 2 is what Go puts where it was closed. The console is /dev/full here.
func playConsole() error {
	console, null, full := unix.Stat_t{}, int(unix.Mkdev(1, 3)), int(unix.Mkdev(1, 7))
	err := newTmpfs(func(root string) error {
		if err := os.Mkdir(root+"/dev", 0o755); err != nil {
			return err
		}
		if err := unix.Mknod(root+"/dev/null", unix.S_IFCHR|0o666, null); err != nil {
			return err
		}
		return unix.Mknod(root+"/dev/console", unix.S_IFCHR|0o600, full)
	})
	if err != nil {
		return err
	}
	fd, err := unix.Open("/dev/null", unix.O_RDWR, 0)
	if err != nil {
		return err
	}
	if err := unix.Dup3(fd, 2, 0); err != nil {
		return err
	}
	_ = unix.Close(0)
	openConsole(sayHere)
	linkDescriptors(sayHere)
	linkDescriptors(sayHere)
	for fd := range 3 {
		if err := unix.Fstat(fd, &console); err != nil {
			return err
		}
		flags, err := unix.FcntlInt(uintptr(fd), unix.F_GETFD, 0)
		fmt.Printf("%d is the console: %v, flags %d, %v\n", fd, console.Rdev == uint64(full), flags, err)
	}
	for _, name := range []string{"fd", "stdin", "stdout", "stderr"} {
		target, err := os.Readlink("/dev/" + name)
		fmt.Printf("%s leads to %s, %v\n", name, target, err)
	}
	return nil
}

func TestOpenConsole(t *testing.T) {
	t.Parallel()
	want := []string{
		"0 is the console: true, flags 0, <nil>",
		"1 is the console: false, flags 0, <nil>",
		"2 is the console: true, flags 0, <nil>",
		"fd leads to /proc/self/fd, <nil>",
		"stdin leads to fd/0, <nil>",
		"stdout leads to fd/1, <nil>",
		"stderr leads to fd/2, <nil>",
	}
	if got := play(t, "console"); !slices.Equal(got, want) {
		t.Errorf("got\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
}
