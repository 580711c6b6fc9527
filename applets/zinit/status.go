package zinit

import (
	"fmt"
	"strings"
	"time"

	"zinit/rpc"
)

// statusLines is how much of a service's output its status shows to people.
const statusLines = 5

func (s *session) statusCommand() *command {
	return &command{
		name:        "status",
		usage:       "show one service and its last lines of output",
		arguments:   "NAME",
		description: "The exit code says whether the service is known, not whether it is up: see wait.",
		options:     []*option{jsonFlag()},
		run:         s.status,
	}
}

func (s *session) status(c *commandLine) error {
	name, err := oneName(c)
	if err != nil {
		return err
	}
	sv, err := ask(s, c, answerLimit, (*rpc.Client).Status, name)
	if err != nil {
		return err
	}
	if c.is("json") {
		return s.showJSON(sv)
	}
	s.showStatus(sv)
	if sv.Kind == "target" {
		return nil
	}
	most := statusLines
	lines, err := ask(s, c, answerLimit, (*rpc.Client).Logs, rpc.LogQuery{Names: []string{name}, Lines: &most})
	if err != nil || len(lines) == 0 {
		return nil // it has been shown what was asked for
	}
	fmt.Fprintln(s.out, "\nlast output:")
	for _, line := range lines {
		fmt.Fprintln(s.out, "  "+s.lineText(line, true))
	}
	return nil
}

// showStatus prints what there is to say, a fact a line.
func (s *session) showStatus(sv rpc.Service) {
	var rows [][]string
	fact := func(key, value string) {
		if value != "" {
			rows = append(rows, []string{key + ":", oneLine(value)})
		}
	}
	fact("name", sv.Name)
	fact("description", sv.Description)
	fact("kind", kindWords(sv))
	fact("state", s.stateWords(sv))
	if sv.Pid != 0 {
		fact("pid", fmt.Sprint(sv.Pid))
		fact("uptime", short(time.Duration(sv.UptimeMs)*time.Millisecond))
	}
	if sv.MainPid != 0 {
		fact("main pid", fmt.Sprint(sv.MainPid))
	}
	fact("says", saidWords(sv))
	fact("uses", statsWords(sv.Stats))
	fact("waits for", waitsWords(sv, 20))
	fact("next start", s.until(sv.NextStartMs))
	if failure := failureWords(sv.Failure); failure != "" {
		fact("failure", failure)
	} else {
		fact("last end", endWords(sv))
	}
	fact("restarts", restartWords(sv))
	if sv.Health != nil {
		fact("health", healthWords(*sv.Health))
	}
	fact("left over", leftWords(sv.Leftover))
	fact("at boot", sv.Status)
	fact("class", sv.Class)
	fact("origin", sv.Origin)
	if sv.Failure == nil || sv.Failure.Type != "config_error" {
		fact("file", after("invalid, the old definition is in force: ", sv.ConfigError))
	}
	columns(s.out, "", rows, func(row, column int, cell string) string {
		if column == 1 && rows[row][0] == "state:" {
			return s.paint(stateColor(sv.State), cell)
		}
		return cell
	})
}

func kindWords(sv rpc.Service) string {
	if sv.Oneshot {
		return "oneshot"
	}
	return sv.Kind
}

// stateWords is the state, whether it counts as up, whether it is wanted, and
// since when.
func (s *session) stateWords(sv rpc.Service) string {
	up, wanted := "down", "not wanted"
	if sv.Up {
		up = "up"
	}
	if sv.Wanted {
		wanted = "wanted"
	}
	return fmt.Sprintf("%s for %s (%s, %s)", sv.State, s.ago(sv.SinceMs), up, wanted)
}

func restartWords(sv rpc.Service) string {
	if sv.RestartsTotal == 0 {
		return ""
	}
	return fmt.Sprintf("%d in a row, %d in all", sv.Restarts, sv.RestartsTotal)
}

// saidWords is what a service says of itself.
func saidWords(sv rpc.Service) string {
	if sv.Phase == "" {
		return sv.StatusText
	}
	return sv.Phase + after(": ", sv.StatusText)
}

func healthWords(h rpc.Health) string { return h.State + after(", ", illWords(h)) }

// illWords is what the last probe found; empty where it found nothing.
func illWords(h rpc.Health) string {
	if h.Failures == 0 {
		return after("last probe: ", h.Message)
	}
	return fmt.Sprintf("%d failed probes in a row%s", h.Failures, after(": ", h.Message))
}

func statsWords(u *rpc.Stats) string {
	if u == nil {
		return ""
	}
	processes := "1 process"
	if u.Processes != 1 {
		processes = fmt.Sprintf("%d processes", u.Processes)
	}
	return fmt.Sprintf("%s of processor time, %s of memory, %s, %d open files",
		short(time.Duration(u.CPUMs)*time.Millisecond), bytesWords(u.MemoryBytes), processes, u.Descriptors)
}

func leftWords(pids []int) string {
	if len(pids) == 0 {
		return ""
	}
	return "pid " + strings.Trim(fmt.Sprint(pids), "[]") + " could not be killed"
}
