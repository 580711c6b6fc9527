package zinit

import "slices"

// command is what a person can tell the client to do.
type command struct {
	name        string
	usage       string // its line of the help, without a full stop
	arguments   string // as the help shows them: "NAME…"
	description string // what else there is to say; may be empty
	options     []*option
	run         func(*commandLine) error
}

// option is an option of a command, --name or, where that is a letter, -n.
type option struct {
	name  string
	alias string // its other name, if it has one
	value string // what the help calls its value; "": it takes none
	usage string
}

func (o *option) names() []string {
	if o.alias == "" {
		return []string{o.name}
	}
	return []string{o.name, o.alias}
}

// commands are all commands, in the order of the README.
func (s *session) commands() []*command {
	return []*command{
		s.listCommand(),
		s.statusCommand(),
		s.startCommand(),
		s.stopCommand(),
		s.restartCommand(),
		s.killCommand(),
		s.logsCommand(),
		s.whyCommand(),
		s.treeCommand(),
		s.topCommand(),
		s.reloadCommand(),
		s.addServiceCommand(),
		s.removeServiceCommand(),
		s.startAllCommand(),
		s.stopAllCommand(),
		s.deleteAllCommand(),
		s.shutdownCommand(),
		s.poweroffCommand(),
		s.rebootCommand(),
		s.haltCommand(),
		s.checkCommand(),
		s.waitCommand(),
		s.eventsCommand(),
		s.doctorCommand(),
		s.debugStateCommand(),
		s.debugProcsCommand(),
		s.helpCommand(),
	}
}

// command finds a command by its name; nil: there is none of it.
func (s *session) command(name string) *command {
	all := s.commands()
	at := slices.IndexFunc(all, func(c *command) bool { return c.name == name })
	if at < 0 {
		return nil
	}
	return all[at]
}

// commonOptions are those that every command takes.
func commonOptions() []*option {
	return []*option{{name: "socket", value: "PATH", usage: "talk to the server at PATH"}}
}

// jsonFlag is the option of every command that shows something.
func jsonFlag() *option {
	return &option{name: "json", usage: "print one JSON document"}
}

// timeoutFlag bounds a command that waits.
func timeoutFlag() *option {
	return &option{name: "timeout", value: "TIME", usage: "give up after TIME (30s, 5m; a bare number is seconds) with exit code 5"}
}

// noWaitFlag is the option of the commands that otherwise wait until it is done.
func noWaitFlag() *option {
	return &option{name: "no-wait", usage: "return as soon as the server has taken the order"}
}
