package reap

import (
	"time"

	"golang.org/x/sys/unix"
)

// sinceBoot is the time since boot, sleep included (CLOCK_BOOTTIME), on which the
// server counts too.
func sinceBoot() time.Duration {
	var ts unix.Timespec
	if unix.ClockGettime(unix.CLOCK_BOOTTIME, &ts) != nil {
		return 0
	}
	return time.Duration(ts.Nano())
}
