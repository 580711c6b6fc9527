package zinit

import (
	"zinit/rpc"
)

func (s *session) startCommand() *command {
	return &command{
		name:      "start",
		usage:     "start services, with all they require and want, and wait until they are up",
		arguments: "NAME…",
		description: "It ends when the services are up, or when it is clear that they will not be; then\n" +
			"the reason is on stderr and the exit code is 1. What runs already is done.",
		options: []*option{
			noWaitFlag(), timeoutFlag(),
			{name: "no-deps", usage: "start only what is named"},
			jsonFlag(),
		},
		run: func(c *commandLine) error { return s.order(c, (*rpc.Client).Start) },
	}
}
