package configs

import (
	"fmt"
	"iter"
	"strconv"
	"strings"
)

// Signal is a signal number, 1 to 64 (signal(7)).
type Signal int

// SIGTERM is the stop signal of a service that names no other.
const SIGTERM Signal = 15

// Real-time signals, as C libraries count them: the kernel's first two are
// theirs (signal(7), Real-time signals).
const (
	sigRTMin Signal = 34
	sigRTMax Signal = 64
)

// signalNames are the names of Linux on x86, arm and risc-v, by number.
var signalNames = [...]string{
	1: "HUP", 2: "INT", 3: "QUIT", 4: "ILL", 5: "TRAP", 6: "ABRT", 7: "BUS", 8: "FPE",
	9: "KILL", 10: "USR1", 11: "SEGV", 12: "USR2", 13: "PIPE", 14: "ALRM", 15: "TERM", 16: "STKFLT",
	17: "CHLD", 18: "CONT", 19: "STOP", 20: "TSTP", 21: "TTIN", 22: "TTOU", 23: "URG", 24: "XCPU",
	25: "XFSZ", 26: "VTALRM", 27: "PROF", 28: "WINCH", 29: "IO", 30: "PWR", 31: "SYS",
}

// String is the name, as SIGTERM or SIGRTMIN+3; the number for one without.
func (s Signal) String() string {
	switch {
	case s >= 1 && int(s) < len(signalNames):
		return "SIG" + signalNames[s]
	case s == sigRTMin:
		return "SIGRTMIN"
	case s > sigRTMin && s <= sigRTMax:
		return "SIGRTMIN+" + strconv.Itoa(int(s-sigRTMin))
	}
	return strconv.Itoa(int(s))
}

// ParseSignal reads a name with or without SIG, in any case, a number from 1 to
// 64, or a real-time signal counted from an end: SIGRTMIN+3, RTMAX-1. The error
// names the nearest right word.
func ParseSignal(text string) (Signal, error) {
	name := strings.TrimPrefix(strings.ToUpper(text), "SIG")
	for n, known := range signalNames {
		if n > 0 && name == known {
			return Signal(n), nil
		}
	}
	switch name {
	case "POLL":
		return 29, nil
	case "IOT":
		return 6, nil
	}
	if n, ok := realTime(name); ok {
		return n, nil
	}
	n, err := strconv.Atoi(name)
	isNumber := err == nil && '0' <= text[0] && text[0] <= '9'
	if isNumber && n >= 1 && n <= int(sigRTMax) {
		return Signal(n), nil
	}
	near := ""
	if !isNumber {
		near = didYouMean("SIG"+name, signalWords())
	}
	return 0, fmt.Errorf("unknown signal %s: use a name such as SIGTERM, SIGINT or SIGRTMIN+3, or a number from 1 to 64%s",
		quote(text), near)
}

// realTime reads RTMIN, RTMIN+n, RTMAX and RTMAX-n.
func realTime(name string) (Signal, bool) {
	base, sign := sigRTMin, "+"
	rest, ok := strings.CutPrefix(name, "RTMIN")
	if !ok {
		base, sign = sigRTMax, "-"
		if rest, ok = strings.CutPrefix(name, "RTMAX"); !ok {
			return 0, false
		}
	}
	if rest == "" {
		return base, true
	}
	digits, ok := strings.CutPrefix(rest, sign)
	n, err := strconv.ParseUint(digits, 10, 8)
	if !ok || err != nil || n > uint64(sigRTMax-sigRTMin) {
		return 0, false
	}
	if sign == "-" {
		return base - Signal(n), true
	}
	return base + Signal(n), true
}

// signalWords are the signals that have a name of their own.
func signalWords() iter.Seq[string] {
	return func(yield func(string) bool) {
		for n := 1; n < len(signalNames); n++ {
			if !yield(Signal(n).String()) {
				return
			}
		}
	}
}
