package zinit

import (
	"github.com/urfave/cli/v2"

	"zinit/rpc"
)

func (s *session) restartCommand() *cli.Command {
	return &cli.Command{
		Name:        "restart",
		Usage:       "stop services, wait until they are gone, and start them again",
		ArgsUsage:   "NAME…",
		Description: "Those that require them are restarted too, each once. What is stopped is started.",
		Flags:       []cli.Flag{noWaitFlag(), timeoutFlag(), jsonFlag()},
		Action:      func(c *cli.Context) error { return s.order(c, (*rpc.Client).Restart) },
	}
}
