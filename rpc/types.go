package rpc

import "encoding/json"

// Times are Unix milliseconds, durations milliseconds. A key is absent where it
// does not apply.

// Ping is the result of system.ping.
type Ping struct {
	Version string `json:"version"`
	Pid     int    `json:"pid"`
}

// Info is the result of system.info.
type Info struct {
	Version    string         `json:"version"`
	Mode       string         `json:"mode"` // standalone, container or machine
	Pid        int            `json:"pid"`
	StartedMs  int64          `json:"started_ms"`
	Socket     string         `json:"socket"`
	ConfigDirs []string       `json:"config_dirs"`
	States     map[string]int `json:"states"` // state to number of services
}

// Check is one thing that the server's environment can do or lacks.
type Check struct {
	Name string `json:"name"`
	OK   bool   `json:"ok"`
	Text string `json:"text"` // what there is; where it is not ok, also what is weaker for it
}

// Service is what list and status show of one service.
type Service struct {
	Name          string   `json:"name"`
	Kind          string   `json:"kind"` // service or target
	Oneshot       bool     `json:"oneshot"`
	Class         string   `json:"class"`  // user or system
	Status        string   `json:"status"` // start, stop or ignore
	State         string   `json:"state"`
	Up            bool     `json:"up"`
	Wanted        bool     `json:"wanted"`
	Pid           int      `json:"pid,omitempty"`
	SinceMs       int64    `json:"since_ms"`
	UptimeMs      int64    `json:"uptime_ms,omitempty"` // of the living process
	Restarts      int      `json:"restarts"`            // automatic ones in a row
	RestartsTotal int      `json:"restarts_total"`
	NextStartMs   int64    `json:"next_start_ms,omitempty"`
	ExitCode      *int     `json:"exit_code,omitempty"` // of the last run, where it exited
	Signal        string   `json:"signal,omitempty"`    // that ended the last run, like SIGTERM
	Failure       *Failure `json:"failure,omitempty"`
	WaitingOn     []Wait   `json:"waiting_on,omitempty"`
	Health        *Health  `json:"health,omitempty"`
	Description   string   `json:"description,omitempty"`
	Origin        string   `json:"origin"` // the file, or runtime
	ConfigError   string   `json:"config_error,omitempty"`
	Leftover      []int    `json:"leftover,omitempty"`    // pids that could not be killed
	StatusText    string   `json:"status_text,omitempty"` // what it says of itself, sd_notify(3)
	Phase         string   `json:"phase,omitempty"`       // reloading or stopping, as it says
	MainPid       int      `json:"main_pid,omitempty"`    // where it says that this is not pid
	Stats         *Stats   `json:"stats,omitempty"`       // of service.status and service.stats only
}

// Failure says why the last run was no success; Type decides which keys apply.
type Failure struct {
	Type     string `json:"type"`
	Code     *int   `json:"code,omitempty"`
	Signal   string `json:"signal,omitempty"`
	Core     *bool  `json:"core,omitempty"`
	OOM      *bool  `json:"oom,omitempty"`
	Attempts int    `json:"attempts,omitempty"`
	Message  string `json:"message,omitempty"`
}

// Wait is one reason why a service is blocked.
type Wait struct {
	Service string `json:"service"`
	Reason  string `json:"reason"`
	Root    string `json:"root,omitempty"` // whom that one waits for in the end; the reason is its
}

// Health is the state of a service's probes.
type Health struct {
	State    string `json:"state"` // waiting, healthy or failing
	Failures int    `json:"failures"`
	Message  string `json:"message,omitempty"` // of the last probe, if it failed
}

// Stats is what a living service uses.
type Stats struct {
	CPUMs       int64 `json:"cpu_ms"`       // processor time so far
	MemoryBytes int64 `json:"memory_bytes"` // its control group's, or the sum of the processes' proportional sets (PSS)
	Processes   int   `json:"processes"`
	Descriptors int   `json:"descriptors"` // open files of all processes
}

// Line is one line of a service's output.
type Line struct {
	Service string `json:"service"`
	Stream  string `json:"stream"` // stdout, stderr or syslog
	TimeMs  int64  `json:"time_ms"`
	Text    string `json:"text"`              // valid UTF-8, without the newline
	Bytes   []byte `json:"bytes,omitempty"`   // the text as written, where it is no valid UTF-8
	Partial bool   `json:"partial,omitempty"` // the line goes on in the next one
	Lost    int64  `json:"lost,omitempty"`    // so many lines are missing here; Text is empty
}

