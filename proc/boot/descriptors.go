package boot

import (
	"errors"
	"os"

	"golang.org/x/sys/unix"
)

// linkDescriptors makes the names by which programs find their own descriptors;
// devtmpfs has none of them. What is there already is left alone.
func linkDescriptors(say Say) {
	for _, link := range [][2]string{
		{"/proc/self/fd", "/dev/fd"},
		{"fd/0", "/dev/stdin"},
		{"fd/1", "/dev/stdout"},
		{"fd/2", "/dev/stderr"},
	} {
		err := os.Symlink(link[0], link[1])
		if err != nil && !errors.Is(err, os.ErrExist) {
			say("cannot make %s: %v", link[1], err)
		}
	}
}

// openConsole makes descriptors 0 to 2 the console where the kernel found none
// to give: they are closed then, or /dev/null, which Go's runtime puts there.
func openConsole(say Say) {
	for fd := range 3 {
		if !vacant(fd) {
			continue
		}
		if err := consoleAs(fd); err != nil {
			say("cannot open /dev/console: %v", err)
			return
		}
	}
}

// vacant says whether a descriptor is closed or the null device.
func vacant(fd int) bool {
	var st unix.Stat_t
	if unix.Fstat(fd, &st) != nil {
		return true
	}
	return st.Mode&unix.S_IFMT == unix.S_IFCHR && st.Rdev == unix.Mkdev(1, 3)
}

// consoleAs opens the console as the descriptor. It does not become our
// controlling terminal: a shell's Ctrl-C is none of PID 1's business.
func consoleAs(fd int) error {
	console, err := unix.Open("/dev/console", unix.O_RDWR|unix.O_NOCTTY|unix.O_CLOEXEC, 0)
	if err != nil {
		return err
	}
	if console == fd {
		_, err = unix.FcntlInt(uintptr(fd), unix.F_SETFD, 0)
		return err
	}
	defer unix.Close(console)
	return unix.Dup3(console, fd, 0)
}
