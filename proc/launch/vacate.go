package launch

import (
	"fmt"
	"time"

	"golang.org/x/sys/unix"
)

// GiveBack ends what a service's user can do to its terminal: it belongs to the caller's
// user again, with mode 0620, whoever still has it open is hung up, and it is as usable
// as a new one. zinit is the process on whose descriptors zinit prints: its own terminal
// stays open. It may block as long as the device does. Opening fails where the device is
// gone, ENOENT, ENXIO, ENODEV, or EIO for a pseudo terminal.
func GiveBack(path string, zinit int) error {
	fd, err := vacate(path, nil, zinit)
	if fd >= 0 {
		_ = unix.Close(fd)
	}
	return err
}

// vacate opens a terminal, makes it the user's, and then takes it from all others: in
// this order, so that nobody who is hung up opens it again.
func vacate(path string, id *Identity, zinit int) (fd int, err error) {
	if fd, err = openTerminal(path); err == nil {
		err = own(fd, id)
	}
	if err != nil {
		return fd, err
	}
	if _, err := unix.IoctlGetInt(fd, unix.TIOCGSID); err == nil {
		return fd, nil // our own controlling terminal: we are not to stop ourselves
	}
	if hangUp(fd, zinit) {
		hung := fd
		fd, err = openTerminal(fmt.Sprintf("/proc/self/fd/%d", hung)) // this one, whatever the path leads to by now
		_ = unix.Close(hung)                                          // last: where nobody has a pseudo terminal open it ends for its master
	}
	if err == nil {
		reset(fd)
	}
	return fd, err
}

// hangUp ends what all others can do with a terminal that they have open, as vhangup(2)
// does, and says whether it did. It needs CAP_SYS_ADMIN, which a container lacks mostly.
// What was opened as /dev/console the kernel spares. What zinit has opened by the line's
// own name is spared here. TIOCGDEV, Linux 2.6.38, gives the line behind /dev/console.
func hangUp(fd, zinit int) bool {
	line, err := unix.IoctlGetUint32(fd, unix.TIOCGDEV)
	if err != nil {
		return false
	}
	for std := range 3 {
		var st unix.Stat_t
		err := unix.Stat(fmt.Sprintf("/proc/%d/fd/%d", zinit, std), &st)
		if err == nil && st.Rdev == uint64(line) || err != nil && err != unix.ENOENT {
			return false // it is, or might be
		}
	}
	// What was written is to go out, zinit's own words to a console among it: a hang-up
	// drops it. A line that is held up is not waited for.
	const looks, pause = 50, 20 * time.Millisecond
	for range looks {
		if left, err := unix.IoctlGetInt(fd, unix.TIOCOUTQ); err != nil || left == 0 {
			break
		}
		time.Sleep(pause)
	}
	return unix.IoctlSetInt(fd, unix.TIOCVHANGUP, 0) == nil
}

// The modes of a virtual terminal and its keyboard, ioctl_console(2).
const (
	setMode     = 0x4b3a // KDSETMODE
	textMode    = 0      // KD_TEXT
	setKeyboard = 0x4b45 // KDSKBMODE
	unicodeKeys = 3      // K_UNICODE
)

// reset undoes what programs leave behind that are killed: exclusive use, graphics, and
// raw input, as termios(3) has it. The speed of a line stays.
func reset(fd int) {
	_ = unix.IoctlSetInt(fd, unix.TIOCNXCL, 0)
	_ = unix.IoctlSetInt(fd, setMode, textMode)
	_ = unix.IoctlSetInt(fd, setKeyboard, unicodeKeys)
	t, err := unix.IoctlGetTermios(fd, unix.TCGETS)
	if err != nil {
		return
	}
	t.Iflag &^= unix.IGNBRK | unix.BRKINT | unix.ISTRIP | unix.INLCR | unix.IGNCR
	t.Iflag |= unix.ICRNL | unix.IXON | unix.IMAXBEL | unix.IUTF8
	t.Oflag |= unix.OPOST | unix.ONLCR
	t.Cflag |= unix.CREAD
	t.Lflag = unix.ISIG | unix.ICANON | unix.IEXTEN | unix.ECHO | unix.ECHOE | unix.ECHOK | unix.ECHOCTL | unix.ECHOKE
	copy(t.Cc[:], "\x03\x1c\x7f\x15\x04\x00\x01\x00\x11\x13\x1a\x00\x12\x0f\x17\x16\x00") // stty sane, in the order of asm-generic/termbits.h
	_ = unix.IoctlSetTermios(fd, unix.TCSETS, t)
}
