package zinit

import (
	"fmt"
	"strings"
)

func (s *session) helpCommand() *command {
	return &command{
		name:      "help",
		usage:     "show this, or all about one command",
		arguments: "[COMMAND]",
		run: func(c *commandLine) error {
			switch len(c.names) {
			case 0:
				return s.showHelp()
			case 1:
				return s.showCommandHelp(c.first())
			}
			return tooMany(c, 1)
		},
	}
}

// showHelp is what `zinit` alone prints, with exit code 0: who calls it so wants
// to know what there is.
func (s *session) showHelp() error {
	fmt.Fprint(s.out, "Usage: zinit [--socket PATH] COMMAND [OPTION…] [ARGUMENT…]\n\nCommands:\n")
	for _, command := range s.commands() {
		fmt.Fprintf(s.out, "  %-16s%s\n", command.name, command.usage)
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
	command := s.command(name)
	if command == nil {
		return s.unknownCommand(name)
	}
	usage := "Usage: zinit " + command.name
	if len(command.options) > 0 {
		usage += " [OPTION…]"
	}
	if command.arguments != "" {
		usage += " " + command.arguments
	}
	fmt.Fprintf(s.out, "%s\n\n%s.\n", usage, capital(command.usage))
	if command.description != "" {
		fmt.Fprintf(s.out, "\n%s\n", command.description)
	}
	if len(command.options) > 0 {
		fmt.Fprint(s.out, "\nOptions:\n")
		columns(s.out, "  ", optionRows(command.options), nil)
	}
	return nil
}

// optionRows gives each option with its manual.
func optionRows(options []*option) [][]string {
	var rows [][]string
	for _, opt := range options {
		var names []string
		for _, name := range opt.names() {
			names = append(names, dashed(name))
		}
		left := strings.Join(names, ", ")
		if opt.value != "" {
			left += " " + opt.value
		}
		rows = append(rows, []string{left, opt.usage})
	}
	return rows
}

func capital(s string) string {
	if s == "" {
		return s
	}
	return strings.ToUpper(s[:1]) + s[1:]
}
