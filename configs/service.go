package configs

import "time"

// Service is one definition, a [service] or a [target], checked and with every
// default filled in. It is a value: nobody changes one after it was made.
type Service struct {
	Name        string // [A-Za-z0-9_][A-Za-z0-9_-]*, at most 64 bytes
	Target      bool   // a [target]: dependencies only, no process
	Description string
	Origin      string // the file it came from, or [Runtime]

	Command  Command
	Dir      string // working directory, "/" by default
	Oneshot  bool   // a task that is done when it exits 0
	Status   Status
	Class    Class
	Critical bool // its final failure ends the boot or the container
	User     string
	Group    string
	Env      map[string]string
	EnvFile  string
	Umask    uint32 // 0 to 0o777, 0o022 by default

	Nice            *int     // -20 to 19, setpriority(2); nil: zinit's own
	OOMScoreAdj     *int     // -1000 to 1000, proc(5); nil: zinit's own
	NoNewPrivileges bool     // PR_SET_NO_NEW_PRIVS, prctl(2)
	Capabilities    []string // all that the process may ever have, and has: "CAP_CHOWN"; nil: as user and zinit have it
	TTY             string   // a terminal that becomes its stdin, stdout, stderr and controlling terminal; empty: none

	Requires  []string // must be up; sorted, without doubles, as the three below
	After     []string // start order only
	Wants     []string // started too, whatever becomes of it
	Conflicts []string // never both

	Restart         Restart
	StopSignal      Signal
	StartTimeout    time.Duration // from spawn to ready; 0 = none
	StopTimeout     time.Duration // from stop signal to SIGKILL; 0 = SIGKILL at once
	RestartDelay    time.Duration
	RestartDelayMax time.Duration // never below RestartDelay
	MaxRestarts     int           // automatic restarts in a row; 0 = no limit
	StabilityPeriod time.Duration

	Health      *Health // nil: ready as soon as exec succeeded
	BufferLines int     // at least so many lines are kept, 1 to 1 000 000
	Log         Log
	Limits      map[string]Limit // rlimits by their keys: "nofile"
	Cgroup      Cgroup
}

// Log is what [logging] says beside buffer_lines.
type Log struct {
	Stdout  Output
	File    string // also written to this file; empty: to none
	MaxSize int64  // bytes at which the file is rotated; 0 = never
	Keep    int    // rotated files beside the current one, FILE.1 the newest; 0 to 1000
}

// Output is where stdout and stderr go.
type Output string

// The values of the key stdout in [logging].
const (
	OutputRing    Output = "ring"    // captured
	OutputNull    Output = "null"    // /dev/null
	OutputInherit Output = "inherit" // zinit's own
)

// Cgroup is the limits of the service's control group, cgroup v2. 0: none.
type Cgroup struct {
	MemoryMax int64 // bytes, memory.max
	CPUMax    int   // percent of one processor, cpu.max: 150 is one and a half
	PidsMax   int64 // processes and threads, pids.max
}

// Runtime is the Origin of a service that was added while the server ran and is
// in no file.
const Runtime = "runtime"

// Command is what a service executes.
type Command struct {
	Argv    []string // the words, at least one unless the service is a target
	Shell   bool     // Argv is one word, to be run as /bin/sh -c WORD
	Builtin bool     // Argv is one word, the name of what zinit does itself: "@builtin:NAME"
	Text    string   // as it was written, when it was written as one string
}

// Status says what the boot does with a service.
type Status string

// The values of the key status.
const (
	StatusStart  Status = "start"  // started at boot
	StatusStop   Status = "stop"   // not started until somebody asks
	StatusIgnore Status = "ignore" // started by its own name only
)

// Class tells the operator's services from the system's.
type Class string

// The values of the key class.
const (
	ClassUser   Class = "user"
	ClassSystem Class = "system" // untouched by start-all, stop-all, delete-all
)

// Restart is the restart policy.
type Restart string

// The values of the key restart.
const (
	RestartAlways    Restart = "always"
	RestartOnFailure Restart = "on-failure"
	RestartNever     Restart = "never"
)

// Health is the [health] table.
type Health struct {
	Type     HealthType
	Endpoint string
	Command  Command       // exec only
	Interval time.Duration // above 0
	Timeout  time.Duration // above 0
	Retries  int           // failures in a row, at least 1
}

// HealthType names a kind of probe.
type HealthType string

// The values of the key type in [health].
const (
	HealthTCP    HealthType = "tcp"
	HealthHTTP   HealthType = "http"
	HealthExec   HealthType = "exec"
	HealthNotify HealthType = "notify"
)

// Limit is one rlimit. Unlimited stands for RLIM_INFINITY (getrlimit(2)).
type Limit struct{ Soft, Hard uint64 }

// Unlimited is no limit at all.
const Unlimited = ^uint64(0)

// Set is what a configuration directory, or several, came to.
type Set struct {
	Services []*Service // the good ones, sorted by name, names unique
	Problems []Problem  // bad files and refused services, sorted by file and line
	Target   string     // boot only what this service needs; empty: all with status = "start"
	Warnings []Problem  // what is odd but runs: an after that names nobody, two with one terminal
	Unread   []Problem  // directories that are missing, can't be read or are refused
}

// Problem is one thing that is wrong with one file.
type Problem struct {
	Service string // the name it goes by: the file's name without .toml, or the name it gives; empty: a directory
	File    string
	Line    int // 1-based; 0 where the place is not known
	Column  int
	Message string // one line: the key, what is wrong, what is allowed, the nearest right word
}
