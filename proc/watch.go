package proc

import (
	"errors"
	"fmt"
	"os"
	"sync"
	"syscall"
	"time"
	"unsafe"

	"golang.org/x/sys/unix"

	"zinit/proc/procfs"
	"zinit/supervisor"
)

// How long a process that has ended may wait for its parent to reap it, before its
// status is given up: only then the kernel tells it to others. Of one that was told
// to stop the status is worth less than the time of who waits for its end.
const (
	lingering        = time.Second
	lingeringStopped = 20 * time.Millisecond
)

// watch sees the end of processes that are not our children, by pidfd: one epoll
// set and one goroutine for all. Linux 5.3; statuses need 6.15.
type watch struct {
	told    func(pid int, ticks uint64, status supervisor.Status)
	stopped func(pid int) bool // it was told to stop
	epoll   *os.File
	conn    syscall.RawConn

	mu      sync.Mutex
	watched map[int]*watched // by pidfd
}

type watched struct {
	pid   int
	ticks uint64
	timer *time.Timer // runs from its end to the latest moment of telling of it
}

func newWatch(told func(pid int, ticks uint64, status supervisor.Status), stopped func(pid int) bool) (*watch, error) {
	fd, err := unix.EpollCreate1(unix.EPOLL_CLOEXEC)
	if err != nil {
		return nil, fmt.Errorf("cannot watch processes: %w", err)
	}
	// An epoll descriptor can itself be waited for: no thread sits in epoll_wait.
	if err := unix.SetNonblock(fd, true); err != nil {
		return nil, errors.Join(fmt.Errorf("cannot watch processes: %w", err), unix.Close(fd))
	}
	w := &watch{told: told, stopped: stopped, epoll: os.NewFile(uintptr(fd), "watch"), watched: map[int]*watched{}}
	if w.conn, err = w.epoll.SyscallConn(); err != nil {
		return nil, errors.Join(fmt.Errorf("cannot watch processes: %w", err), w.epoll.Close())
	}
	return w, nil
}

// add begins to watch a process; false: it is gone, or the number is another's.
func (w *watch) add(pid int, ticks uint64) bool {
	fd, err := unix.PidfdOpen(pid, 0)
	if err != nil {
		return false
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	if !procfs.Alive(pid, ticks) || w.arm(unix.EPOLL_CTL_ADD, fd, unix.EPOLLIN) != nil {
		_ = unix.Close(fd)
		return false
	}
	w.watched[fd] = &watched{pid: pid, ticks: ticks}
	return true
}

func (w *watch) arm(op, fd int, events uint32) error {
	var failed error
	err := w.conn.Control(func(epoll uintptr) {
		failed = unix.EpollCtl(int(epoll), op, fd, &unix.EpollEvent{Events: events, Fd: int32(fd)})
	})
	return errors.Join(err, failed)
}

// run waits until close.
func (w *watch) run() {
	events := make([]unix.EpollEvent, 64)
	for {
		n := 0
		err := w.conn.Read(func(epoll uintptr) bool {
			n, _ = unix.EpollWait(int(epoll), events, 0)
			return n > 0
		})
		if err != nil {
			return
		}
		for _, ev := range events[:max(n, 0)] {
			w.ended(int(ev.Fd), ev.Events&unix.EPOLLHUP != 0)
		}
	}
}

// ended is called when a process has ended and, later, when it was reaped.
func (w *watch) ended(fd int, reaped bool) {
	status, known := exitOf(fd)
	if known || reaped {
		w.tell(fd, status)
		return
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	p := w.watched[fd]
	if p == nil || p.timer != nil {
		return
	}
	patience := lingering
	if w.stopped(p.pid) {
		patience = lingeringStopped
	}
	p.timer = time.AfterFunc(patience, func() {
		status, _ := exitOf(fd)
		w.tell(fd, status)
	})
	// Hang-up, the reaping, is reported unasked.
	_ = w.arm(unix.EPOLL_CTL_MOD, fd, 0)
}

// tell passes the exit on, once.
func (w *watch) tell(fd int, status supervisor.Status) {
	w.mu.Lock()
	p := w.watched[fd]
	delete(w.watched, fd)
	if p != nil {
		if p.timer != nil {
			p.timer.Stop()
		}
		_ = unix.Close(fd)
	}
	w.mu.Unlock()
	if p != nil {
		w.told(p.pid, p.ticks, status)
	}
}

// close ends run; what is watched is forgotten.
func (w *watch) close() {
	w.mu.Lock()
	defer w.mu.Unlock()
	for fd, p := range w.watched {
		if p.timer != nil {
			p.timer.Stop()
		}
		_ = unix.Close(fd)
	}
	clear(w.watched)
	_ = w.epoll.Close()
}

// pidfdInfo is struct pidfd_info in its first version, linux/pidfd.h.
type pidfdInfo struct {
	mask, cgroup uint64
	_            [11]uint32 // pids and credentials
	status       int32      // as wait4(2) gives it, with PIDFD_INFO_EXIT
}

// exitOf is the exit status of the process of a pidfd, if it was reaped and the
// kernel tells (6.15); else it is unknown.
func exitOf(fd int) (status supervisor.Status, known bool) {
	const getInfo = 3<<30 | unsafe.Sizeof(pidfdInfo{})<<16 | 0xff<<8 | 11 // _IOWR(0xFF, 11, struct pidfd_info)
	info := pidfdInfo{mask: unix.PIDFD_INFO_EXIT}
	_, _, e := unix.Syscall(unix.SYS_IOCTL, uintptr(fd), getInfo, uintptr(unsafe.Pointer(&info)))
	if e != 0 || info.mask&unix.PIDFD_INFO_EXIT == 0 {
		return supervisor.Status{Unknown: true}, false
	}
	return statusOf(unix.WaitStatus(info.status)), true
}
