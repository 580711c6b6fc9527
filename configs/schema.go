package configs

import (
	"iter"
	"time"
)

// key is one row of the schema: a key of a table, what may be written there, and
// where it goes. Reading, defaults in JSON, suggestions and the table of keys in
// the README all follow from it.
type key struct {
	table  string
	name   string
	target bool // a key of [target] too, where it belongs to [service]
	form   form
	means  string
}

// form is what a key takes, and the way between its text and a service.
type form interface {
	// allowed completes "must be …".
	allowed() string
	// read puts the value into a service, or notes what is wrong with it.
	read(s *source, key string, v value, to *Service)
	// show is the value in a service as JSON has it; nil: it is not set.
	show(of *Service) any
}

// tables are the tables of a file, in the order in which people are told of them.
var tables = []string{"service", "target", "dependencies", "lifecycle", "health", "logging", "limits"}

// schema is all that may stand in a service file, in that order too.
var schema = []key{
	{"service", "name", true, text{func(s *Service) *string { return &s.Name }, badName}, "what others call it: letters, digits, _ and -, at most 64; by default the file's name without .toml"},
	{"service", "description", true, text{func(s *Service) *string { return &s.Description }, nil}, "for people"},
	{"service", "exec", false, command{func(s *Service) *Command { return &s.Command }, true}, "the command, @builtin:NAME for one of zinit's own; required"},
	{"service", "dir", false, text{func(s *Service) *string { return &s.Dir }, badPath}, "working directory"},
	{"service", "oneshot", false, boolean{func(s *Service) *bool { return &s.Oneshot }}, "a task that is done when it exits 0"},
	{"service", "status", true, word[Status]{func(s *Service) *Status { return &s.Status }, []Status{StatusStart, StatusStop, StatusIgnore}}, "start: at boot; stop: when asked for; ignore: by its own name only"},
	{"service", "class", true, word[Class]{func(s *Service) *Class { return &s.Class }, []Class{ClassUser, ClassSystem}}, "whose it is: start-all, stop-all and delete-all leave system alone"},
	{"service", "critical", false, boolean{func(s *Service) *bool { return &s.Critical }}, "its final failure ends the container, or gives a machine's operator a shell"},
	{"service", "user", false, text{func(s *Service) *string { return &s.User }, badAccount}, "whom it runs as: a name or a number; by default zinit's own"},
	{"service", "group", false, text{func(s *Service) *string { return &s.Group }, badAccount}, "its group: a name or a number; by default the user's"},
	{"service", "env", false, environment{}, "added to zinit's own environment"},
	{"service", "env_file", false, text{func(s *Service) *string { return &s.EnvFile }, badPath}, "a file of KEY=VALUE lines, added before env"},
	{"service", "umask", false, mask{}, "what new files may not be"},
	{"service", "nice", false, optionalNumber{func(s *Service) **int { return &s.Nice }, -20, 19}, "priority, the lower the more processor time; by default zinit's own"},
	{"service", "oom_score_adj", false, optionalNumber{func(s *Service) **int { return &s.OOMScoreAdj }, -1000, 1000}, "who goes first when memory runs out, the higher the sooner; by default zinit's own"},
	{"service", "no_new_privileges", false, boolean{func(s *Service) *bool { return &s.NoNewPrivileges }}, "no program that it runs gains rights: set-uid has no effect"},
	{"service", "capabilities", false, capabilities{}, "all that it has and can ever get, whatever its user; without the key: what its user has"},
	{"service", "tty", false, text{func(s *Service) *string { return &s.TTY }, badTTY}, "the terminal that it owns: stdin, stdout, stderr and controlling terminal"},

	{"dependencies", "requires", false, names{func(s *Service) *[]string { return &s.Requires }}, "must be up"},
	{"dependencies", "after", false, names{func(s *Service) *[]string { return &s.After }}, "start order only"},
	{"dependencies", "wants", false, names{func(s *Service) *[]string { return &s.Wants }}, "started too, whatever becomes of it"},
	{"dependencies", "conflicts", false, names{func(s *Service) *[]string { return &s.Conflicts }}, "never both"},

	{"lifecycle", "restart", false, word[Restart]{func(s *Service) *Restart { return &s.Restart }, []Restart{RestartAlways, RestartOnFailure, RestartNever}}, "after which ends it starts again"},
	{"lifecycle", "stop_signal", false, stopSignal{}, "what asks it to end"},
	{"lifecycle", "start_timeout_ms", false, millis{func(s *Service) *time.Duration { return &s.StartTimeout }, 0}, "from spawn to ready, 0 = none; a oneshot has none unless it is written"},
	{"lifecycle", "stop_timeout_ms", false, millis{func(s *Service) *time.Duration { return &s.StopTimeout }, 0}, "then SIGKILL to the whole group; 0 = at once"},
	{"lifecycle", "restart_delay_ms", false, millis{func(s *Service) *time.Duration { return &s.RestartDelay }, 0}, "doubles with each failure in a row; with 0 a service that dies at once starts ten times a second at most"},
	{"lifecycle", "restart_delay_max_ms", false, millis{func(s *Service) *time.Duration { return &s.RestartDelayMax }, 0}, "up to this"},
	{"lifecycle", "max_restarts", false, number{func(s *Service) *int { return &s.MaxRestarts }, 0, 1_000_000_000}, "automatic restarts in a row before giving up, 0 = never give up"},
	{"lifecycle", "stability_period_ms", false, millis{func(s *Service) *time.Duration { return &s.StabilityPeriod }, 0}, "up this long: the delay and the count start afresh"},

	{"health", "type", false, word[HealthType]{func(s *Service) *HealthType { return &s.health().Type }, []HealthType{HealthTCP, HealthHTTP, HealthExec, HealthNotify}}, "the kind of probe; required"},
	{"health", "endpoint", false, text{func(s *Service) *string { return &s.health().Endpoint }, nil}, "tcp: host:port or unix:/path; http: http://host[:port][/path]"},
	{"health", "command", false, command{func(s *Service) *Command { return &s.health().Command }, false}, "exec only: exit code 0 is healthy"},
	{"health", "interval_ms", false, millis{func(s *Service) *time.Duration { return &s.health().Interval }, 1}, "from one probe to the next; notify: the watchdog's period, from the first WATCHDOG=1 on"},
	{"health", "timeout_ms", false, millis{func(s *Service) *time.Duration { return &s.health().Timeout }, 1}, "for one probe"},
	{"health", "retries", false, number{func(s *Service) *int { return &s.health().Retries }, 1, 1_000_000}, "failures in a row before it counts as unhealthy"},

	{"logging", "buffer_lines", false, number{func(s *Service) *int { return &s.BufferLines }, 1, 1_000_000}, "at least so many lines are kept"},
	{"logging", "stdout", false, word[Output]{func(s *Service) *Output { return &s.Log.Stdout }, []Output{OutputRing, OutputNull, OutputInherit}}, "where stdout and stderr go: zinit logs, /dev/null, zinit's own"},
	{"logging", "file", false, text{func(s *Service) *string { return &s.Log.File }, badFile}, "a file that the output goes to as well"},
	{"logging", "max_size", false, quota[int64]{func(s *Service) *int64 { return &s.Log.MaxSize }, inBytes, 0, maxBytes, false}, "the size at which that file is rotated, 0 = never; the default is 10M"},
	{"logging", "keep", false, number{func(s *Service) *int { return &s.Log.Keep }, 0, 1000}, "rotated files beside it, file.1 the newest"},

	{"limits", "as", false, rlimit("as"), "bytes of address space"},
	{"limits", "core", false, rlimit("core"), "bytes of a core file"},
	{"limits", "cpu", false, rlimit("cpu"), "seconds of processor time"},
	{"limits", "data", false, rlimit("data"), "bytes of data and heap"},
	{"limits", "fsize", false, rlimit("fsize"), "bytes of a file that it writes"},
	{"limits", "locks", false, rlimit("locks"), "file locks; Linux ignores it"},
	{"limits", "memlock", false, rlimit("memlock"), "bytes locked into memory"},
	{"limits", "msgqueue", false, rlimit("msgqueue"), "bytes in POSIX message queues"},
	{"limits", "nice", false, rlimit("nice"), "20 less the lowest nice value that it may take"},
	{"limits", "nofile", false, rlimit("nofile"), "open descriptors"},
	{"limits", "nproc", false, rlimit("nproc"), "processes and threads of its user"},
	{"limits", "rss", false, rlimit("rss"), "bytes of resident memory; Linux ignores it, see memory_max"},
	{"limits", "rtprio", false, rlimit("rtprio"), "highest real-time priority"},
	{"limits", "rttime", false, rlimit("rttime"), "microseconds of real-time processor time without a pause"},
	{"limits", "sigpending", false, rlimit("sigpending"), "queued signals of its user"},
	{"limits", "stack", false, rlimit("stack"), "bytes of stack"},
	{"limits", "memory_max", false, quota[int64]{func(s *Service) *int64 { return &s.Cgroup.MemoryMax }, inBytes, minMemory, maxBytes, true}, "memory of all its processes, cgroup v2"},
	{"limits", "cpu_max", false, quota[int]{func(s *Service) *int { return &s.Cgroup.CPUMax }, inPercent, 1, 1_000_000, true}, "percent of one processor for all its processes, cgroup v2: 150% is one and a half"},
	{"limits", "pids_max", false, quota[int64]{func(s *Service) *int64 { return &s.Cgroup.PidsMax }, plain, 1, maxPids, true}, "processes and threads of the service, cgroup v2"},
}

