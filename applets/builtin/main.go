// Package builtin is the applet behind exec = "@builtin:NAME": zinit-server starts its
// own binary under the name zinit-builtin, as it starts any other program. Nobody
// else is meant to call it.
package builtin

import (
	"fmt"
	"os"

	"zinit/proc/builtin"
)

// Main runs one builtin: its name, and how the server runs. In anything but a
// machine there is nothing to do: a container's host has done it.
func Main(args []string) int {
	if len(args) != 2 {
		fmt.Fprintln(os.Stderr, "usage: zinit-builtin NAME MODE")
		return 2
	}
	name, mode := args[0], args[1]
	if mode != "machine" {
		fmt.Fprintf(os.Stderr, "@builtin:%s does nothing here: it is for a machine, and zinit runs as a %s\n", name, place(mode))
		return 0
	}
	err := builtin.Run(name, func(format string, args ...any) { fmt.Fprintf(os.Stderr, format+"\n", args...) })
	if err != nil {
		fmt.Fprintf(os.Stderr, "@builtin:%s: %v\n", name, err)
		return 1
	}
	return 0
}

// place is a mode for people.
func place(mode string) string {
	if mode == "container" {
		return "container's init"
	}
	return "server under another init"
}
