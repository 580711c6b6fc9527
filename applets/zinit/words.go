package zinit

import (
	"fmt"
	"strings"
	"time"

	"zinit/rpc"
)

// failureWords says a failure for people.
func failureWords(f *rpc.Failure) string {
	if f == nil {
		return ""
	}
	words := strings.ReplaceAll(f.Type, "_", " ")
	switch f.Type {
	case "exit_code":
		if f.Code != nil {
			words = fmt.Sprintf("exit code %d", *f.Code)
		}
	case "signal":
		words = "killed by " + f.Signal
		if f.OOM != nil && *f.OOM {
			words += " (out of memory)"
		}
		if f.Core != nil && *f.Core {
			words += ", core dumped"
		}
	case "start_timeout":
		words = "not ready in time"
	case "stop_timeout":
		words = "did not stop in time and was killed"
	case "health_check_failed":
		words = fmt.Sprintf("health check failed %d times", f.Attempts)
	case "spawn_error":
		words = "cannot be executed"
	case "config_error":
		words = "invalid configuration"
	case "exit_unknown":
		words = "ended unseen, while no server ran"
	}
	if f.Message != "" {
		words += ": " + f.Message
	}
	return oneLine(words)
}

// waitWords says what a blocked service waits for.
func waitWords(name string, w rpc.Wait) string {
	if w.Root != "" {
		return w.Service + " → " + waitWords("", rpc.Wait{Service: w.Root, Reason: w.Reason})
	}
	switch {
	case w.Service == name && w.Reason == "restart_delay":
		return "its restart delay"
	case w.Reason == "missing":
		return w.Service + ", which does not exist"
	case w.Reason == "conflict":
		return w.Service + ", it conflicts with that"
	case w.Reason == "after":
		return w.Service + ", it starts after that"
	case w.Reason == "inactive":
		return w.Service + ", which is not wanted"
	case w.Reason == "restart_delay":
		return w.Service + ", which is in its restart delay"
	case w.Reason == "failed":
		return w.Service + ", which failed"
	}
	return w.Service + ", which is " + w.Reason
}

// waitsWords joins all of it; a long list is cut.
func waitsWords(sv rpc.Service, most int) string {
	var words []string
	for i, w := range sv.WaitingOn {
		if i == most {
			words = append(words, fmt.Sprintf("and %d more", len(sv.WaitingOn)-most))
			break
		}
		words = append(words, waitWords(sv.Name, w))
	}
	return oneLine(strings.Join(words, "; "))
}

// until says when a service starts next; empty where that is not known.
func (s *session) until(ms int64) string {
	if ms == 0 {
		return ""
	}
	return "in " + short(time.UnixMilli(ms).Sub(s.now()))
}

// endWords says how the last run ended; empty where it has not.
func endWords(sv rpc.Service) string {
	switch {
	case sv.Signal != "":
		return "by " + sv.Signal
	case sv.ExitCode != nil:
		return fmt.Sprintf("exit code %d", *sv.ExitCode)
	}
	return ""
}

// outcome is the line about a service after start, stop or restart.
func outcome(sv rpc.Service) string {
	words := sv.Name + ": " + sv.State
	switch {
	case sv.Pid != 0:
		words += fmt.Sprintf(", pid %d", sv.Pid)
	case sv.State == "failed" && sv.Failure != nil:
		words += ", " + failureWords(sv.Failure)
	case sv.State == "blocked" && len(sv.WaitingOn) > 0:
		words += ", waits for " + waitsWords(sv, 3)
	case sv.State == "exited" && endWords(sv) != "":
		words += ", " + endWords(sv)
	}
	return words
}
