package zinit

import (
	"github.com/urfave/cli/v2"

	"zinit/rpc"
)

func (s *session) debugStateCommand() *cli.Command {
	return &cli.Command{
		Name:        "debug-state",
		Usage:       "print everything the server knows, as JSON",
		Description: "For reports of errors. The keys are not part of any contract.",
		Flags:       []cli.Flag{jsonFlag()},
		Action:      s.debugState,
	}
}

func (s *session) debugState(c *cli.Context) error {
	if err := noArguments(c); err != nil {
		return err
	}
	state, err := ask(s, c, answerLimit, bare((*rpc.Client).DebugState), rpc.None{})
	if err != nil {
		return err
	}
	return s.showJSON(state)
}
