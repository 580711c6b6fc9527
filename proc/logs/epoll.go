package logs

import (
	"fmt"
	"os"
	"syscall"

	"golang.org/x/sys/unix"
)

// batch is how many ready ears are taken from the kernel at once.
const batch = 64

// readiness is an epoll instance (epoll(7)). It hangs as one descriptor in the
// runtime's own poller, so that waiting holds neither a thread nor a processor of
// the runtime, and a thousand idle ears cost no memory there.
type readiness struct {
	fd     int
	file   *os.File
	conn   syscall.RawConn
	events [batch]unix.EpollEvent
	n      int
	err    error
}

func newReadiness() (*readiness, error) {
	fd, err := unix.EpollCreate1(unix.EPOLL_CLOEXEC)
	if err != nil {
		return nil, fmt.Errorf("cannot create an epoll instance: %w", err)
	}
	if err := unix.SetNonblock(fd, true); err != nil {
		unix.Close(fd)
		return nil, fmt.Errorf("cannot make an epoll instance non-blocking: %w", err)
	}
	r := &readiness{fd: fd, file: os.NewFile(uintptr(fd), "epoll")}
	if r.conn, err = r.file.SyscallConn(); err != nil {
		r.file.Close()
		return nil, fmt.Errorf("cannot poll an epoll instance: %w", err)
	}
	return r, nil
}

// add watches fd for input, level-triggered. It may be called by any goroutine.
func (r *readiness) add(fd int) error {
	return unix.EpollCtl(r.fd, unix.EPOLL_CTL_ADD, fd, &unix.EpollEvent{Events: unix.EPOLLIN, Fd: int32(fd)})
}

func (r *readiness) drop(fd int) error {
	return unix.EpollCtl(r.fd, unix.EPOLL_CTL_DEL, fd, nil)
}

// wait blocks until something is ready. The result is valid until the next call.
func (r *readiness) wait() ([]unix.EpollEvent, error) {
	if err := r.conn.Read(r.poll); err != nil {
		return nil, err
	}
	return r.events[:max(r.n, 0)], r.err
}

// now returns what is ready at this moment.
func (r *readiness) now() ([]unix.EpollEvent, error) {
	r.poll(0)
	return r.events[:max(r.n, 0)], r.err
}

func (r *readiness) poll(uintptr) bool {
	for {
		r.n, r.err = unix.EpollWait(r.fd, r.events[:], 0)
		if r.err != unix.EINTR {
			return r.n != 0
		}
	}
}

func (r *readiness) close() { r.file.Close() }
