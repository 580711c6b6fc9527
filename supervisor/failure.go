package supervisor

import (
	"strconv"

	"zinit/configs"
)

// String is the failure for people, in a few words.
func (f Failure) String() string {
	switch f.Kind {
	case FailExitCode:
		return "exit code " + strconv.Itoa(f.Code)
	case FailSignal:
		return "killed by " + Status{Signal: f.Signal, Core: f.Core, OOM: f.OOM}.String()
	case FailStart:
		if f.Message != "" {
			return "was not ready within its start timeout: " + f.Message
		}
		return "was not ready within its start timeout"
	case FailStop:
		return "did not stop within its stop timeout and was killed"
	case FailHealth:
		return strconv.Itoa(f.Attempts) + " health checks in a row failed: " + f.Message
	case FailSpawn, FailConfig, FailExitUnknown:
		return f.Message
	default:
		return "none"
	}
}

// failure is what a status means for a process that nobody told to stop.
func (s Status) failure() Failure {
	switch {
	case s.Success():
		return Failure{}
	case s.Unknown:
		return Failure{Kind: FailExitUnknown, Message: "it ended while no server ran: its exit status is unknown"}
	case s.Signal != 0:
		return Failure{Kind: FailSignal, Signal: s.Signal, Core: s.Core, OOM: s.OOM}
	default:
		return Failure{Kind: FailExitCode, Code: s.Code}
	}
}

// String is the status for people.
func (s Status) String() string {
	switch {
	case s.Unknown:
		return "exit status unknown"
	case s.Signal != 0 && s.OOM:
		return configs.Signal(s.Signal).String() + " (out of memory)"
	case s.Signal != 0 && s.Core:
		return configs.Signal(s.Signal).String() + ", core dumped"
	case s.Signal != 0:
		return configs.Signal(s.Signal).String()
	default:
		return "exit code " + strconv.Itoa(s.Code)
	}
}
