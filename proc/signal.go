package proc

import (
	"fmt"
	"unsafe"

	"golang.org/x/sys/unix"

	"zinit/proc/procfs"
	"zinit/supervisor"
)

// kill sends a signal to the group of an incarnation. A group that is gone, or
// whose number another process has got since, is no error: it gets nothing.
//
// While the group lives its number is not given away, leader or no leader. So
// only a leader that is alive with another start time means somebody else.
//
// Of a child that we have not seen end the number is its own. Only in doubt /proc
// is asked, which takes longer than all the rest.
func (k *Kernel) kill(a supervisor.Kill) error {
	if a.Pid <= 1 {
		return fmt.Errorf("cannot signal process group %d: it is no service's", a.Pid)
	}
	sure := k.leaders.signal(a.Pid, a.Ticks) && k.link != nil && !k.adopted.Load()
	if !sure && a.Ticks != 0 && reused(a.Pid, a.Ticks) {
		return nil
	}
	k.runaways.note(a)
	err := unix.Kill(-a.Pid, unix.Signal(a.Sig))
	if err == nil && a.Cont {
		err = unix.Kill(-a.Pid, unix.SIGCONT)
	}
	if err != nil && err != unix.ESRCH {
		return fmt.Errorf("cannot signal process group %d: %w", a.Pid, err)
	}
	return nil
}

// reused says whether a number is now that of a process with another start time.
func reused(pid int, ticks uint64) bool {
	s, err := procfs.Identify(pid)
	return err == nil && s.Ticks != ticks
}

// killOne kills a process if it is still the one that was born at ticks. The
// pidfd (Linux 5.3) holds on to the process between the question and the shot.
func killOne(pid int, ticks uint64) error {
	fd, err := unix.PidfdOpen(pid, 0)
	if err == unix.ESRCH {
		return nil
	}
	if err != nil {
		return fmt.Errorf("cannot kill process %d: %w", pid, err)
	}
	defer unix.Close(fd)
	if !procfs.Alive(pid, ticks) {
		return nil
	}
	if err := unix.PidfdSendSignal(fd, unix.SIGKILL, nil, 0); err != nil && err != unix.ESRCH {
		return fmt.Errorf("cannot kill process %d: %w", pid, err)
	}
	return nil
}

// groupExists says whether a process group has members, zombies included.
func groupExists(pgid int) bool {
	err := unix.Kill(-pgid, 0)
	return err == nil || err == unix.EPERM
}

// sigaction is the kernel's struct sigaction, rt_sigaction(2), without the flags
// and what follows on them: all zero for a default.
type sigaction struct {
	handler uintptr
	_       [64]byte
}

// defaultDispositions undoes what the server was started with (nohup and its
// like). Go installs handlers for most signals, and exec makes defaults of these,
// but it respects an ignored SIGHUP and SIGINT, and leaves the job control
// signals as they are: services would inherit that.
func defaultDispositions() error {
	const ignored, last = 1, 64
	setSize := uintptr(last / 8)
	for sig := unix.Signal(1); sig <= last; sig++ {
		var now, none sigaction
		_, _, e := unix.RawSyscall6(unix.SYS_RT_SIGACTION, uintptr(sig), 0,
			uintptr(unsafe.Pointer(&now)), setSize, 0, 0)
		if e != 0 || now.handler != ignored {
			continue
		}
		_, _, e = unix.RawSyscall6(unix.SYS_RT_SIGACTION, uintptr(sig),
			uintptr(unsafe.Pointer(&none)), 0, setSize, 0, 0)
		if e != 0 {
			return fmt.Errorf("cannot set signal %d to its default: %w", sig, e)
		}
	}
	return nil
}
