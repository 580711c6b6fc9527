package zinit

import (
	"github.com/urfave/cli/v2"

	"zinit/rpc"
)

func (s *session) doctorCommand() *cli.Command {
	return &cli.Command{
		Name:        "doctor",
		Usage:       "say what this environment can't do, and what is weaker for it",
		Description: "What is weak is no failure: the exit code is 0.",
		Flags:       []cli.Flag{jsonFlag()},
		Action:      s.doctor,
	}
}

func (s *session) doctor(c *cli.Context) error {
	if err := noArguments(c); err != nil {
		return err
	}
	checks, err := ask(s, c, answerLimit, bare((*rpc.Client).Doctor), rpc.None{})
	if err != nil {
		return err
	}
	if c.Bool("json") {
		return s.showJSON(checks)
	}
	rows := make([][]string, len(checks))
	for i, check := range checks {
		verdict := "ok"
		if !check.OK {
			verdict = "weak"
		}
		rows[i] = []string{check.Name, verdict, oneLine(check.Text)}
	}
	columns(s.out, "", rows, func(row, column int, cell string) string {
		if column == 1 && !checks[row].OK {
			return s.paint(yellow, cell)
		}
		return cell
	})
	return nil
}
