package zinit

import (
	"zinit/rpc"
)

func (s *session) startAllCommand() *command {
	return &command{
		name:    "start-all",
		usage:   "start all services of class user",
		options: []*option{jsonFlag()},
		run:     func(c *commandLine) error { return s.bulk(c, (*rpc.Client).StartAll, "started") },
	}
}
