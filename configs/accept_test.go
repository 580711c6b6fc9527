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
		BufferLines: 1000,
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
env = { PORT = "80", EMPTY = "" }
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
`)
	want := &Service{
		Name: "web-2", Description: "The shop's web server", Origin: "x.toml",
		Command: Command{Argv: []string{"/usr/bin/web", "--title", "a b"}},
		Dir:     "/srv/web", Oneshot: true, Status: StatusIgnore, Class: ClassSystem, Critical: true, Umask: 0o022,
		Env:      map[string]string{"PORT": "80", "EMPTY": ""},
		Requires: []string{"app", "database"}, After: []string{"logger"}, Wants: []string{"metrics"}, Conflicts: []string{"legacy-web"},
		Restart: RestartNever, StopSignal: 37, StartTimeout: time.Millisecond,
		RestartDelay: 16 * time.Millisecond, RestartDelayMax: time.Second, MaxRestarts: 5, StabilityPeriod: 365 * 24 * time.Hour,
		BufferLines: 1_000_000,
	}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("got  %+v\nwant %+v", got, want)
	}
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
