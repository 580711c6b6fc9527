package zinit

import (
	"github.com/urfave/cli/v2"

	"zinit/rpc"
)

func (s *session) stopAllCommand() *cli.Command {
	return &cli.Command{
		Name:   "stop-all",
		Usage:  "stop all services of class user",
		Flags:  []cli.Flag{jsonFlag()},
		Action: func(c *cli.Context) error { return s.bulk(c, (*rpc.Client).StopAll, "stopped") },
	}
}
