package zinit

import (
	"fmt"

	"github.com/urfave/cli/v2"

	"zinit/rpc"
)

func (s *session) deleteAllCommand() *cli.Command {
	return &cli.Command{
		Name:   "delete-all",
		Usage:  "stop and forget all services of class user; their files stay",
		Flags:  []cli.Flag{jsonFlag()},
		Action: s.deleteAll,
	}
}

func (s *session) deleteAll(c *cli.Context) error {
	err := s.bulk(c, (*rpc.Client).DeleteAll, "removed")
	if err == nil && !c.Bool("json") {
		fmt.Fprintln(s.out, "the next reload brings back those that have a file")
	}
	return err
}
