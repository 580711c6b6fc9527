package proc

import (
	"fmt"
	"syscall"

	"golang.org/x/sys/unix"

	"zinit/proc/launch"
)

// self is our own program, also when its file was replaced or removed since.
const self = "/proc/self/exe"

// fork gives birth to the process. Go's ForkExec resets handlers and the NOFILE
// limit that the runtime raised, and gives the child this thread's signal mask.
// When the exec fails it waits for the child itself, which the reaper puts up with.
//
// report is the reading end of the pipe by which a launch says how it went, -1 if
// there is no launch.
func fork(b *birth, stdin int, attr *syscall.SysProcAttr, book *births) (pid, report int, err error) {
	files := []uintptr{uintptr(stdin), 1, 2}
	if !b.inherit {
		stdout, stderr, err := openOutput(b)
		if err != nil {
			return 0, -1, err
		}
		defer unix.Close(stdout)
		defer unix.Close(stderr)
		files = []uintptr{uintptr(stdin), uintptr(stdout), uintptr(stderr)}
	}
	// Set back at once: where the thread could not get a umask of its own it is
	// the whole process's.
	defer unix.Umask(unix.Umask(b.umask))
	book.begin(b.name, b.gen)
	if b.orders != nil {
		return forkLaunch(b, files, attr)
	}
	attr.Credential = credential(b.as)
	pid, err = syscall.ForkExec(b.program.path, b.program.argv, &syscall.ProcAttr{Dir: b.dir, Env: b.env, Files: files, Sys: attr})
	if err != nil {
		return 0, -1, &launch.ExecError{Path: b.program.path, Dir: b.dir, By: b.as, Err: err}
	}
	return pid, -1, nil
}

// forkLaunch has our own program carry out the orders. Signals are blocked until that
// is done: one that comes too soon waits.
func forkLaunch(b *birth, files []uintptr, attr *syscall.SysProcAttr) (pid, report int, err error) {
	var ends [2]int
	if err := unix.Pipe2(ends[:], unix.O_CLOEXEC); err != nil {
		return 0, -1, fmt.Errorf("cannot make a pipe: %w", err)
	}
	defer unix.Close(ends[1])
	launch.BlockSignals()
	argv := append([]string{launch.Name, b.orders.Format()}, b.program.argv...)
	pid, err = syscall.ForkExec(self, argv, &syscall.ProcAttr{Dir: "/", Env: launch.Conceal(b.env), Files: append(files, uintptr(ends[1])), Sys: attr})
	_ = emptyMask() // which worked when the thread began
	if err != nil {
		_ = unix.Close(ends[0])
		return 0, -1, &launch.ExecError{Path: self, Err: err}
	}
	return pid, ends[0], nil
}

func openOutput(b *birth) (stdout, stderr int, err error) {
	stdout, err = unix.Open(b.stdout, unix.O_RDWR|unix.O_CLOEXEC, 0)
	if err != nil {
		return -1, -1, fmt.Errorf("cannot open %s for stdout: %w", b.stdout, err)
	}
	stderr, err = unix.Open(b.stderr, unix.O_RDWR|unix.O_CLOEXEC, 0)
	if err != nil {
		_ = unix.Close(stdout)
		return -1, -1, fmt.Errorf("cannot open %s for stderr: %w", b.stderr, err)
	}
	return stdout, stderr, nil
}

// emptyMask lets all signals in to the calling thread, and so to its children.
func emptyMask() error {
	if err := unix.PthreadSigmask(unix.SIG_SETMASK, &unix.Sigset_t{}, nil); err != nil {
		return fmt.Errorf("cannot empty the signal mask: %w", err)
	}
	return nil
}
