package zinit

import (
	"github.com/urfave/cli/v2"

	"zinit/rpc"
)

func (s *session) startCommand() *cli.Command {
	return &cli.Command{
		Name:      "start",
		Usage:     "start services, with all they require and want, and wait until they are up",
		ArgsUsage: "NAME…",
		Description: "It ends when the services are up, or when it is clear that they will not be; then\n" +
			"the reason is on stderr and the exit code is 1. What runs already is done.",
		Flags: []cli.Flag{
			noWaitFlag(), timeoutFlag(),
			&cli.BoolFlag{Name: "no-deps", Usage: "start only what is named"},
			jsonFlag(),
		},
		Action: func(c *cli.Context) error { return s.order(c, (*rpc.Client).Start) },
	}
}
