package launch

import (
	"fmt"
	"unsafe"

	"golang.org/x/sys/unix"
)

// BlockSignals keeps all signals from the calling thread, and so from its children.
// A program in Go lets some in again when it begins: those that kill it.
func BlockSignals() {
	var all unix.Sigset_t
	for i := range all.Val {
		all.Val[i] = ^all.Val[i]
	}
	_ = unix.PthreadSigmask(unix.SIG_SETMASK, &all, nil) // fails for bad addresses only, sigprocmask(2)
}

// action is the kernel's struct sigaction, rt_sigaction(2): all zero for a default.
type action [72]byte

// defaultSignals gives all signals their default, as the exec does anyway, in time for
// those that come first: they end the service as they would right after the exec, and
// no handler of Go eats them. Most wait until admitSignals; those that Go never blocks
// do not, and until this is called SIGQUIT and SIGABRT end with a traceback of Go.
func defaultSignals(Orders) error {
	// By 33 Go tells its threads to change their ids too: it has a handler, which the exec
	// takes away. 32, of the same kind, may come ignored from a parent's posix_spawn(3).
	const last, own = 64, 33
	for sig := unix.Signal(1); sig <= last; sig++ {
		if sig == unix.SIGKILL || sig == unix.SIGSTOP || sig == own {
			continue
		}
		var none action
		_, _, e := unix.RawSyscall6(unix.SYS_RT_SIGACTION, uintptr(sig), uintptr(unsafe.Pointer(&none)), 0, last/8, 0, 0)
		if e != 0 {
			return fmt.Errorf("cannot set signal %d to its default: %w", sig, e)
		}
	}
	return nil
}

// admitSignals lets in what has come since the birth.
func admitSignals(Orders) error {
	if err := unix.PthreadSigmask(unix.SIG_SETMASK, &unix.Sigset_t{}, nil); err != nil {
		return fmt.Errorf("cannot empty the signal mask: %w", err)
	}
	return nil
}
