package zinit

import (
	"zinit/rpc"
)

func (s *session) debugStateCommand() *command {
	return &command{
		name:        "debug-state",
		usage:       "print everything the server knows, as JSON",
		description: "For reports of errors. The keys are not part of any contract.",
		options:     []*option{jsonFlag()},
		run:         s.debugState,
	}
}

func (s *session) debugState(c *commandLine) error {
	if err := noArguments(c); err != nil {
		return err
	}
	state, err := ask(s, c, answerLimit, bare((*rpc.Client).DebugState), rpc.None{})
	if err != nil {
		return err
	}
	return s.showJSON(state)
}
