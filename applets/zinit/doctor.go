package zinit

import (
	"zinit/rpc"
)

func (s *session) doctorCommand() *command {
	return &command{
		name:        "doctor",
		usage:       "say what this environment can't do, and what is weaker for it",
		description: "What is weak is no failure: the exit code is 0.",
		options:     []*option{jsonFlag()},
		run:         s.doctor,
	}
}

func (s *session) doctor(c *commandLine) error {
	if err := noArguments(c); err != nil {
		return err
	}
	checks, err := ask(s, c, answerLimit, bare((*rpc.Client).Doctor), rpc.None{})
	if err != nil {
		return err
	}
	if c.is("json") {
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
