package server

import (
	"errors"
	"flag"
	"fmt"
	"os"

	"zinit/applets/version"
)

// The exit codes.
const (
	exitDone   = 0
	exitFailed = 1 // it could not start
	exitUsage  = 2
)

// Main runs the daemon until its ordered shutdown and gives the exit code: 0 after
// it, 1 if the server could not start, 2 for a command line that is wrong.
func Main(args []string) int {
	o, err := parse(args, os.Getenv)
	switch {
	case errors.Is(err, flag.ErrHelp):
		return show(usage)
	case err != nil:
		fmt.Fprintf(os.Stderr, "zinit-server: %v (zinit-server --help shows what there is)\n", err)
		return exitUsage
	case o.version:
		return show(version.Line() + "\n")
	}
	return run(o)
}

// show prints what was asked for.
func show(text string) int {
	if _, err := fmt.Print(text); err != nil {
		return exitFailed
	}
	return exitDone
}

// run serves, and says why if it can't.
func run(o options) int {
	out := newQueue(os.Stderr)
	defer out.close()
	code, err := serve(o, newLog(out, o.level, isTerminal(os.Stderr)))
	if err != nil {
		fmt.Fprintf(out, "zinit-server: %v\n", err)
		return exitFailed
	}
	return code
}
