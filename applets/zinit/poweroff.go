package zinit

import "github.com/urfave/cli/v2"

func (s *session) poweroffCommand() *cli.Command {
	return &cli.Command{
		Name:   "poweroff",
		Usage:  "stop all services in order, then power the machine off",
		Action: s.tellShim(signalPowerOff),
	}
}
