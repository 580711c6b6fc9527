package launch

import (
	"errors"
	"fmt"
	"os"

	"golang.org/x/sys/unix"
)

// takeTerminal opens the terminal, gives it to the user, takes it from all others, and
// makes it stdin, stdout, stderr and the session's controlling terminal.
func takeTerminal(o Orders) error {
	if o.TTY == "" {
		return nil
	}
	fd, err := vacate(o.TTY, o.Identity, os.Getppid())
	if err == nil {
		err = control(fd)
	}
	for std := 0; err == nil && std <= 2; std++ {
		err = unix.Dup3(fd, std, 0)
	}
	if err != nil {
		return fmt.Errorf("cannot take terminal %s: %w", Shown(o.TTY), err)
	}
	return nil
}

// openTerminal does not wait for the carrier of a serial line, and does not become
// the controlling terminal yet.
func openTerminal(path string) (int, error) {
	fd, err := unix.Open(path, unix.O_RDWR|unix.O_NOCTTY|unix.O_NONBLOCK|unix.O_CLOEXEC, 0)
	if err != nil {
		return -1, err
	}
	if _, err := unix.IoctlGetTermios(fd, unix.TCGETS); err != nil {
		_ = unix.Close(fd)
		return -1, errors.New("it is no terminal")
	}
	return fd, unix.SetNonblock(fd, false)
}

// control makes it the controlling terminal, ioctl_tty(2). From a session that has it
// already, a dead one's leftovers perhaps, root takes it.
func control(fd int) error {
	err := unix.IoctlSetInt(fd, unix.TIOCSCTTY, 0)
	if err == unix.EPERM {
		err = unix.IoctlSetInt(fd, unix.TIOCSCTTY, 1)
	}
	if err == unix.EPERM {
		return fmt.Errorf("another session has it, and zinit lacks CAP_SYS_ADMIN: %w", err)
	}
	return err
}

// ownMode lets the owner alone read a terminal, and the group tty write to it, as
// login(1) leaves it.
const ownMode = 0o620

// own makes the terminal the user's. One that is already is not touched: it may be
// out of reach, as a container's console is.
func own(fd int, id *Identity) error {
	uid := os.Geteuid()
	if id != nil {
		uid = id.UID
	}
	var st unix.Stat_t
	if err := unix.Fstat(fd, &st); err != nil {
		return err
	}
	if int(st.Uid) != uid {
		if err := unix.Fchown(fd, uid, -1); err != nil {
			return fmt.Errorf("cannot give it to user id %d: %w", uid, err)
		}
	}
	if st.Mode&0o777 != ownMode {
		if err := unix.Fchmod(fd, ownMode); err != nil {
			return fmt.Errorf("cannot set its mode to %o: %w", ownMode, err)
		}
	}
	return nil
}
