package syslog

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"golang.org/x/sys/unix"
)

// ErrTaken is that somebody else receives syslog already.
var ErrTaken = errors.New("another program receives syslog there")

// bind makes the socket at a path and gives it, open to all. A symbolic link is
// followed: systemd's images have one at /dev/log. What is no socket stays, and so
// does a socket where somebody answers.
func bind(path string) (fd int, err error) {
	path, err = leadsTo(path)
	if err != nil {
		return -1, err
	}
	if err := vacate(path); err != nil {
		return -1, err
	}
	fd, err = unix.Socket(unix.AF_UNIX, unix.SOCK_DGRAM|unix.SOCK_NONBLOCK|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		return -1, fmt.Errorf("cannot make a socket: %w", err)
	}
	// Before anybody can send, so that of every message the sender is known.
	err = unix.SetsockoptInt(fd, unix.SOL_SOCKET, unix.SO_PASSCRED, 1)
	if err == nil {
		err = unix.Bind(fd, &unix.SockaddrUnix{Name: path})
	}
	if err == nil {
		err = unix.Chmod(path, 0o666)
	}
	if err == unix.EADDRINUSE { // somebody was quicker
		err = ErrTaken
	}
	if err != nil {
		_ = unix.Close(fd)
		return -1, fmt.Errorf("cannot listen on %s: %w", path, err)
	}
	return fd, nil
}

// leadsTo follows symbolic links, also one whose end does not exist, for there the
// socket is to be.
func leadsTo(path string) (string, error) {
	const most = 40 // as the kernel, path_resolution(7)
	for range most {
		target, err := os.Readlink(path)
		if err != nil {
			return path, nil
		}
		if !filepath.IsAbs(target) {
			target = filepath.Join(filepath.Dir(path), target)
		}
		path = target
	}
	return "", fmt.Errorf("cannot listen on %s: too many symbolic links", path)
}

// vacate removes a socket at which nobody answers.
func vacate(path string) error {
	var st unix.Stat_t
	switch err := unix.Lstat(path, &st); {
	case err == unix.ENOENT:
		return nil // what is wrong with the directory, bind says
	case err != nil:
		return fmt.Errorf("cannot listen on %s: %w", path, err)
	case st.Mode&unix.S_IFMT != unix.S_IFSOCK:
		return fmt.Errorf("cannot listen on %s: there is something that is no socket", path)
	}
	if answers(path) {
		return fmt.Errorf("cannot listen on %s: %w", path, ErrTaken)
	}
	if err := unix.Unlink(path); err != nil && err != unix.ENOENT {
		return fmt.Errorf("cannot replace the socket %s that nobody listens on: %w", path, err)
	}
	return nil
}

// answers says whether somebody listens on a socket, of whatever kind; also where
// that cannot be found out.
func answers(path string) bool {
	fd, err := unix.Socket(unix.AF_UNIX, unix.SOCK_DGRAM|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		return true
	}
	defer unix.Close(fd)
	err = unix.Connect(fd, &unix.SockaddrUnix{Name: path})
	return err != unix.ECONNREFUSED && err != unix.ENOENT
}

// placeOf names the file at a path, the same as long as it is the same file.
func placeOf(path string) string {
	var st unix.Stat_t
	if unix.Stat(path, &st) != nil {
		return ""
	}
	return fmt.Sprintf("%d %d", st.Dev, st.Ino)
}

// Widen lets the kernel queue more messages at the sockets that are made from now
// on: 10 are few for a machine whose server is being replaced. What is more already
// stays, and so does all where it cannot be written.
func Widen() {
	const file, few, many = "/proc/sys/net/unix/max_dgram_qlen", 3, "512"
	text, err := os.ReadFile(file)
	if err == nil && len(text) <= few {
		_ = os.WriteFile(file, []byte(many), 0)
	}
}
