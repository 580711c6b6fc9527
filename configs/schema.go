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
	name   string // empty: the table as a whole, which has keys of the author's choice
	target bool   // a key of [target] too, where it belongs to [service]
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

// tables are the tables of a file, in the order of BEHAVIOUR section 2.
var tables = []string{"service", "target", "dependencies", "lifecycle", "health", "logging", "limits"}

// schema is all that may stand in a service file, in the order of the contract.
var schema = []key{
	{"service", "name", true, text{func(s *Service) *string { return &s.Name }, badName}, "what others call it"},
	{"service", "description", true, text{func(s *Service) *string { return &s.Description }, nil}, "for people"},
	{"service", "exec", false, command{func(s *Service) *Command { return &s.Command }}, "the command"},
	{"service", "dir", false, text{func(s *Service) *string { return &s.Dir }, badPath}, "working directory"},
	{"service", "oneshot", false, boolean{func(s *Service) *bool { return &s.Oneshot }}, "a task that is done when it exits 0"},
	{"service", "status", true, word[Status]{func(s *Service) *Status { return &s.Status }, []Status{StatusStart, StatusStop, StatusIgnore}}, "what the boot does with it"},
	{"service", "class", true, word[Class]{func(s *Service) *Class { return &s.Class }, []Class{ClassUser, ClassSystem}}, "whose it is: start-all, stop-all and delete-all leave system alone"},
	{"service", "critical", false, boolean{func(s *Service) *bool { return &s.Critical }}, "its final failure ends the boot or the container"},
	{"service", "user", false, text{func(s *Service) *string { return &s.User }, badAccount}, "whom it runs as"},
	{"service", "group", false, text{func(s *Service) *string { return &s.Group }, badAccount}, "the group it runs as"},
	{"service", "env", false, environment{}, "added to zinit's own environment"},
	{"service", "env_file", false, text{func(s *Service) *string { return &s.EnvFile }, badPath}, "a file of KEY=VALUE lines"},
	{"service", "umask", false, mask{}, "what new files may not be"},

	{"dependencies", "requires", false, names{func(s *Service) *[]string { return &s.Requires }}, "must be up"},
	{"dependencies", "after", false, names{func(s *Service) *[]string { return &s.After }}, "start order only"},
	{"dependencies", "wants", false, names{func(s *Service) *[]string { return &s.Wants }}, "started too, whatever becomes of it"},
	{"dependencies", "conflicts", false, names{func(s *Service) *[]string { return &s.Conflicts }}, "never both"},

	{"lifecycle", "restart", false, word[Restart]{func(s *Service) *Restart { return &s.Restart }, []Restart{RestartAlways, RestartOnFailure, RestartNever}}, "after which ends it starts again"},
	{"lifecycle", "stop_signal", false, stopSignal{}, "what asks it to end"},
	{"lifecycle", "start_timeout_ms", false, millis{func(s *Service) *time.Duration { return &s.StartTimeout }, 0}, "from spawn to ready, 0 = none; a oneshot has none unless it is written"},
	{"lifecycle", "stop_timeout_ms", false, millis{func(s *Service) *time.Duration { return &s.StopTimeout }, 0}, "then SIGKILL to the whole group; 0 = at once"},
	{"lifecycle", "restart_delay_ms", false, millis{func(s *Service) *time.Duration { return &s.RestartDelay }, 0}, "doubles with each failure in a row"},
	{"lifecycle", "restart_delay_max_ms", false, millis{func(s *Service) *time.Duration { return &s.RestartDelayMax }, 0}, "up to this"},
	{"lifecycle", "max_restarts", false, number{func(s *Service) *int { return &s.MaxRestarts }, 0, 1_000_000_000}, "automatic restarts in a row before giving up, 0 = never give up"},
	{"lifecycle", "stability_period_ms", false, millis{func(s *Service) *time.Duration { return &s.StabilityPeriod }, 0}, "up this long: the delay and the count start afresh"},

	{"health", "type", false, word[HealthType]{func(s *Service) *HealthType { return &s.health().Type }, []HealthType{HealthTCP, HealthHTTP, HealthExec, HealthNotify}}, "the kind of probe"},
	{"health", "endpoint", false, text{func(s *Service) *string { return &s.health().Endpoint }, nil}, "tcp: host:port or unix:/path; http: a URL"},
	{"health", "command", false, command{func(s *Service) *Command { return &s.health().Command }}, "exec only"},
	{"health", "interval_ms", false, millis{func(s *Service) *time.Duration { return &s.health().Interval }, 1}, "from one probe to the next"},
	{"health", "timeout_ms", false, millis{func(s *Service) *time.Duration { return &s.health().Timeout }, 1}, "for one probe"},
	{"health", "retries", false, number{func(s *Service) *int { return &s.health().Retries }, 1, 1_000_000}, "failures in a row before it counts as unhealthy"},

	{"logging", "buffer_lines", false, number{func(s *Service) *int { return &s.BufferLines }, 1, 1_000_000}, "at least so many lines are kept"},

	{"limits", "", false, limits{}, "resource limits, setrlimit(2)"},
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
	}
}

// health is the table [health], made with its defaults where it is absent.
func (s *Service) health() *Health {
	if s.Health == nil {
		s.Health = &Health{Interval: 10 * time.Second, Timeout: 5 * time.Second, Retries: 3}
	}
	return s.Health
}

// later are the keys that are understood and checked but have no effect yet. A
// name without a dot is a whole table.
var later = []string{"service.user", "service.group", "service.umask", "service.env_file", "health", "limits"}

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
