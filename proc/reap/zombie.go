package reap

import (
	"bytes"
	"strconv"
	"time"

	"golang.org/x/sys/unix"
)

// ticksOf is the start time of a process, which a zombie still has, in clock ticks
// since boot; 0 where /proc does not tell.
func ticksOf(pid int) uint64 {
	fd, err := unix.Open("/proc/"+strconv.Itoa(pid)+"/stat", unix.O_RDONLY|unix.O_CLOEXEC, 0)
	if err != nil {
		return 0
	}
	defer unix.Close(fd)
	var buf [512]byte
	n, err := unix.Read(fd, buf[:])
	if err != nil {
		return 0
	}
	return startOf(buf[:n])
}

// startOf finds field 22 of a line of proc(5)'s stat. The command, field 2, may hold
// anything, so what counts begins behind its last parenthesis.
func startOf(line []byte) (ticks uint64) {
	const field, afterCommand = 22, 3
	i := 0
	for word := range bytes.FieldsSeq(line[bytes.LastIndexByte(line, ')')+1:]) {
		if i++; i == field-afterCommand+1 {
			ticks, _ = strconv.ParseUint(string(word), 10, 64)
			break
		}
	}
	return ticks
}

// sinceBoot is the time since boot, sleep included (CLOCK_BOOTTIME), on which the
// server counts too.
func sinceBoot() time.Duration {
	var ts unix.Timespec
	if unix.ClockGettime(unix.CLOCK_BOOTTIME, &ts) != nil {
		return 0
	}
	return time.Duration(ts.Nano())
}
