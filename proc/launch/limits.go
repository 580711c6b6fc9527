package launch

import (
	"errors"
	"fmt"
	"os"
	"strconv"

	"golang.org/x/sys/unix"
)

// resources are the limits by name, getrlimit(2).
func resources() map[string]int {
	return map[string]int{
		"as": unix.RLIMIT_AS, "core": unix.RLIMIT_CORE, "cpu": unix.RLIMIT_CPU, "data": unix.RLIMIT_DATA,
		"fsize": unix.RLIMIT_FSIZE, "locks": unix.RLIMIT_LOCKS, "memlock": unix.RLIMIT_MEMLOCK,
		"msgqueue": unix.RLIMIT_MSGQUEUE, "nice": unix.RLIMIT_NICE, "nofile": unix.RLIMIT_NOFILE,
		"nproc": unix.RLIMIT_NPROC, "rss": unix.RLIMIT_RSS, "rtprio": unix.RLIMIT_RTPRIO,
		"rttime": unix.RLIMIT_RTTIME, "sigpending": unix.RLIMIT_SIGPENDING, "stack": unix.RLIMIT_STACK,
	}
}

// setLimits comes right before the identity, as only zinit's own may raise a hard
// limit, and not sooner, as this process has to live with them too.
func setLimits(o Orders) error {
	if len(o.Limits) == 0 {
		return nil
	}
	known := resources()
	for _, l := range o.Limits {
		resource, ok := known[l.Name]
		if !ok {
			return fmt.Errorf("cannot set limit %s: the kernel has no such limit", Shown(l.Name))
		}
		if err := unix.Setrlimit(resource, &unix.Rlimit{Cur: l.Soft, Max: l.Hard}); err != nil {
			return fmt.Errorf("cannot set limit %s to %s:%s: %w", l.Name, amount(l.Soft), amount(l.Hard), tooHigh(err, resource))
		}
	}
	return nil
}

// tooHigh adds to an error of permissions the highest limit that is permitted.
func tooHigh(err error, resource int) error {
	var now unix.Rlimit
	if !errors.Is(err, os.ErrPermission) || unix.Getrlimit(resource, &now) != nil {
		return err
	}
	return fmt.Errorf("%w (the hard limit is %s)", err, amount(now.Max))
}

func amount(n uint64) string {
	if n == unix.RLIM_INFINITY {
		return "unlimited"
	}
	return strconv.FormatUint(n, 10)
}
