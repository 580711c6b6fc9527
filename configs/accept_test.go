package configs

import (
	"reflect"
	"strings"
	"testing"
	"time"
)

// mustParse parses what has to be good.
func mustParse(t testing.TB, file, text string) *Service {
	t.Helper()
	s, problems := Parse(file, []byte(text))
	if s == nil {
		t.Fatalf("refused:\n%s", lines(problems))
	}
	return s
}

func TestDefaults(t *testing.T) {
	got := mustParse(t, "/etc/zinit/services/web.toml", "[service]\nexec = \"/usr/bin/web --port 80\"\n")
	want := &Service{
		Name: "web", Origin: "/etc/zinit/services/web.toml",
		Command: Command{Argv: []string{"/usr/bin/web", "--port", "80"}, Text: "/usr/bin/web --port 80"},
		Dir:     "/", Status: StatusStart, Class: ClassUser, Umask: 0o022,
		Restart: RestartOnFailure, StopSignal: 15, StartTimeout: 30 * time.Second, StopTimeout: 10 * time.Second,
		RestartDelay: time.Second, RestartDelayMax: time.Minute, StabilityPeriod: 10 * time.Second,
		BufferLines: 1000, Log: Log{Stdout: OutputRing, MaxSize: 10 << 20, Keep: 5},
	}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("got  %+v\nwant %+v", got, want)
	}
}

func TestEveryKey(t *testing.T) {
	got := mustParse(t, "x.toml", `
[service]
name = "web-2"
description = "The shop's web server"
exec = ["/usr/bin/web", "--title", "a b"]
dir = "/srv/web"
oneshot = true
status = "ignore"
class = "system"
critical = true
user = "www-data"
group = "33"
env = { PORT = "80", EMPTY = "" }
env_file = "/etc/web.env"
umask = "027"
nice = -20
oom_score_adj = 0
no_new_privileges = true
capabilities = ["net_bind_service", "Cap_Chown", "CAP_BPF"]
[dependencies]
requires = ["database", "app"]
after = ["logger"]
wants = ["metrics"]
conflicts = ["legacy-web"]
[lifecycle]
restart = "never"
stop_signal = "RTMIN+3"
start_timeout_ms = 1
stop_timeout_ms = 0
restart_delay_ms = 0x10
restart_delay_max_ms = 1_000
max_restarts = +5
stability_period_ms = 31_536_000_000
[logging]
buffer_lines = 1_000_000
stdout = "ring"
file = "/var/log/web.log"
max_size = "512k"
keep = 1000
[limits]
nofile = 65536
core = "unlimited"
stack = "8388608:unlimited"
memory_max = "2G"
cpu_max = "150%"
pids_max = 100
`)
	want := &Service{
		Name: "web-2", Description: "The shop's web server", Origin: "x.toml",
		Command: Command{Argv: []string{"/usr/bin/web", "--title", "a b"}},
		Dir:     "/srv/web", Oneshot: true, Status: StatusIgnore, Class: ClassSystem, Critical: true, Umask: 0o027,
		User: "www-data", Group: "33", EnvFile: "/etc/web.env",
		Env:  map[string]string{"PORT": "80", "EMPTY": ""},
		Nice: new(-20), OOMScoreAdj: new(0), NoNewPrivileges: true, Capabilities: []string{"CAP_BPF", "CAP_CHOWN", "CAP_NET_BIND_SERVICE"},
		Requires: []string{"app", "database"}, After: []string{"logger"}, Wants: []string{"metrics"}, Conflicts: []string{"legacy-web"},
		Restart: RestartNever, StopSignal: 37, StartTimeout: time.Millisecond,
		RestartDelay: 16 * time.Millisecond, RestartDelayMax: time.Second, MaxRestarts: 5, StabilityPeriod: 365 * 24 * time.Hour,
		BufferLines: 1_000_000, Log: Log{Stdout: OutputRing, File: "/var/log/web.log", MaxSize: 512 << 10, Keep: 1000},
		Limits: map[string]Limit{"nofile": {65536, 65536}, "core": {Unlimited, Unlimited}, "stack": {8388608, Unlimited}},
		Cgroup: Cgroup{MemoryMax: 2 << 30, CPUMax: 150, PidsMax: 100},
	}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("got  %+v\nwant %+v", got, want)
	}
}

// health is a service with a [health] of some lines.
func health(lines ...string) string {
	return "[service]\nexec = \"a\"\n[health]\n" + strings.Join(lines, "\n")
}

