package boot

import (
	"os"
	"strconv"
	"strings"
	"time"

	"golang.org/x/sys/unix"
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
	parents := parents()
	for pid := range parents {
		if descends(parents, pid, os.Getpid()) {
			_ = unix.Kill(pid, sig)
		}
	}
}

// descends walks up from a process. A walk is no longer than the table: a pid may
// be reused while it is read.
func descends(parents map[int]int, pid, from int) bool {
	for range len(parents) {
		pid = parents[pid]
		if pid == from {
			return true
		}
		if pid == 0 {
			break
		}
	}
	return false
}

// parents is the table of all processes and their parents, proc(5).
func parents() map[int]int {
	table := map[int]int{}
	entries, err := os.ReadDir("/proc")
	if err != nil {
		return table
	}
	for _, entry := range entries {
		pid, err := strconv.Atoi(entry.Name())
		if err != nil {
			continue
		}
		text, err := os.ReadFile("/proc/" + entry.Name() + "/stat")
		if err != nil {
			continue
		}
		// The name may hold anything, so the fields begin behind the last bracket.
		_, rest, _ := strings.Cut(string(text[max(strings.LastIndexByte(string(text), ')'), 0):]), ") ")
		if fields := strings.Fields(rest); len(fields) > 1 {
			table[pid], _ = strconv.Atoi(fields[1])
		}
	}
	return table
}