// Why is the result of service.why.
type Why struct {
	Name  string    `json:"name"`
	State string    `json:"state"`
	Text  string    `json:"text"` // one sentence
	Chain []WhyLink `json:"chain"`
}

// WhyLink is one service in the chain of a why; the root is the last.
type WhyLink struct {
	Service  string `json:"service"`
	State    string `json:"state"`
	Reason   string `json:"reason"` // why it is blocked, or its failure's type, or empty
	Cause    string `json:"cause"`  // what changed it last, for people
	ExitCode *int   `json:"exit_code,omitempty"`
	Signal   string `json:"signal,omitempty"`
	Log      []Line `json:"log,omitempty"` // its last lines, of the root only
}

// TreeNode is one service in the result of service.tree.
type TreeNode struct {
	Name      string   `json:"name"`
	Kind      string   `json:"kind"`
	State     string   `json:"state"`
	Requires  []string `json:"requires"`
	After     []string `json:"after"`
	Wants     []string `json:"wants"`
	Conflicts []string `json:"conflicts"`
}

// Reload is the result of service.reload.
type Reload struct {
	Added     []string      `json:"added"`
	Removed   []string      `json:"removed"`
	Changed   []string      `json:"changed"`
	Restarted []string      `json:"restarted"`
	Unchanged int           `json:"unchanged"`
	Errors    []ConfigError `json:"errors"`
}

// ConfigError is one thing that is wrong with one file.
type ConfigError struct {
	File    string `json:"file"`
	Line    int    `json:"line"` // 0 where the place is not known
	Column  int    `json:"column"`
	Message string `json:"message"`
}

// Bulk is the result of service.start_all, stop_all and delete_all.
type Bulk struct {
	Done    []string  `json:"done"`
	Skipped []Skipped `json:"skipped"`
}

// Skipped is a service that a bulk method left alone.
type Skipped struct {
	Name   string `json:"name"`
	Reason string `json:"reason"`
}

// Event is the notification "event" of a subscription.
type Event struct {
	TimeMs  int64  `json:"time_ms"`
	Service string `json:"service"`
	From    string `json:"from"` // empty: the service is new
	To      string `json:"to"`   // empty: the service was dropped
	Cause   string `json:"cause"`
}

// Subscription is the result of logs.follow and events.subscribe.
type Subscription struct {
	Subscription uint64 `json:"subscription"`
}

// Process is one process in the result of debug.procs.
type Process struct {
	Pid      int       `json:"pid"`
	Ppid     int       `json:"ppid"`
	Pgid     int       `json:"pgid"`
	Command  string    `json:"command"`
	State    string    `json:"state"` // one letter, proc(5)
	Children []Process `json:"children"`
}

// The parameters.
type (
	// Name is for the methods that take a service and nothing else.
	Name struct {
		Name string `json:"name"`
	}
	// Order is for service.start, stop and restart.
	Order struct {
		Name      string `json:"name"`
		Wait      *bool  `json:"wait,omitempty"` // true where absent
		TimeoutMs int64  `json:"timeout_ms,omitempty"`
		NoDeps    bool   `json:"no_deps,omitempty"`
	}
	// Kill is for service.kill. Signal is a name or a number; SIGTERM where absent.
	Kill struct {
		Name   string          `json:"name"`
		Signal json.RawMessage `json:"signal,omitempty"`
	}
	// Add is for service.add.
	Add struct {
		TOML    string `json:"toml"`
		Name    string `json:"name,omitempty"` // what it is called unless the text says otherwise
		Persist bool   `json:"persist,omitempty"`
		Start   bool   `json:"start,omitempty"` // start it even if its status is not start
	}
	// Remove is for service.remove.
	Remove struct {
		Name    string `json:"name"`
		Cascade bool   `json:"cascade,omitempty"`
		Purge   bool   `json:"purge,omitempty"`
	}
	// DryRun is for service.reload.
	DryRun struct {
		DryRun bool `json:"dry_run,omitempty"`
	}
	// LogQuery is for logs.get and logs.follow. No names: all services.
	LogQuery struct {
		Names   []string `json:"names,omitempty"`
		Lines   *int     `json:"lines,omitempty"`    // the newest so many; absent: all, if they fit in an answer
		SinceMs int64    `json:"since_ms,omitempty"` // not older than this Unix time
		Stream  string   `json:"stream,omitempty"`   // stdout, stderr or syslog; empty: all
		Once    bool     `json:"once,omitempty"`     // logs.follow only: end after what is kept, however much
	}
	// Names is for events.subscribe. Empty: all services.
	Names struct {
		Names []string `json:"names,omitempty"`
	}
	// None is for methods without parameters, and for results without content.
	None struct{}
)
