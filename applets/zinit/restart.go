package zinit

import (
	"zinit/rpc"
)

func (s *session) restartCommand() *command {
	return &command{
		name:        "restart",
		usage:       "stop services, wait until they are gone, and start them again",
		arguments:   "NAME…",
		description: "Those that require them are restarted too, each once. What is stopped is started.",
		options:     []*option{noWaitFlag(), timeoutFlag(), jsonFlag()},
		run:         func(c *commandLine) error { return s.order(c, (*rpc.Client).Restart) },
	}
}
