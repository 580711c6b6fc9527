package zinit

import "github.com/urfave/cli/v2"

func (s *session) rebootCommand() *cli.Command {
	return &cli.Command{
		Name:   "reboot",
		Usage:  "stop all services in order, then start the machine anew",
		Action: s.tellShim(signalReboot),
	}
}
