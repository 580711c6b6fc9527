package procfs

import (
	"bytes"
	"fmt"
	"strconv"
)

// Stat is what /proc/PID/stat says of a process.
type Stat struct {
	Pid, Ppid, Pgid, Session int
	Command                  string // the program's name, at most 15 bytes
	State                    byte   // one letter; Z: a zombie
	Ticks                    uint64 // start time in clock ticks since boot
}

// Alive says whether pid is still the process that was born at ticks. A zombie
// that nobody has reaped counts: its number is not free yet.
func Alive(pid int, ticks uint64) bool {
	s, err := Identify(pid)
	return err == nil && s.Ticks == ticks
}

// Identify reads the stat of a process. It fails for one that is gone, or that
// /proc hides (hidepid).
func Identify(pid int) (Stat, error) {
	var buf [1024]byte
	line, err := readOnce(dir(pid)+"/stat", buf[:])
	if err != nil {
		return Stat{}, err
	}
	return parse(line)
}

// Zombie says whether the process has ended and only waits to be reaped.
func (s Stat) Zombie() bool { return s.State == 'Z' || s.State == 'X' }

// Kernel says whether it is a thread of the kernel's own.
func (s Stat) Kernel() bool { return s.Pid == 2 || s.Ppid == 2 && s.Session == 0 }

// parse takes the line apart from its last parenthesis, as the command between the
// parentheses may hold anything. It is read for each process there is, so it makes
// no garbage but the command.
func parse(line []byte) (Stat, error) {
	open, end := bytes.IndexByte(line, '('), bytes.LastIndexByte(line, ')')
	var fields [20][]byte // of those behind the command; the last is the start time
	if open < 1 || end < open || split(line[end+1:], fields[:]) < len(fields) || len(fields[0]) != 1 {
		return Stat{}, fmt.Errorf("cannot read stat %q", string(line))
	}
	s := Stat{Command: string(line[open+1 : end]), State: fields[0][0]}
	numbers := [...]struct {
		text []byte
		to   *int
	}{{bytes.TrimSpace(line[:open]), &s.Pid}, {fields[1], &s.Ppid}, {fields[2], &s.Pgid}, {fields[3], &s.Session}}
	for _, n := range numbers {
		v, err := strconv.Atoi(string(n.text))
		if err != nil {
			return Stat{}, fmt.Errorf("cannot read stat %q: %w", string(line), err)
		}
		*n.to = v
	}
	var err error
	s.Ticks, err = strconv.ParseUint(string(fields[19]), 10, 64)
	return s, err
}

// split fills fields with the first words of a text, and says how many there were.
func split(text []byte, fields [][]byte) (n int) {
	for field := range bytes.FieldsSeq(text) {
		if n == len(fields) {
			break
		}
		fields[n] = field
		n++
	}
	return n
}
