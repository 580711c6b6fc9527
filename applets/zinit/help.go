package zinit

import (
	"fmt"
	"strings"

	"github.com/urfave/cli/v2"
)

func (s *session) helpCommand() *cli.Command {
	return &cli.Command{
		Name:      "help",
		Usage:     "show this, or all about one command",
		ArgsUsage: "[COMMAND]",
		Action: func(c *cli.Context) error {
			switch c.NArg() {
			case 0:
				return s.showHelp()
			case 1:
				return s.showCommandHelp(c.Args().First())
			}
			return tooMany(c, 1)
		},
	}
}

// showHelp is what `zinit` alone prints, with exit code 0: who calls it so wants
// to know what there is.
func (s *session) showHelp() error {
	fmt.Fprint(s.out, "Usage: zinit [--socket PATH] COMMAND [OPTION…] [ARGUMENT…]\n\nCommands:\n")
	for _, command := range s.app.Commands {
		fmt.Fprintf(s.out, "  %-16s%s\n", command.Name, command.Usage)
	}
	fmt.Fprint(s.out, helpEnd)
	return nil
}

const helpEnd = `
Without a server:
  install-links   make the symbolic links zinit-server and zinit-pid1 in a directory
  server          run the server, as zinit-server does
  pid1            run the PID 1 shim, as zinit-pid1 does
  --version       print version, commit and Go version

The server is looked for at --socket, $ZINIT_SOCKET, /run/zinit.sock,
/var/run/zinit.sock, $XDG_RUNTIME_DIR/zinit.sock and /dev/shm/zinit.sock.

Exit codes: 0 done, 1 it failed, 2 usage or invalid configuration, 3 no such
service, 4 the server cannot be reached, 5 timed out. With several services it is
that of the worst outcome: 4 before 2 before 3 before 1 before 5.
`

func (s *session) showCommandHelp(name string) error {
	command := s.app.Command(name)
	if command == nil {
		return unknownCommand(s.app, name)
	}
	usage := "Usage: zinit " + command.Name
	if len(command.Flags) > 0 {
		usage += " [OPTION…]"
	}
	if command.ArgsUsage != "" {
		usage += " " + command.ArgsUsage
	}
	fmt.Fprintf(s.out, "%s\n\n%s.\n", usage, capital(command.Usage))
	if command.Description != "" {
		fmt.Fprintf(s.out, "\n%s\n", command.Description)
	}
	if len(command.Flags) > 0 {
		fmt.Fprint(s.out, "\nOptions:\n")
		columns(s.out, "  ", optionRows(command.Flags), nil)
	}
	return nil
}

// optionRows gives each option with its manual.
func optionRows(flags []cli.Flag) [][]string {
	var rows [][]string
	for _, flag := range flags {
		var names []string
		for _, name := range flag.Names() {
			names = append(names, dashed(name))
		}
		value, usage := "", flag.(cli.DocGenerationFlag).GetUsage()
		if takesValue(flag) {
			value, usage = placeholder(usage)
		}
		rows = append(rows, []string{strings.Join(names, ", ") + value, usage})
	}
	return rows
}

// placeholder takes the name of an option's value out of the backquotes in its
// manual, as package flag does it.
func placeholder(usage string) (value, rest string) {
	before, after, found := strings.Cut(usage, "`")
	name, after, closed := strings.Cut(after, "`")
	if !found || !closed {
		return " VALUE", usage
	}
	return " " + name, before + name + after
}

func capital(s string) string {
	if s == "" {
		return s
	}
	return strings.ToUpper(s[:1]) + s[1:]
}
