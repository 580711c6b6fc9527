package proc

import (
	"fmt"
	"strconv"
	"strings"
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

// statOf reads the stat of a process.
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
