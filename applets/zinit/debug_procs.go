package zinit

import (
	"fmt"

	"zinit/rpc"
)

func (s *session) debugProcsCommand() *command {
	return &command{
		name:        "debug-procs",
		usage:       "show the processes of a service, as a tree",
		arguments:   "NAME",
		description: "The letter is the state as ps(1) shows it.",
		options:     []*option{jsonFlag()},
		run:         s.debugProcs,
	}
}

func (s *session) debugProcs(c *commandLine) error {
	name, err := oneName(c)
	if err != nil {
		return err
	}
	leader, err := ask(s, c, answerLimit, (*rpc.Client).DebugProcs, name)
	if err != nil {
		return err
	}
	if c.is("json") {
		return s.showJSON(leader)
	}
	rows := append([][]string{{"PID", "PPID", "PGID", "", "COMMAND"}}, procRows(leader)...)
	columns(s.out, "", rows, func(row, _ int, cell string) string {
		if row == 0 {
			return s.paint(bold, cell)
		}
		return cell
	})
	return nil
}

// procRows is a process and all below it, the children behind their parent.
func procRows(leader rpc.Process) [][]string {
	type level struct {
		rpc.Process
		depth int
	}
	var rows [][]string
	root := level{leader, 0}
	if leader.Pid == 0 { // it is gone: only what has escaped is there
		root.depth = -1
	}
	for stack := []level{root}; len(stack) > 0; {
		p := stack[len(stack)-1]
		stack = stack[:len(stack)-1]
		if p.depth >= 0 {
			margin, number := indent(p.depth, "  ")
			rows = append(rows, []string{fmt.Sprint(p.Pid), fmt.Sprint(p.Ppid), fmt.Sprint(p.Pgid), p.State, number + margin + oneLine(p.Command)})
		}
		for i := len(p.Children) - 1; i >= 0; i-- {
			stack = append(stack, level{p.Children[i], p.depth + 1})
		}
	}
	return rows
}
