package applets

import (
	"fmt"
	"os"
	"path"

	"zinit/applets/builtin"
	"zinit/applets/launch"
	"zinit/applets/pid1"
	"zinit/applets/server"
	"zinit/applets/version"
	"zinit/applets/zinit"
)

// applet is one program in the binary. It gets the words after its name and
// gives the exit code.
type applet func(args []string) int

// byName is the table: base name of argv[0] to applet. Any other name is the
// client's.
func byName() map[string]applet {
	return map[string]applet{
		"zinit-pid1":    pid1.Main,
		"init":          pid1.Main,
		"zinit-server":  server.Main,
		"zinit-builtin": builtin.Main,
		"zinit":         zinit.Main,
	}
}

// byWord is the table of those that need no symbolic link: the first word after
// the name, for the client only.
func byWord() map[string]applet {
	return map[string]applet{
		"pid1":          pid1.Main,
		"server":        server.Main,
		"install-links": installLinks,
		"--version":     showVersion,
	}
}

// Main runs the applet that argv asks for and gives the exit code.
func Main(argv []string) int {
	if len(argv) > 0 && argv[0] == launch.Name { // first: it comes before births
		return launch.Main(argv[1:])
	}
	run, args := choose(argv, os.Getpid())
	return run(args)
}

// choose finds the applet and its arguments. A process with pid 1 is the shim
// unless its name, or zinit with arguments, says otherwise: so `ENTRYPOINT
// ["/zinit"]` works, and so does any name that an image gives to the binary.
func choose(argv []string, pid int) (applet, []string) {
	if len(argv) == 0 { // execve(2) with an empty argv, before Linux 5.18
		argv = []string{""}
	}
	name, args := path.Base(argv[0]), argv[1:]
	run, known := byName()[name]
	switch {
	case known && name != "zinit":
		return run, args
	case pid == 1 && (!known || len(args) == 0):
		return pid1.Main, args
	case len(args) == 0:
		return zinit.Main, args
	}
	if run, ok := byWord()[args[0]]; ok {
		return run, args[1:]
	}
	return zinit.Main, args
}

func showVersion([]string) int {
	if _, err := fmt.Println(version.Line()); err != nil {
		fmt.Fprintf(os.Stderr, "zinit: cannot write the version: %v\n", err)
		return 1
	}
	return 0
}
