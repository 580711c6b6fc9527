package zinit

import (
	"zinit/rpc"
)

func (s *session) stopAllCommand() *command {
	return &command{
		name:    "stop-all",
		usage:   "stop all services of class user",
		options: []*option{jsonFlag()},
		run:     func(c *commandLine) error { return s.bulk(c, (*rpc.Client).StopAll, "stopped") },
	}
}
