package proc

import (
	"golang.org/x/sys/unix"

	"zinit/supervisor"
)

// Now is the time since boot, sleep included (CLOCK_BOOTTIME, clock_gettime(2)).
func Now() supervisor.Instant {
	var ts unix.Timespec
	// It cannot fail: the clock exists since Linux 2.6.39 and the pointer is good.
	_ = unix.ClockGettime(unix.CLOCK_BOOTTIME, &ts)
	return supervisor.Instant(ts.Nano())
}
