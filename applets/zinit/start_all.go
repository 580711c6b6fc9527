package zinit

import (
	"github.com/urfave/cli/v2"

	"zinit/rpc"
)

func (s *session) startAllCommand() *cli.Command {
	return &cli.Command{
		Name:   "start-all",
		Usage:  "start all services of class user",
		Flags:  []cli.Flag{jsonFlag()},
		Action: func(c *cli.Context) error { return s.bulk(c, (*rpc.Client).StartAll, "started") },
	}
}
