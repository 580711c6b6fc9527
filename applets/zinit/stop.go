package zinit

import (
	"github.com/urfave/cli/v2"

	"zinit/rpc"
)

func (s *session) stopCommand() *cli.Command {
	return &cli.Command{
		Name:      "stop",
		Usage:     "stop services, after all that require them, and wait until they are down",
		ArgsUsage: "NAME…",
		Description: "What does not stop within its stop timeout is killed: then it says so on stderr, and\n" +
			"the exit code is 0 all the same. What is stopped already is done.",
		Flags:  []cli.Flag{noWaitFlag(), timeoutFlag(), jsonFlag()},
		Action: func(c *cli.Context) error { return s.order(c, (*rpc.Client).Stop) },
	}
}
