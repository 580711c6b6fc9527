package logs

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"strconv"

	"golang.org/x/sys/unix"
)

// logFile is the file that a service's output is copied to. The one goroutine that
// uses it may have to wait for the disk; no other one does.
type logFile struct {
	target
	fd      int // -1: closed
	regular bool
	linked  bool // its path is a symbolic link: it is not rotated
	dev     uint64
	ino     uint64
	size    int64 // when it was last looked at
}

// ready opens the file where it is closed, or is not at its path any more, and finds
// out its size. A FIFO without a reader is an error, not a wait, fifo(7).
func (f *logFile) ready() error {
	var st unix.Stat_t
	if f.fd >= 0 {
		err := unix.Stat(f.path, &st)
		if err == nil && st.Ino == f.ino && uint64(st.Dev) == f.dev {
			f.size = st.Size
			return nil
		}
		f.close()
	}
	fd, linked, err := openLog(f.path)
	if err == nil {
		if err = unix.Fstat(fd, &st); err != nil {
			unix.Close(fd)
		}
	}
	if err != nil {
		return fmt.Errorf("cannot open it: %w", err)
	}
	f.fd, f.regular, f.size = fd, st.Mode&unix.S_IFMT == unix.S_IFREG, st.Size
	f.dev, f.ino, f.linked = uint64(st.Dev), st.Ino, linked
	return nil
}

// openLog opens the file at a path, made if absent. Of symbolic links only root's and
// our own are followed: anybody else who may write to the directory, as a service's
// user often may, could have us write to any file there is.
func openLog(path string) (fd int, linked bool, err error) {
	const flags = unix.O_WRONLY | unix.O_APPEND | unix.O_CREAT | unix.O_CLOEXEC | unix.O_NOCTTY | unix.O_NONBLOCK
	fd, err = unix.Open(path, flags|unix.O_NOFOLLOW, 0o640)
	if err != unix.ELOOP {
		return fd, false, err
	}
	var st unix.Stat_t
	if err := unix.Lstat(path, &st); err != nil {
		return -1, true, err
	}
	if uid := int(st.Uid); uid != 0 && uid != os.Geteuid() {
		return -1, true, fmt.Errorf("it is a symbolic link of user id %d, and only root's and zinit's own are followed", uid)
	}
	fd, err = unix.Open(path, flags, 0o640)
	return fd, true, err
}

// write appends b and says how much of it is in the file.
func (f *logFile) write(b []byte) (int, error) {
	for done := 0; ; {
		n, err := unix.Write(f.fd, b[done:])
		done += max(n, 0)
		switch {
		case err == unix.EINTR:
			continue
		case err != nil || done == len(b):
			return done, err
		}
	}
}

func (f *logFile) close() {
	if f.fd >= 0 {
		unix.Close(f.fd)
		f.fd = -1
	}
}

// rotate makes FILE.1 of FILE, FILE.2 of FILE.1, and so on, and begins FILE anew.
// They move up to the first number that is free, so that a rotation which a kill
// has cut short, or somebody's removal of a file, costs none of the others. The oldest
// is removed, not renamed over: ext4(5) would write out at once all that takes a file's
// place (auto_da_alloc), and a flood wait for the disk. With
// keep = 0 the file is emptied. Where another service that writes to it was quicker,
// there is nothing to do.
func (f *logFile) rotate() error {
	if was := f.size; f.ready() != nil || f.size < was {
		return nil // the next turn says what is wrong, if anything is
	}
	if f.keep == 0 {
		if err := unix.Ftruncate(f.fd, 0); err != nil {
			return fmt.Errorf("cannot empty it: %w", err)
		}
		f.size = 0
		return nil
	}
	number := func(i int) string {
		if i == 0 {
			return f.path
		}
		return f.path + "." + strconv.Itoa(i)
	}
	free := 1
	for free < f.keep {
		if _, err := os.Lstat(number(free)); errors.Is(err, os.ErrNotExist) {
			break
		}
		free++
	}
	if err := unix.Unlink(number(free)); err != nil && err != unix.ENOENT {
		return fmt.Errorf("cannot remove %s: %w", number(free), err)
	}
	for i := free; i > 0; i-- {
		if err := unix.Rename(number(i-1), number(i)); err != nil {
			return fmt.Errorf("cannot rename it to %s: %w", number(i), err)
		}
	}
	f.close()
	return f.ready()
}

// lines is as many whole lines of text as room holds, but one at least.
func lines(text []byte, room int64) []byte {
	if int64(len(text)) <= room {
		return text
	}
	if i := bytes.LastIndexByte(text[:max(0, room)], '\n'); i >= 0 {
		return text[:i+1]
	}
	if i := bytes.IndexByte(text, '\n'); i >= 0 {
		return text[:i+1]
	}
	return text
}
