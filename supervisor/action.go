package supervisor

import "zinit/configs"

// Action is something the driver is to do. Each is complete in itself and safe
// to repeat. The set is closed.
type Action interface{ isAction() }

type (
	// Spawn gives birth to an incarnation. Answered by Spawned or SpawnFailed.
	Spawn struct {
		Name string
		Gen  uint64
		Spec *configs.Service
	}
	// Kill sends a signal to the process group that Pid leads, followed by
	// SIGCONT when it is the stop signal (Cont). A group that is gone is no error.
	Kill struct {
		Name  string
		Gen   uint64
		Pid   int
		Ticks uint64
		Sig   int
		Cont  bool
	}
	// Await asks for GroupGone as soon as the process group is empty. With
	// Escaped, what left the group (setsid, double fork) is found and killed first.
	// The terminal TTY is given back before the answer.
	Await struct {
		Name    string
		Gen     uint64
		Pid     int
		Escaped bool
		TTY     string // empty: it had none, or another one has it by now
	}
	// Probe begins the health probes of an incarnation, or begins them anew; they
	// end with it. Each outcome is a Probed.
	Probe struct {
		Name  string
		Gen   uint64
		Pid   int
		Check configs.Health
		Spec  *configs.Service // that the incarnation was started with: an exec probe runs as it does
		Ready bool             // it was ready before: no hurry, one every interval
	}
	// Unprobe ends the probes of an incarnation.
	Unprobe struct {
		Name string
		Gen  uint64
	}
	// Relog says that the service's output is to be kept as Spec says from now on.
	Relog struct {
		Name string
		Spec *configs.Service
	}
	// Forget drops all that is kept of a removed service: record and logs.
	Forget struct{ Name string }
	// Answer is the one final answer to the request ID.
	Answer struct {
		ID      uint64
		Refusal *Refusal // nil: done
		Result  any      // nil, Bulk or Diff
	}
	// GiveUp says that a critical service has failed for good, and with which exit
	// code (128+n for a signal, 1 where there is none). What it means is the
	// system's business: a container ends, a machine offers a shell.
	GiveUp struct {
		Name string
		Code int
	}
	// End says that the shutdown is complete. It is the last action there is.
	End struct {
		Goal Goal
		Code int // of the Shutdown
	}
)

func (Spawn) isAction()   {}
func (Kill) isAction()    {}
func (Await) isAction()   {}
func (Probe) isAction()   {}
func (Unprobe) isAction() {}
func (Relog) isAction()   {}
func (Forget) isAction()  {}
func (Answer) isAction()  {}
func (GiveUp) isAction()  {}
func (End) isAction()     {}

// RefusalKind is the kind of a [Refusal], data.kind of the protocol.
type RefusalKind string

// The kinds a core can refuse with.
const (
	NotFound      RefusalKind = "not_found"
	Exists        RefusalKind = "exists"
	InvalidConfig RefusalKind = "invalid_config"
	HasDependents RefusalKind = "has_dependents"
	IsBlocked     RefusalKind = "blocked"
	HasFailed     RefusalKind = "failed"
	NotRunning    RefusalKind = "not_running"
	ShuttingDown  RefusalKind = "shutting_down"
)

// Refusal is why a request was not, or could not be, fulfilled.
type Refusal struct {
	Kind    RefusalKind
	Service string
	Text    string // one line, without the hint
	Hint    string // what to do, or empty
}

// Bulk is the result of StartAll, StopAll and DeleteAll.
type Bulk struct {
	Done    []string
	Skipped []Skipped
}

// Skipped is a service that a bulk command left alone, and why.
type Skipped struct{ Name, Reason string }

// Diff is the result of a Reload: names, sorted.
type Diff struct {
	Added     []string
	Removed   []string
	Changed   []string // their definition is new
	Restarted []string // of those and their dependents: the ones that run anew
	Unchanged int
	Problems  []configs.Problem
}

// Change is one transition, for those who watch.
type Change struct {
	At    Instant
	Name  string
	From  State // empty: the service is new
	To    State // empty: the service was dropped
	Cause Cause
}

// Ready is what a step came to, in the order in which it must be carried out:
// save, then forget what is dropped, then do, then tell.
type Ready struct {
	Save    []Record // each replaces the service's record
	System  *System  // not nil: replaces the system's record; saved before the others
	Do      []Action // after all is saved
	Changed []Change // what happened, in order
}
