package driver

import (
	"fmt"
	"os"
	"syscall"
)

// newFile is written, then renamed: no reader ever sees half a record.
const newFile = ".new"

// directory is a directory whose files are replaced as a whole.
type directory struct {
	*os.Root
	self *os.File
}

func openDirectory(root *os.Root) (directory, error) {
	self, err := root.Open(".")
	if err != nil {
		return directory{}, fmt.Errorf("cannot open the directory for records: %w", err)
	}
	return directory{Root: root, self: self}, nil
}

// replace writes a file beside the one that is meant and puts it in its place. The
// name is one of ours, without a slash.
//
// It is done by plain system calls: a boot or a shutdown replaces thousands, and
// os.File would ask the poller about each of them, at three times the cost.
func (d directory) replace(name string, text []byte) error {
	at := int(d.self.Fd())
	const flags = syscall.O_WRONLY | syscall.O_CREAT | syscall.O_TRUNC | syscall.O_CLOEXEC | syscall.O_NOFOLLOW
	fd, err := syscall.Openat(at, newFile, flags, 0o600)
	if err != nil {
		return &os.PathError{Op: "open", Path: newFile, Err: err}
	}
	if err := write(fd, text); err != nil {
		_ = syscall.Close(fd)
		return &os.PathError{Op: "write", Path: newFile, Err: err}
	}
	if err := syscall.Close(fd); err != nil {
		return &os.PathError{Op: "close", Path: newFile, Err: err}
	}
	if err := syscall.Renameat(at, newFile, at, name); err != nil {
		return &os.LinkError{Op: "rename", Old: newFile, New: name, Err: err}
	}
	return nil
}

// write writes all of text, or says why not.
func write(fd int, text []byte) error {
	for len(text) > 0 {
		n, err := syscall.Write(fd, text)
		if err != nil {
			return err
		}
		text = text[n:]
	}
	return nil
}
