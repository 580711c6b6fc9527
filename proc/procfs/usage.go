package procfs

import (
	"bytes"
	"os"
	"strconv"
	"strings"
	"time"

	"golang.org/x/sys/unix"
)

// Usage is what one process uses, or some.
type Usage struct {
	CPU time.Duration // processor time of the living and of what they have reaped
	// Memory is in bytes: the sum of the proportional set sizes, or of the resident ones
	// where these may not be read.
	Memory      int64
	Processes   int
	Descriptors int // open files of all of them
}

// Add sums up.
func (u *Usage) Add(v Usage) {
	u.CPU += v.CPU
	u.Memory += v.Memory
	u.Processes += v.Processes
	u.Descriptors += v.Descriptors
}

// Measure is what a process uses. What cannot be read counts as nothing: it has
// ended, or is not ours to look at.
func Measure(pid int) Usage {
	base := dir(pid)
	return Usage{CPU: cpu(base), Memory: memory(base), Processes: 1, Descriptors: descriptors(base)}
}

// cpu sums the fields utime, stime, cutime and cstime of stat.
func cpu(dir string) time.Duration {
	const first, last = 11, 14     // counted behind the command
	const tick = time.Second / 100 // USER_HZ
	var buf [1024]byte
	line, err := readOnce(dir+"/stat", buf[:])
	fields := bytes.Fields(line[bytes.LastIndexByte(line, ')')+1:])
	if err != nil || len(fields) <= last {
		return 0
	}
	var ticks int64
	for _, field := range fields[first : last+1] {
		n, err := strconv.ParseInt(string(field), 10, 64)
		if err == nil {
			ticks += n
		}
	}
	return time.Duration(ticks) * tick
}

// memory is Pss of smaps_rollup (Linux 4.14), or resident of statm.
func memory(dir string) int64 {
	text, err := readFile(dir+"/smaps_rollup", 4096)
	if err == nil {
		for line := range strings.Lines(string(text)) {
			fields := strings.Fields(line)
			if len(fields) == 3 && fields[0] == "Pss:" {
				kilobytes, _ := strconv.ParseInt(fields[1], 10, 64)
				return kilobytes << 10
			}
		}
	}
	text, err = readFile(dir+"/statm", 256)
	fields := strings.Fields(string(text))
	if err != nil || len(fields) < 2 {
		return 0
	}
	pages, _ := strconv.ParseInt(fields[1], 10, 64)
	return pages * int64(os.Getpagesize())
}

// descriptors counts the entries of fd: since Linux 6.2 the directory's size says
// how many there are.
func descriptors(dir string) int {
	var st unix.Stat_t
	if unix.Stat(dir+"/fd", &st) == nil && st.Size > 0 {
		return int(st.Size)
	}
	fds, err := os.Open(dir + "/fd")
	if err != nil {
		return 0
	}
	defer fds.Close()
	names, _ := fds.Readdirnames(-1)
	return len(names)
}
