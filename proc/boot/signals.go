package boot

import (
	"unsafe"

	"golang.org/x/sys/unix"
)

// action is the kernel's struct sigaction, rt_sigaction(2).
type action struct{ handler, flags, restorer, mask uintptr }

// set sets what a signal does. It fails for no signal that exists.
func (a action) set(sig uintptr) {
	const setSize = 8
	_, _, _ = unix.RawSyscall6(unix.SYS_RT_SIGACTION, sig, uintptr(unsafe.Pointer(&a)), 0, setSize, 0, 0)
}

// DefaultChild gives SIGCHLD its default back, which is that nothing happens: who
// sleeps in waitid(2) is woken anyhow, and in a flood of orphans the runtime's handler
// would cost as much as the reaping.
func DefaultChild() { action{}.set(uintptr(unix.SIGCHLD)) }

// IgnoreLibc ignores signals 32 to 34, which C libraries keep for themselves: Go
// leaves them at their default, and that ends any process but pid 1. Children
// inherit it; the server gives its own their default back.
func IgnoreLibc() {
	const ignore = 1
	for _, sig := range []uintptr{32, 33, 34} {
		action{handler: ignore}.set(sig)
	}
}
