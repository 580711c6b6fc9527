package zinit

import "github.com/urfave/cli/v2"

// commands are all commands, in the order of the README.
func (s *session) commands() []*cli.Command {
	return []*cli.Command{
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

// jsonFlag is the option of every command that shows something.
func jsonFlag() cli.Flag {
	return &cli.BoolFlag{Name: "json", Usage: "print one JSON document"}
}

// timeoutFlag bounds a command that waits.
func timeoutFlag() cli.Flag {
	return &cli.StringFlag{Name: "timeout", Usage: "give up after `TIME` (30s, 5m; a bare number is seconds) with exit code 5"}
}

// noWaitFlag is the option of the commands that otherwise wait until it is done.
func noWaitFlag() cli.Flag {
	return &cli.BoolFlag{Name: "no-wait", Usage: "return as soon as the server has taken the order"}
}
