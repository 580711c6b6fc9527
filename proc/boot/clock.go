package boot

import (
	"time"

	"golang.org/x/sys/unix"
)

// SinceBoot is the time since the kernel started its clock, without sleep:
// CLOCK_MONOTONIC, the one that the kernel's own messages carry.
func SinceBoot() time.Duration {
	var ts unix.Timespec
	if unix.ClockGettime(unix.CLOCK_MONOTONIC, &ts) != nil {
		return 0
	}
	return time.Duration(ts.Nano())
}
