package probe

import (
	"strconv"
	"strings"
	"time"
)

// NoticeMax is the longest notice in bytes.
const NoticeMax = 8 << 10

// extendMost bounds EXTEND_TIMEOUT_USEC.
const extendMost = 24 * time.Hour

// Notice is one message of sd_notify(3). What it does not speak of is nil, zero or
// false.
type Notice struct {
	Ready, Reloading, Stopping bool
	Alive, Stuck               bool    // WATCHDOG=1, WATCHDOG=trigger
	Status                     *string // printable, at most 300 bytes
	Main                       int     // MAINPID, at least 1
	Extend                     time.Duration
}

// ReadNotice reads a message: lines of KEY=VALUE. Lines that are not understood, as
// those of BARRIER and FDSTORE, which are descriptors' business, tell nothing.
func ReadNotice(text []byte) Notice {
	var n Notice
	for line := range strings.SplitSeq(string(text[:min(len(text), NoticeMax)]), "\n") {
		key, value, _ := strings.Cut(line, "=")
		switch key {
		case "READY":
			n.Ready = n.Ready || value == "1"
		case "RELOADING":
			n.Reloading = n.Reloading || value == "1"
		case "STOPPING":
			n.Stopping = n.Stopping || value == "1"
		case "WATCHDOG":
			n.Alive, n.Stuck = n.Alive || value == "1", n.Stuck || value == "trigger"
		case "STATUS":
			status := OneLine(value, MessageMax)
			n.Status = &status
		case "MAINPID":
			if pid, err := strconv.ParseInt(value, 10, 32); err == nil && pid > 0 {
				n.Main = int(pid)
			}
		case "EXTEND_TIMEOUT_USEC":
			if us, err := strconv.ParseUint(value, 10, 64); err == nil {
				n.Extend = time.Duration(min(us, uint64(extendMost/time.Microsecond))) * time.Microsecond
			}
		}
	}
	return n
}
