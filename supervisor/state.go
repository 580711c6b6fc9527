package supervisor

import "time"

// Instant is a point in time: the time since boot, sleep included
// (CLOCK_BOOTTIME, clock_gettime(2)). It keeps its meaning when the server dies,
// which is why deadlines are written down as instants.
type Instant time.Duration

// Add gives the instant d later.
func (i Instant) Add(d time.Duration) Instant { return i + Instant(d) }

// Sub gives the time from j to i.
func (i Instant) Sub(j Instant) time.Duration { return time.Duration(i - j) }

// State is where a service is in its life. The values are those that people see.
type State string

// The seven states.
const (
	StateInactive State = "inactive" // configured, not wanted
	StateBlocked  State = "blocked"  // wanted, but something it needs is not there yet
	StateStarting State = "starting" // process runs, not ready yet
	StateRunning  State = "running"  // ready; a oneshot at work; a target with all it requires
	StateStopping State = "stopping" // told to stop, or its leader died; not all processes are gone
	StateExited   State = "exited"   // ended by itself with success, or stopped on request
	StateFailed   State = "failed"   // ended badly and no restart will follow, or could never start
)

// Status is how a process ended, wait(2).
type Status struct {
	Unknown bool `json:"unknown,omitempty"` // it ended while nobody could look
	Code    int  `json:"code,omitempty"`    // exit code, 0 to 255; meaningful where Signal is 0
	Signal  int  `json:"signal,omitempty"`  // the signal that ended it, or 0
	Core    bool `json:"core,omitempty"`    // it left a core dump
	OOM     bool `json:"oom,omitempty"`     // the kernel killed it for its memory
}

// Success says whether the process ended by itself with code 0.
func (s Status) Success() bool { return !s.Unknown && s.Code == 0 && s.Signal == 0 }

// FailureKind is the type of a [Failure], as protocol and JSON print it.
type FailureKind string

// The kinds of failures.
const (
	FailExitCode    FailureKind = "exit_code"
	FailSignal      FailureKind = "signal"
	FailStart       FailureKind = "start_timeout"
	FailStop        FailureKind = "stop_timeout" // SIGKILL was needed to stop it
	FailHealth      FailureKind = "health_check_failed"
	FailSpawn       FailureKind = "spawn_error"
	FailConfig      FailureKind = "config_error"
	FailExitUnknown FailureKind = "exit_unknown" // ended unseen: standalone server, killed and started again
)

// Failure is why a service's last run, or its start, was no success. The zero
// value means that there was none.
type Failure struct {
	Kind     FailureKind `json:"kind,omitempty"`
	Code     int         `json:"code,omitempty"`     // exit_code
	Signal   int         `json:"signal,omitempty"`   // signal
	Core     bool        `json:"core,omitempty"`     // signal
	OOM      bool        `json:"oom,omitempty"`      // signal
	Attempts int         `json:"attempts,omitempty"` // health_check_failed: probes in a row
	Message  string      `json:"message,omitempty"`  // spawn_error, config_error; start_timeout, health_check_failed: the last probe's
}

// Reason is one thing a blocked service waits for.
type Reason struct {
	Service string     // whom it waits for; its own name for its own restart delay
	Kind    ReasonKind // what is the matter with that one, or with Root
	Root    string     // whom that one waits for in the end, where it is blocked itself
}

// ReasonKind says what is the matter with the one that is waited for.
type ReasonKind string

// The reasons to be blocked. For a requirement that is itself blocked the reason is
// that of the root it waits for.
const (
	ReasonMissing      ReasonKind = "missing"  // no such service
	ReasonInactive     ReasonKind = "inactive" // not wanted, or it ended by itself
	ReasonStarting     ReasonKind = "starting"
	ReasonFailed       ReasonKind = "failed"
	ReasonStopping     ReasonKind = "stopping"
	ReasonConflict     ReasonKind = "conflict"
	ReasonAfter        ReasonKind = "after"
	ReasonRestartDelay ReasonKind = "restart_delay" // the requirement's, or its own
)

// CauseKind is what made a change happen.
type CauseKind string

// The causes. Each transition has exactly one.
const (
	CauseBoot       CauseKind = "boot"       // status = "start" at the first start
	CauseCommand    CauseKind = "command"    // somebody asked: By says what and who
	CauseReload     CauseKind = "reload"     // its file changed, appeared or went away
	CauseShutdown   CauseKind = "shutdown"   // everything goes down
	CauseExit       CauseKind = "exit"       // its process ended
	CauseSpawn      CauseKind = "spawn"      // its process was born, or could not be
	CauseTimer      CauseKind = "timer"      // a deadline of its own passed
	CauseHealth     CauseKind = "health"     // its probe succeeded or failed
	CauseDependency CauseKind = "dependency" // Service changed
)

// Cause is why a service last changed. Following Service from cause to cause
// leads to the root.
type Cause struct {
	Kind    CauseKind `json:"kind,omitempty"`
	Service string    `json:"service,omitempty"` // dependency: whose change it was
	By      string    `json:"by,omitempty"`      // command: what was asked and by whom
	Text    string    `json:"text,omitempty"`    // what happened, for people: "exit code 3"
}

// Goal is what is wanted of the whole system.
type Goal string

// The goals. Run is the zero value.
const (
	GoalRun      Goal = ""
	GoalExit     Goal = "exit" // ordered shutdown, then the server ends
	GoalPowerOff Goal = "poweroff"
	GoalReboot   Goal = "reboot"
	GoalHalt     Goal = "halt"
)
