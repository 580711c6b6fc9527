package boot

import (
	"errors"
	"time"

	"golang.org/x/sys/unix"
)

// The goals of End and Now. Any other one powers off.
const (
	PowerOff = "poweroff"
	Reboot   = "reboot"
	Halt     = "halt"
)

// How long each step of the end may take: a dead disk or network file system
// blocks it for good, and must not keep the machine from ending.
const (
	syncPatience    = 30 * time.Second
	swapPatience    = 10 * time.Second
	unmountPatience = 20 * time.Second
	flushPatience   = 2 * time.Second
)

// End ends a machine: SIGTERM to all, a while, SIGKILL, then the disks, then
// reboot(2). It never returns and never panics, whatever happens.
func End(goal string, say Say, console *Console) {
	steps := []struct {
		what string
		most time.Duration
		do   func()
	}{
		{"end the processes", 2 * Patience, func() { EndOffspring(true) }},
		{"write the disks", syncPatience, unix.Sync},
		{"switch off swap", swapPatience, func() { swapOff(say) }},
		{"unmount", unmountPatience, func() { unmountAll(say) }},
		{"write the disks", syncPatience, unix.Sync},
	}
	for _, step := range steps {
		if !within(step.most, step.do) {
			say("cannot %s: no end after %v; going on", step.what, step.most)
		}
	}
	say("%s", goal)
	within(flushPatience+time.Second, func() { console.Flush(flushPatience) })
	now(goal, say)
}

// Now ends a machine at once, without asking anybody or writing anything. It
// never returns.
func Now(goal string) { now(goal, func(string, ...any) {}) }

// now calls reboot(2) until it works: what cannot power off halts instead.
func now(goal string, say Say) {
	for {
		for _, command := range commands(goal) {
			say("cannot %s: %v", goal, reboot(command))
		}
		time.Sleep(time.Minute)
	}
}

// commands is what to try for a goal, in this order.
func commands(goal string) []int {
	switch goal {
	case Reboot:
		return []int{unix.LINUX_REBOOT_CMD_RESTART}
	case Halt:
		return []int{unix.LINUX_REBOOT_CMD_HALT}
	default:
		return []int{unix.LINUX_REBOOT_CMD_POWER_OFF, unix.LINUX_REBOOT_CMD_HALT}
	}
}

// reboot calls reboot(2) on a goroutine of its own: after a halt the kernel ends
// the thread that asked, and if that were PID 1's only one it would panic.
func reboot(command int) error {
	failed := make(chan error, 1)
	go func() { failed <- unix.Reboot(command) }()
	select {
	case err := <-failed:
		return err
	case <-time.After(time.Minute):
		return errors.New("nothing happens")
	}
}

// within runs a step and says whether it came to its end in time. A panic is an
// end too: PID 1 must not die of a bug on the way to its last system call.
func within(most time.Duration, step func()) bool {
	done := make(chan struct{})
	go func() {
		defer close(done)
		defer func() { _ = recover() }()
		step()
	}()
	select {
	case <-done:
		return true
	case <-time.After(most):
		return false
	}
}
