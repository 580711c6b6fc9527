package zinit

import (
	"zinit/rpc"
)

func (s *session) stopCommand() *command {
	return &command{
		name:      "stop",
		usage:     "stop services, after all that require them, and wait until they are down",
		arguments: "NAME…",
		description: "What does not stop within its stop timeout is killed: then it says so on stderr, and\n" +
			"the exit code is 0 all the same. What is stopped already is done.",
		options: []*option{noWaitFlag(), timeoutFlag(), jsonFlag()},
		run:     func(c *commandLine) error { return s.order(c, (*rpc.Client).Stop) },
	}
}
