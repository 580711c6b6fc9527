package boot

import (
	"unsafe"

	"golang.org/x/sys/unix"
)

// IgnoreLibc ignores signals 32 to 34, which C libraries keep for themselves: Go
// leaves them at their default, and that ends any process but pid 1. Children
// inherit it; the server gives its own their default back.
func IgnoreLibc() {
	const ignore, setSize = 1, 8
	action := struct{ handler, flags, restorer, mask uintptr }{handler: ignore}
	for _, sig := range []uintptr{32, 33, 34} {
		// It fails for no signal that exists, sigaction(2).
		_, _, _ = unix.RawSyscall6(unix.SYS_RT_SIGACTION, sig, uintptr(unsafe.Pointer(&action)), 0, setSize, 0, 0)
	}
}
