package boot

import (
	"slices"
	"strings"
)

// CommandLine is what the kernel's command line asks of zinit, in /proc/cmdline.
// See kernel-parameters.txt of Linux for those that zinit shares with it.
type CommandLine struct {
	LogLevel  string   // zinit.log=: trace, debug, info, warn, error; empty: not said
	Target    string   // zinit.target=: boot only what this service or target needs
	Emergency bool     // zinit.emergency: a shell at once
	Sysvol    string   // zinit.sysvol=: a blank device that may be formatted, for @builtin:sysvol
	Root      string   // root=: a device's path, LABEL=… or UUID=…; empty: there is no other root
	RootType  string   // rootfstype=: file systems to try, with commas; empty: those the kernel knows
	RootFlags string   // rootflags=: the file system's own options
	ReadWrite bool     // rw; like the kernel, ro unless it is said
	RootWait  bool     // rootwait: wait for the device for ever
	Init      string   // init=: the program to go on with; empty: the usual ones
	Unknown   []string // words that begin with zinit. and mean nothing
}

// levels is what zinit.log= may say: the server would refuse to start with another.
var levels = []string{"trace", "debug", "info", "warn", "error"}

// ParseCommandLine reads a kernel command line. Words that are not ours are
// ignored, and of two that contradict each other the last one counts.
func ParseCommandLine(text string) CommandLine {
	var c CommandLine
	for word := range words(text) {
		c.take(word)
	}
	return c
}

func (c *CommandLine) take(word string) {
	key, value, _ := strings.Cut(word, "=")
	switch {
	case key == "zinit.log" && slices.Contains(levels, value):
		c.LogLevel = value
	case key == "zinit.target" && value != "":
		c.Target = value
	case word == "zinit.emergency":
		c.Emergency = true
	case key == "zinit.sysvol" && value != "":
		c.Sysvol = value
	case key == "root":
		c.Root = value
	case key == "rootfstype":
		c.RootType = value
	case key == "rootflags":
		c.RootFlags = value
	case word == "rw", word == "ro":
		c.ReadWrite = word == "rw"
	case word == "rootwait":
		c.RootWait = true
	case key == "init":
		c.Init = value
	case strings.HasPrefix(word, "zinit."):
		c.Unknown = append(c.Unknown, word)
	}
}

// words splits a command line at white space outside double quotes, which are
// dropped, like next_arg in the kernel's lib/cmdline.c.
func words(text string) func(yield func(string) bool) {
	return func(yield func(string) bool) {
		quoted := false
		for word := range strings.FieldsFuncSeq(text, func(r rune) bool {
			if r == '"' {
				quoted = !quoted
			}
			return !quoted && strings.ContainsRune(" \t\r\n", r)
		}) {
			if !yield(strings.ReplaceAll(word, `"`, "")) {
				return
			}
		}
	}
}
