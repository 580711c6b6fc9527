package boot

import (
	"os"
	"time"

	"golang.org/x/sys/unix"

	"zinit/proc/procfs"
)

// Patience is how long processes have between SIGTERM and SIGKILL when there is
// no server to say how long each may take.
const Patience = 5 * time.Second

// EndOffspring ends all that is left: SIGTERM, a while, SIGKILL. As the first
// process of a namespace that is everybody, otherwise our own descendants only.
func EndOffspring(everybody bool) {
	signal := func(sig unix.Signal) {
		if everybody {
			_ = unix.Kill(-1, sig)
			return
		}
		killDescendants(sig)
	}
	signal(unix.SIGTERM)
	signal(unix.SIGCONT)
	waitForChildren(Patience)
	signal(unix.SIGHUP) // an interactive shell ignores the other
	waitForChildren(time.Second)
	signal(unix.SIGKILL)
	waitForChildren(time.Second)
}

// KillOffspring kills our descendants, and nobody else.
func KillOffspring() {
	killDescendants(unix.SIGKILL)
	waitForChildren(time.Second)
}

// waitForChildren waits until we have none, but no longer than so long. Somebody
// else reaps them.
func waitForChildren(most time.Duration) {
	for end := time.Now().Add(most); time.Now().Before(end); {
		if unix.Waitid(unix.P_ALL, 0, nil, unix.WEXITED|unix.WNOHANG|unix.WNOWAIT, nil) == unix.ECHILD {
			return
		}
		time.Sleep(10 * time.Millisecond)
	}
}

// killDescendants signals every process that descends from us, by /proc.
func killDescendants(sig unix.Signal) {
	all := procfs.All()
	for pid := range all {
		if all.Descends(pid, os.Getpid()) {
			_ = unix.Kill(pid, sig)
		}
	}
}
