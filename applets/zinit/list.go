package zinit

import (
	"fmt"
	"strconv"

	"zinit/rpc"
)

func (s *session) listCommand() *command {
	return &command{
		name:    "list",
		usage:   "show all services",
		options: []*option{jsonFlag()},
		run:     s.list,
	}
}

func (s *session) list(c *commandLine) error {
	if err := noArguments(c); err != nil {
		return err
	}
	all, err := ask(s, c, answerLimit, bare((*rpc.Client).List), rpc.None{})
	if err != nil {
		return err
	}
	if c.is("json") {
		return s.showJSON(array(all))
	}
	if len(all) == 0 {
		fmt.Fprintln(s.out, "no services")
		return nil
	}
	rows := make([][]string, 1, len(all)+1)
	rows[0] = []string{"NAME", "STATE", "PID", "SINCE", "RESTARTS", "NOTE"}
	for _, sv := range all {
		rows = append(rows, s.listRow(sv))
	}
	columns(s.out, "", rows, func(row, column int, cell string) string {
		switch {
		case row == 0:
			return s.paint(bold, cell)
		case column == 1:
			return s.paint(stateColor(cell), cell)
		}
		return cell
	})
	return nil
}

func (s *session) listRow(sv rpc.Service) []string {
	pid, restarts := "-", "-"
	if sv.Pid != 0 {
		pid = strconv.Itoa(sv.Pid)
	}
	if sv.RestartsTotal > 0 {
		restarts = strconv.Itoa(sv.RestartsTotal)
	}
	return []string{visible(sv.Name), sv.State, pid, s.ago(sv.SinceMs), restarts, s.note(sv)}
}

// note is the one thing about a service that a person wants to know first.
func (s *session) note(sv rpc.Service) string {
	switch {
	case sv.ConfigError != "" && sv.State != "failed":
		return "its file is invalid: " + oneLine(sv.ConfigError)
	case sv.NextStartMs != 0:
		return "starts " + s.until(sv.NextStartMs) + after(", ", failureWords(sv.Failure))
	case len(sv.WaitingOn) > 0:
		return "waits for " + waitsWords(sv, 1)
	case sv.Failure != nil:
		return failureWords(sv.Failure)
	case sv.Health != nil && illWords(*sv.Health) != "":
		return oneLine(illWords(*sv.Health))
	case sv.Phase != "" || sv.State == "starting" && sv.StatusText != "":
		return oneLine(saidWords(sv))
	case sv.State == "exited" && !sv.Oneshot && endWords(sv) != "":
		return endWords(sv)
	}
	return oneLine(sv.Description)
}

// after puts a separator before a text that is not empty.
func after(separator, text string) string {
	if text == "" {
		return ""
	}
	return separator + text
}

// array is a slice that JSON prints as [] where it is empty.
func array[T any](s []T) []T {
	if s == nil {
		return []T{}
	}
	return s
}
