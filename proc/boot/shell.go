package boot

import (
	"errors"
	"os"
	"syscall"

	"golang.org/x/sys/unix"
)

// shells is what may serve as an emergency shell, the first that exists.
var shells = [][]string{
	{"/bin/sh"},
	{"/bin/bash"},
	{"/usr/bin/sh"},
	{"/bin/busybox", "sh"},
	{"/usr/bin/busybox", "sh"},
	{"/sbin/sulogin"},
	{"/usr/sbin/sulogin"},
}

// ErrNoShell says that the image has none of the shells.
var ErrNoShell = errors.New("there is no shell in this image")

// Shell starts the emergency shell on the console, as the leader of a session
// with the console as its terminal, and gives its pid. Its end is the reaper's to
// tell.
func Shell() (pid int, err error) {
	argv := findShell()
	if argv == nil {
		return 0, ErrNoShell
	}
	console, err := unix.Open("/dev/console", unix.O_RDWR|unix.O_NOCTTY|unix.O_CLOEXEC, 0)
	if err != nil {
		return 0, &os.PathError{Op: "open", Path: "/dev/console", Err: err}
	}
	defer unix.Close(console)
	fd := uintptr(console)
	attr := &syscall.ProcAttr{
		Dir:   "/",
		Env:   os.Environ(),
		Files: []uintptr{fd, fd, fd},
		Sys:   &syscall.SysProcAttr{Setsid: true, Setctty: true, Ctty: 0},
	}
	pid, err = syscall.ForkExec(argv[0], argv, attr)
	if err != nil {
		// A console that is no terminal gives a shell without job control.
		attr.Sys.Setctty = false
		pid, err = syscall.ForkExec(argv[0], argv, attr)
	}
	if err != nil {
		return 0, &os.PathError{Op: "start", Path: argv[0], Err: err}
	}
	return pid, nil
}

func findShell() []string {
	for _, argv := range shells {
		if unix.Access(argv[0], unix.X_OK) == nil {
			return argv
		}
	}
	return nil
}
