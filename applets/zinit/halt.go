package zinit

import "github.com/urfave/cli/v2"

func (s *session) haltCommand() *cli.Command {
	return &cli.Command{
		Name:   "halt",
		Usage:  "stop all services in order, then halt the machine",
		Action: s.tellShim(signalHalt),
	}
}
