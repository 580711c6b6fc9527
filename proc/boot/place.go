package boot

import (
	"fmt"
	"os"
	"strings"
	"syscall"

	"golang.org/x/sys/unix"
)

// initialPidNamespace is the inode of the machine's own pid namespace,
// PROC_PID_INIT_INO in the kernel's proc_ns.h.
const initialPidNamespace = 0xEFFFFFFC

// Contained says whether this process is in a pid namespace that is not the
// machine's: a container, though nobody said so. Without /proc it is not known,
// and an initramfs has none yet: then the answer is no.
func Contained() bool {
	var st unix.Stat_t
	if err := unix.Stat("/proc/self/ns/pid", &st); err != nil {
		return false
	}
	return st.Ino != initialPidNamespace
}

// Subreaper makes orphans among our descendants our children, prctl(2).
func Subreaper() error {
	if err := unix.Prctl(unix.PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0); err != nil {
		return fmt.Errorf("cannot become a child subreaper: %w", err)
	}
	return nil
}

// places is where the binary is in images that do not mount /proc.
var places = []string{"/sbin/init", "/init", "/zinit", "/sbin/zinit", "/usr/bin/zinit", "/bin/zinit"}

// Executable is the path of our own binary, found also without /proc. It is a
// path and not a descriptor, so that a new binary on disk is used by the next start.
func Executable() (string, error) {
	if path, err := os.Readlink("/proc/self/exe"); err == nil {
		return strings.TrimSuffix(path, " (deleted)"), nil
	}
	if len(os.Args) > 0 && strings.HasPrefix(os.Args[0], "/") {
		return os.Args[0], nil
	}
	for _, path := range places {
		if unix.Access(path, unix.X_OK) == nil {
			return path, nil
		}
	}
	return "", fmt.Errorf("cannot find the zinit binary: mount /proc, or put it at %s", places[0])
}

// Null opens what a process without input reads: /dev/null, or, in an image that
// has none, a pipe without a writer. The caller closes it.
func Null() int {
	fd, err := syscall.Open("/dev/null", syscall.O_RDWR|syscall.O_CLOEXEC, 0)
	if err == nil {
		return fd
	}
	var ends [2]int
	if syscall.Pipe2(ends[:], syscall.O_CLOEXEC) != nil {
		return -1
	}
	_ = syscall.Close(ends[1])
	return ends[0]
}