func TestAccepted(t *testing.T) {
	for _, c := range []struct {
		name, text string
		ok         func(*Service) bool
	}{
		{"target", "[target]\ndescription = \"all\"\n[dependencies]\nrequires = [\"web\"]", func(s *Service) bool { return s.Target && s.Requires[0] == "web" }},
		{"target as a dotted key", "target.status = \"stop\"", func(s *Service) bool { return s.Target && s.Status == StatusStop }},
		{"tables as inline tables", `service = { exec = "a", env = { A = "1" } }`, func(s *Service) bool { return s.Env["A"] == "1" }},
		{"dotted keys", "[service]\nexec = \"a\"\nenv.A = \"1\"\nenv.B = \"2\"", func(s *Service) bool { return len(s.Env) == 2 }},
		{"env as a table", "[service.env]\nA = \"1\"\n[service]\nexec = \"a\"", func(s *Service) bool { return s.Env["A"] == "1" }},
		{"byte order mark", "\ufeff[service]\nexec = \"a\"", func(s *Service) bool { return s.Command.Argv[0] == "a" }},
		{"lines of Windows", "[service]\r\nexec = \"\"\"\r\na\r\nb\r\n\"\"\"\r\n", func(s *Service) bool { return s.Command.Text == "a\nb\n" && s.Command.Shell }},
		{"a line in several", "[service]\nexec = '''\n/bin/a \\\n  b\n'''\n", func(s *Service) bool { return !s.Command.Shell && len(s.Command.Argv) == 2 }},
		{"oneshot has no start timeout", "[service]\nexec = \"a\"\noneshot = true", func(s *Service) bool { return s.StartTimeout == 0 }},
		{"but one that is written", "[service]\nexec = \"a\"\noneshot = true\n[lifecycle]\nstart_timeout_ms = 30000", func(s *Service) bool { return s.StartTimeout == 30*time.Second }},
		{"delay and maximum alike", "[service]\nexec = \"a\"\n[lifecycle]\nrestart_delay_ms = 90000\nrestart_delay_max_ms = 90000", func(s *Service) bool { return s.RestartDelay == 90*time.Second }},
		{"no dependencies", "[service]\nexec = \"a\"\n[dependencies]\nrequires = []", func(s *Service) bool { return s.Requires == nil }},
		{"a terminal", "[service]\nexec = \"a\"\ntty = \"/dev/tty1\"\n[logging]\nbuffer_lines = 5", func(s *Service) bool { return s.TTY == "/dev/tty1" }},
		{"no capabilities at all", "[service]\nexec = \"a\"\ncapabilities = []", func(s *Service) bool { return s.Capabilities != nil && len(s.Capabilities) == 0 }},
		{"the highest uid", "[service]\nexec = \"a\"\nuser = \"4294967294\"", func(s *Service) bool { return s.User == "4294967294" }},
		{"limits of a cgroup as numbers", "[service]\nexec = \"a\"\n[limits]\nmemory_max = 65_536\ncpu_max = 5", func(s *Service) bool { return s.Cgroup == Cgroup{MemoryMax: 65536, CPUMax: 5} && s.Limits == nil }},
		{"no limits of a cgroup", "[service]\nexec = \"a\"\n[limits]\nmemory_max = \"unlimited\"\ncpu_max = \"unlimited\"\npids_max = \"unlimited\"", func(s *Service) bool { return s.Cgroup == Cgroup{} }},
		{"the greatest size", "[service]\nexec = \"a\"\n[limits]\nmemory_max = \"1024T\"", func(s *Service) bool { return s.Cgroup.MemoryMax == 1<<50 }},
		{"all rlimits", "[service]\nexec = \"a\"\n[limits]\nas = 1\ncore = 0\ncpu = 1\ndata = 1\nfsize = 1\nlocks = 1\nmemlock = 1\nmsgqueue = 1\nnice = 1\nnofile = 1\nnproc = 1\nrss = 1\nrtprio = 1\nrttime = 1\nsigpending = 1\nstack = 1", func(s *Service) bool { return len(s.Limits) == 16 }},
		{"a log that is never rotated", "[service]\nexec = \"a\"\n[logging]\nfile = \"/l\"\nmax_size = 0\nkeep = 0", func(s *Service) bool { return s.Log == Log{OutputRing, "/l", 0, 0} }},
		{"no log", "[service]\nexec = \"a\"\n[logging]\nstdout = \"null\"", func(s *Service) bool { return s.Log.Stdout == OutputNull }},
		{"zinit's own output", "[service]\nexec = \"a\"\n[logging]\nstdout = \"inherit\"", func(s *Service) bool { return s.Log.Stdout == OutputInherit }},
		{"a builtin", "[service]\nexec = \" @builtin:fstab\"\noneshot = true", func(s *Service) bool {
			return reflect.DeepEqual(s.Command, Command{Builtin: true, Argv: []string{"fstab"}, Text: "@builtin:fstab"})
		}},
		{"a builtin as an array", "[service]\nexec = [\"@builtin:swap\"]\noneshot = true\ndir = \"/\"", func(s *Service) bool { return s.Command.Builtin && s.Command.Argv[0] == "swap" }},
		{"a file whose name begins with @", "[service]\nexec = \"./@builtin:swap\"", func(s *Service) bool { return !s.Command.Builtin }},
		{"tcp", health(`type = "tcp"`, `endpoint = "[::1]:5432"`), func(s *Service) bool { return s.Health.Endpoint == "[::1]:5432" }},
		{"tcp by a path", health(`type = "tcp"`, `endpoint = "unix:/run/x"`), func(s *Service) bool { return s.Health.Endpoint == "unix:/run/x" }},
		{"http without port or path", health(`type = "http"`, `endpoint = "http://localhost"`), func(s *Service) bool { return s.Health.Type == HealthHTTP }},
		{"http with both", health(`type = "http"`, `endpoint = "http://127.0.0.1:8080/a?b=c"`), func(s *Service) bool { return s.Health.Retries == 3 }},
		{"exec", health(`type = "exec"`, `command = "pg_isready | grep ok"`, "retries = 5"), func(s *Service) bool { return s.Health.Command.Shell && s.Health.Retries == 5 }},
		{"notify", health(`type = "notify"`, "interval_ms = 500"), func(s *Service) bool { return s.Health.Interval == 500*time.Millisecond }},
		{"longest name", "[service]\nexec = \"a\"\nname = \"" + strings.Repeat("x", 64) + "\"", func(s *Service) bool { return len(s.Name) == 64 }},
		{"comments", "# one\n[service] # two\nexec = \"a\" # three", func(s *Service) bool { return s.Command.Argv[0] == "a" }},
	} {
		t.Run(c.name, func(t *testing.T) {
			if s := mustParse(t, "x.toml", c.text); !c.ok(s) {
				t.Errorf("got %+v", s)
			}
		})
	}
}

