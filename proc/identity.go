package proc

import (
	"bytes"
	"fmt"
	"strconv"
	"strings"

	"golang.org/x/sys/unix"
)

// stat is what /proc/PID/stat says of a process, proc(5).
type stat struct {
	pid, ppid, pgrp, session int
	command                  string // at most 15 bytes
	state                    byte   // one letter; Z: a zombie
	ticks                    uint64 // start time in clock ticks since boot
}

// Alive says whether pid is still the process that was born at ticks. A zombie
// that nobody has reaped counts: its number is not free yet.
func Alive(pid int, ticks uint64) bool {
	s, err := statOf(pid)
	return err == nil && s.ticks == ticks
}

// World names this boot of this PID namespace: processes of another world cannot
// exist any more. The start of pid 1 tells a container's life from its next one,
// which may get the same namespace number.
func World() (string, error) {
	boot, err := readFile("/proc/sys/kernel/random/boot_id", 64)
	if err != nil {
		return "", fmt.Errorf("cannot read the boot id: %w (is /proc mounted?)", err)
	}
	var ns unix.Stat_t
	if err := unix.Stat("/proc/self/ns/pid", &ns); err != nil {
		return "", fmt.Errorf("cannot tell the pid namespace: %w", err)
	}
	first, _ := statOf(1) // zero where hidepid hides it, and then always
	return fmt.Sprintf("%s-%d-%d", bytes.TrimSpace(boot), ns.Ino, first.ticks), nil
}

func statOf(pid int) (stat, error) {
	var buf [1024]byte
	text, err := readOnce("/proc/"+strconv.Itoa(pid)+"/stat", buf[:])
	if err != nil {
		return stat{}, err
	}
	return parseStat(string(text))
}

// parseStat takes the line apart from its last parenthesis, as the command
// between the parentheses may hold anything.
func parseStat(line string) (stat, error) {
	open, end := strings.IndexByte(line, '('), strings.LastIndexByte(line, ')')
	if open < 1 || end < open {
		return stat{}, fmt.Errorf("cannot read stat %q", line)
	}
	fields := strings.Fields(line[end+1:])
	if len(fields) < 20 || len(fields[0]) != 1 {
		return stat{}, fmt.Errorf("cannot read stat %q", line)
	}
	s := stat{command: line[open+1 : end], state: fields[0][0]}
	numbers := []struct {
		text string
		to   *int
	}{{strings.TrimSpace(line[:open]), &s.pid}, {fields[1], &s.ppid}, {fields[2], &s.pgrp}, {fields[3], &s.session}}
	for _, n := range numbers {
		v, err := strconv.Atoi(n.text)
		if err != nil {
			return stat{}, fmt.Errorf("cannot read stat %q: %w", line, err)
		}
		*n.to = v
	}
	var err error
	s.ticks, err = strconv.ParseUint(fields[19], 10, 64)
	return s, err
}

// readOnce reads what one read(2) gives, which of a line of /proc is all of it.
func readOnce(path string, buf []byte) ([]byte, error) {
	fd, err := unix.Open(path, unix.O_RDONLY|unix.O_CLOEXEC, 0)
	if err != nil {
		return nil, err
	}
	defer unix.Close(fd)
	for {
		n, err := unix.Read(fd, buf)
		if err != unix.EINTR {
			return buf[:max(n, 0)], err
		}
	}
}

// readFile reads at most limit bytes, by plain system calls: the runtime's
// poller has no business with files of /proc.
func readFile(path string, limit int) ([]byte, error) {
	fd, err := unix.Open(path, unix.O_RDONLY|unix.O_CLOEXEC, 0)
	if err != nil {
		return nil, err
	}
	defer unix.Close(fd)
	buf := make([]byte, min(limit, 1024))
	n := 0
	for n < limit {
		if n == len(buf) {
			buf = append(buf, make([]byte, min(len(buf), limit-n))...)
		}
		m, err := unix.Read(fd, buf[n:])
		if err == unix.EINTR {
			continue
		}
		if err != nil {
			return nil, err
		}
		if m == 0 {
			break
		}
		n += m
	}
	return buf[:n], nil
}
