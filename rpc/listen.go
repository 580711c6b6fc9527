package rpc

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"os"
	"path/filepath"
	"syscall"
	"time"
)

// maxSocketPath is the longest path of a socket in bytes: unix(7), sun_path less its
// closing zero.
const maxSocketPath = 107

// listener is a listener that leaves the file alone if it is no longer its own.
type listener struct {
	*net.UnixListener
	path string
	own  fs.FileInfo
}

// Listen makes a socket at path and listens on it. Its mode is 0600 from its first
// instant. The file of a server that has died is replaced; that of one that lives,
// and anything that is no socket, is an error and left untouched. Close removes the
// file, unless somebody has replaced it.
func Listen(path string) (net.Listener, error) {
	abs, err := filepath.Abs(path)
	switch {
	case path == "":
		return nil, errors.New("cannot listen: the path of the socket is empty")
	case err != nil:
		return nil, fmt.Errorf("cannot listen on %s: %w", path, err)
	case len(abs) > maxSocketPath:
		return nil, fmt.Errorf("cannot listen on %s: the path has %d bytes, a socket's at most %d; choose a shorter one", abs, len(abs), maxSocketPath)
	}
	l, err := claim(abs)
	if err != nil {
		return nil, fmt.Errorf("cannot listen on %s: %w", abs, explain(abs, err))
	}
	return l, nil
}

// claim binds the path, and does so again when it has removed what a dead server left.
// Of many servers that start at once one does so at a time: a socket that is bound
// and does not listen yet looks dead to the others.
func claim(path string) (net.Listener, error) {
	unlock, err := lockOut(path)
	if err != nil {
		return nil, err
	}
	defer unlock()
	l, err := bind(path)
	if !errors.Is(err, syscall.EADDRINUSE) {
		return l, err
	}
	if err := vacate(path); err != nil {
		return nil, err
	}
	return bind(path)
}

// bind makes the socket. The kernel gives the file the mode of the socket's own
// inode, less the umask, unix_bind in net/unix/af_unix.c: so it is set before.
func bind(path string) (net.Listener, error) {
	config := net.ListenConfig{Control: func(_, _ string, raw syscall.RawConn) error {
		var failed error
		if err := raw.Control(func(fd uintptr) { failed = syscall.Fchmod(int(fd), 0o600) }); err != nil {
			return err
		}
		return failed
	}}
	l, err := config.Listen(context.Background(), "unix", path)
	if err != nil {
		return nil, err
	}
	made := l.(*net.UnixListener)
	made.SetUnlinkOnClose(false)
	own, err := os.Lstat(path)
	if err != nil {
		made.Close()
		return nil, err
	}
	return &listener{UnixListener: made, path: path, own: own}, nil
}

// explain says of an error what a person can do about it.
func explain(path string, err error) error {
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return fmt.Errorf("the directory %s does not exist; make it, or choose another socket", filepath.Dir(path))
	case errors.Is(err, fs.ErrPermission), errors.Is(err, syscall.EROFS):
		return fmt.Errorf("the directory %s can't be written; choose another socket", filepath.Dir(path))
	default:
		return cause(err)
	}
}

// vacate removes the socket of a server that has died.
func vacate(path string) error {
	file, err := os.Lstat(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil
	case err != nil:
		return err
	case file.Mode().Type() != fs.ModeSocket:
		return errors.New("there is something that is no socket; remove it, or choose another path")
	}
	if err := stale(path); err != nil {
		return err
	}
	if err := os.Remove(path); !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return nil
}

// errStarting says that somebody else holds the lock of lockOut.
var errStarting = errors.New("another server is just starting there")

// lockOut keeps other servers from the path by a lock on a file beside it, which is
// there no longer than that.
func lockOut(path string) (unlock func(), err error) {
	name := filepath.Join(filepath.Dir(path), "."+filepath.Base(path)+".lock")
	f, err := os.OpenFile(name, os.O_RDWR|os.O_CREATE|syscall.O_NOFOLLOW|syscall.O_NONBLOCK, 0o600)
	if err != nil {
		return nil, err
	}
	if err := syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB); err != nil {
		f.Close()
		return nil, errStarting
	}
	// Who had the lock before has removed its file, perhaps after it was opened here.
	own, err := f.Stat()
	if now, e := os.Lstat(name); err != nil || e != nil || !os.SameFile(own, now) {
		f.Close()
		return nil, errStarting
	}
	return func() {
		os.Remove(name)
		f.Close()
	}, nil
}

// stale returns nil if nobody listens on the socket any more.
func stale(path string) error {
	conn, err := net.DialTimeout("unix", path, time.Second)
	switch {
	case errors.Is(err, syscall.ECONNREFUSED), errors.Is(err, fs.ErrNotExist):
		return nil
	case err != nil:
		return fmt.Errorf("something that can't be asked is there: %v", cause(err))
	}
	defer conn.Close()
	if peer, err := peerOf(conn.(*net.UnixConn)); err == nil {
		return fmt.Errorf("it is already served by process %d; stop that server, or choose another socket", peer.Pid)
	}
	return errors.New("it is already served; stop that server, or choose another socket")
}

// cause takes the operation and the address off an error of package net: they are
// said already.
func cause(err error) error {
	if number, ok := errors.AsType[syscall.Errno](err); ok {
		return number
	}
	return err
}

// Close stops listening and removes the socket's file, if it is still the one that
// Listen made.
func (l *listener) Close() error {
	if now, err := os.Lstat(l.path); err == nil && os.SameFile(now, l.own) {
		os.Remove(l.path)
	}
	return l.UnixListener.Close()
}