// defaults is a service of which nothing but the table was written.
func defaults() *Service {
	return &Service{
		Dir:             "/",
		Status:          StatusStart,
		Class:           ClassUser,
		Umask:           0o022,
		Restart:         RestartOnFailure,
		StopSignal:      SIGTERM,
		StartTimeout:    30 * time.Second,
		StopTimeout:     10 * time.Second,
		RestartDelay:    time.Second,
		RestartDelayMax: time.Minute,
		StabilityPeriod: 10 * time.Second,
		BufferLines:     1000,
		Log:             Log{Stdout: OutputRing, MaxSize: 10 << 20, Keep: 5},
	}
}

// health is the table [health], made with its defaults where it is absent.
func (s *Service) health() *Health {
	if s.Health == nil {
		s.Health = &Health{Interval: 10 * time.Second, Timeout: 5 * time.Second, Retries: 3}
	}
	return s.Health
}

// keysOf are the rows of a table.
func keysOf(table string) iter.Seq[key] {
	return func(yield func(key) bool) {
		for _, k := range schema {
			if (k.table == table || table == "target" && k.target) && !yield(k) {
				return
			}
		}
	}
}

// row is the row of a key.
func row(table, name string) (key, bool) {
	for k := range keysOf(table) {
		if k.name == name {
			return k, true
		}
	}
	return key{}, false
}

// keyNames are the names of a table's keys.
func keyNames(table string) iter.Seq[string] {
	return func(yield func(string) bool) {
		for k := range keysOf(table) {
			if !yield(k.name) {
				return
			}
		}
	}
}
