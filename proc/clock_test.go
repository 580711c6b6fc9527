package proc

import (
	"testing"

	"golang.org/x/sys/unix"

	"zinit/supervisor"
)

// Delays and deadlines are measured on a clock that nobody can set, and that goes on
// while the machine sleeps.
func TestNow(t *testing.T) {
	boottime := func() supervisor.Instant {
		var ts unix.Timespec
		if err := unix.ClockGettime(unix.CLOCK_BOOTTIME, &ts); err != nil {
			t.Fatal(err)
		}
		return supervisor.Instant(ts.Nano())
	}
	before := boottime()
	now := Now()
	after := boottime()
	if now < before || now > after {
		t.Errorf("now is %v, between %v and %v since boot", now, before, after)
	}
}
