package zinit

import (
	"fmt"

	"zinit/rpc"
)

func (s *session) deleteAllCommand() *command {
	return &command{
		name:    "delete-all",
		usage:   "stop and forget all services of class user; their files stay",
		options: []*option{jsonFlag()},
		run:     s.deleteAll,
	}
}

func (s *session) deleteAll(c *commandLine) error {
	err := s.bulk(c, (*rpc.Client).DeleteAll, "removed")
	if err == nil && !c.is("json") {
		fmt.Fprintln(s.out, "the next reload brings back those that have a file")
	}
	return err
}