func TestNameFromTheFile(t *testing.T) {
	const plain, named = "[service]\nexec = \"a\"", "[service]\nexec = \"a\"\nname = \"web\""
	for _, c := range []struct{ name, file, text, want, problem string }{
		{"the file's", "/d/shop.toml", plain, "shop", ""},
		{"the text's", "/d/shop.toml", named, "web", ""},
		{"a file's that can't be one", "/d/my shop.toml", plain, "", `the file's name "my shop" can't be the service's`},
		{"the text's in such a file", "/d/my shop.toml", named, "web", ""},
		{"too long", "/d/" + strings.Repeat("x", 65) + ".toml", plain, "", "must have 1 to 64 characters"},
	} {
		t.Run(c.name, func(t *testing.T) {
			s, problems := Parse(c.file, []byte(c.text))
			if s != nil && s.Name != c.want || s == nil && (c.problem == "" || !strings.Contains(lines(problems), c.problem)) {
				t.Errorf("got %+v\n%s", s, lines(problems))
			}
		})
	}
	if s, problems := ParseNamed("stdin", "", []byte(plain)); s != nil || !strings.Contains(lines(problems), "stdin:1:2: name is missing") {
		t.Errorf("a text without a name: %+v\n%s", s, lines(problems))
	}
	if s, _ := ParseNamed("stdin", "", []byte(named)); s == nil || s.Name != "web" {
		t.Errorf("a text with a name: %+v", s)
	}
}

func TestBounds(t *testing.T) {
	long := "[service]\nexec = \"a\"\n#" + strings.Repeat("x", maxFile)
	if s, problems := Parse("x.toml", []byte(long)); s != nil || !strings.Contains(lines(problems), "longer than 1 MiB") {
		t.Errorf("a file too long: %s", lines(problems))
	}
	var many strings.Builder
	many.WriteString("[service]\n")
	for i := range 50_000 {
		many.WriteString("k" + strings.Repeat("y", i%7) + time.Duration(i).String() + " = 1\n")
	}
	if _, problems := Parse("x.toml", []byte(many.String())); len(problems) != maxProblems {
		t.Errorf("%d problems", len(problems))
	}
	if _, problems := Parse("x.toml", []byte("[service]\n"+strings.Repeat("z", 1000)+" = 1")); len(problems[0].Message) > 300 {
		t.Errorf("a message of %d bytes", len(problems[0].Message))
	}
	dots := "[service]\n" + strings.Repeat("a.", maxFile/4) + "a = 1"
	if s, _ := Parse("x.toml", []byte(dots)); s != nil {
		t.Error("a key of many dots is accepted")
	}
}
