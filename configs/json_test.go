package configs

import (
	"encoding/json"
	"math/rand/v2"
	"reflect"
	"strings"
	"testing"
	"time"
)

func TestJSONOfService(t *testing.T) {
	s := mustParse(t, "/d/web.toml", "[service]\nexec = \"/usr/bin/web --title 'a b'\"\nenv = { PORT = \"80\" }\n[dependencies]\nrequires = [\"db\"]")
	got, err := json.MarshalIndent(s, "", "  ")
	if err != nil {
		t.Fatal(err)
	}
	golden(t, "testdata/service.json", string(got)+"\n")
	target := mustParse(t, "/d/all.toml", "[target]\ndescription = \"all\"\n[dependencies]\nrequires = [\"db\"]")
	got, err = json.MarshalIndent(target, "", "  ")
	if err != nil {
		t.Fatal(err)
	}
	golden(t, "testdata/target.json", string(got)+"\n")
}

func TestJSONRefuses(t *testing.T) {
	for _, c := range []struct{ text, want string }{
		{`{`, "unexpected EOF"},
		{`null`, "neither [service] nor [target]"},
		{`[]`, "cannot unmarshal array"},
		{`{"service":{"name":"a","exec":"b"},"origin":3,"x":1}`, "outside of any table"},
		{`{"service":{"name":"a"}}`, "exec is missing"},
		{`{"service":{"exec":"a"}}`, "name is missing"},
		{`{"service":{"name":"a","exec":"b","umask":null}}`, "umask must be"},
		{`{"service":{"name":"a","exec":["b",{}]}}`, "exec[1] must be a string"},
		{`{"service":{"name":"a","exec":"b"},"logging":{"buffer_lines":1e3}}`, "buffer_lines must be"},
	} {
		var s Service
		if err := s.UnmarshalJSON([]byte(c.text)); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: got %v, want %s", c.text, err, c.want)
		}
		if !reflect.DeepEqual(s, Service{}) {
			t.Errorf("%s: left something behind: %+v", c.text, s)
		}
	}
}

// pick is one of some.
func pick[T any](r *rand.Rand, from ...T) T { return from[r.IntN(len(from))] }

// arbitrary makes a good service with every key at random.
func arbitrary(r *rand.Rand) *Service {
	ms := func() time.Duration { return time.Duration(r.Int64N(maxMillis)) * time.Millisecond }
	s := defaults()
	s.Name = pick(r, "a", "web-2", "_", "0")
	s.Description = pick(r, "", "x", "über \"alles\"\n\x01</script>")
	s.Origin = pick(r, Runtime, "/d/a.toml", "")
	s.Status, s.Class = pick(r, StatusStart, StatusStop, StatusIgnore), pick(r, ClassUser, ClassSystem)
	s.Requires = pick(r, nil, []string{"b"}, []string{"b", "c"})
	s.Conflicts = pick(r, nil, []string{"d"})
	if s.Target = r.IntN(5) == 0; s.Target {
		return s
	}
	s.After, s.Wants = pick(r, nil, []string{"e"}), pick(r, nil, []string{"f", "g"})
	s.Restart, s.StopSignal = pick(r, RestartNever, RestartOnFailure), Signal(1+r.IntN(64))
	s.StartTimeout, s.StopTimeout, s.StabilityPeriod = ms(), ms(), ms()
	s.RestartDelay, s.RestartDelayMax = ms(), 365*24*time.Hour
	s.MaxRestarts, s.BufferLines = r.IntN(1_000_000_000), 1+r.IntN(1_000_000)
	s.Critical = r.IntN(2) == 0
	s.Log = pick(r, s.Log, Log{OutputNull, "", 0, 0}, Log{OutputInherit, "", 1, 1}, Log{OutputRing, "/var/log/x", maxBytes, 1000})
	if r.IntN(10) == 0 {
		s.Oneshot, s.Command = true, Command{Builtin: true, Argv: []string{"swap"}, Text: "@builtin:swap"}
		return s
	}
	s.Command = arbitraryCommand(r)
	s.Dir, s.Oneshot = pick(r, "/", "/srv"), r.IntN(2) == 0
	s.User, s.Group, s.EnvFile = pick(r, "", "www", "33"), pick(r, "", "www"), pick(r, "", "/etc/env")
	s.Env = pick(r, nil, map[string]string{"A": "1", "B ": "\"\\é"})
	s.Umask = r.Uint32N(0o1000)
	s.Nice, s.OOMScoreAdj = pick(r, nil, new(0), new(-20)), pick(r, nil, new(0), new(1000))
	s.NoNewPrivileges = r.IntN(2) == 0
	s.Capabilities = pick(r, nil, []string{}, []string{"CAP_BPF", "CAP_CHOWN"})
	if s.Log.Stdout == OutputRing && s.Log.File == "" {
		s.TTY = pick(r, "", "/dev/tty1")
	}
	if !s.Oneshot {
		s.Health = pick(r, nil,
			&Health{Type: HealthTCP, Endpoint: "unix:/run/x", Interval: time.Second, Timeout: time.Second, Retries: 1},
			&Health{Type: HealthNotify, Interval: time.Second, Timeout: time.Second, Retries: 1},
			&Health{Type: HealthExec, Command: arbitraryCommand(r), Interval: time.Minute, Timeout: time.Millisecond, Retries: 9})
	}
	s.Cgroup = pick(r, Cgroup{}, Cgroup{MemoryMax: minMemory}, Cgroup{maxBytes, 1_000_000, maxPids})
	s.Limits = pick(r, nil, map[string]Limit{"nofile": {1024, 65536}, "core": {0, Unlimited}, "as": {Unlimited, Unlimited}})
	return s
}

func arbitraryCommand(r *rand.Rand) Command {
	return pick(r,
		Command{Argv: []string{"/bin/a", "", "b c"}},
		Command{Argv: []string{"a", "b c"}, Text: "a 'b c'"},
		Command{Argv: []string{"a | b"}, Shell: true, Text: "a | b"})
}

func TestJSONRoundTrip(t *testing.T) {
	for seed := range uint64(500) {
		want := arbitrary(rand.New(rand.NewPCG(seed, 1)))
		text, err := json.Marshal(want)
		if err != nil {
			t.Fatal(err)
		}
		var got Service
		if err := json.Unmarshal(text, &got); err != nil {
			t.Fatalf("seed %d: %v\n%s", seed, err, text)
		}
		if !reflect.DeepEqual(&got, want) {
			t.Fatalf("seed %d:\ngot  %+v\nwant %+v\n%s", seed, &got, want, text)
		}
		if !Equal(&got, want) || !SoftOnly(&got, want) {
			t.Errorf("seed %d: not equal to itself", seed)
		}
	}
}

func TestCompare(t *testing.T) {
	base := func() *Service {
		s := arbitrary(rand.New(rand.NewPCG(2, 2)))
		s.Target, s.Command, s.Health, s.Limits = false, Command{Argv: []string{"a"}}, nil, nil
		s.Nice, s.Capabilities, s.TTY, s.Log, s.Cgroup = nil, nil, "", defaults().Log, Cgroup{}
		s.Oneshot, s.MaxRestarts, s.BufferLines, s.Restart, s.Status = false, 1, 1, RestartNever, StatusStart
		return s
	}
	for _, c := range []struct {
		name        string
		change      func(*Service)
		equal, soft bool
	}{
		{"nothing", func(*Service) {}, true, true},
		{"origin", func(s *Service) { s.Origin += "x" }, true, true},
		{"restart", func(s *Service) { s.Restart = RestartAlways }, false, true},
		{"stop timeout", func(s *Service) { s.StopTimeout += time.Second }, false, true},
		{"stop signal", func(s *Service) { s.StopSignal = s.StopSignal%64 + 1 }, false, true},
		{"max restarts", func(s *Service) { s.MaxRestarts = 2 }, false, true},
		{"logging", func(s *Service) { s.BufferLines = 2 }, false, true},
		{"log file", func(s *Service) { s.Log.File, s.Log.Stdout = "/log", OutputRing }, false, true},
		{"where the descriptors lead", func(s *Service) { s.Log.Stdout = OutputInherit }, false, false},
		{"a ring of an older version", func(s *Service) { s.Log.Stdout = "" }, false, true},
		{"health", func(s *Service) { s.health().Type = HealthTCP }, false, true},
		{"a socket to notify", func(s *Service) { s.health().Type = HealthNotify }, false, false},
		{"nice", func(s *Service) { s.Nice = new(5) }, false, false},
		{"no capabilities", func(s *Service) { s.Capabilities = []string{} }, false, false},
		{"tty", func(s *Service) { s.TTY = "/dev/tty9" }, false, false},
		{"memory", func(s *Service) { s.Cgroup.MemoryMax = 1 << 30 }, false, false},
		{"exec", func(s *Service) { s.Command.Argv = []string{"b"} }, false, false},
		{"exec as a string", func(s *Service) { s.Command.Text = "a" }, false, false},
		{"env", func(s *Service) { s.Env = map[string]string{"NEW": "1"} }, false, false},
		{"status", func(s *Service) { s.Status = StatusStop }, false, false},
		{"requires", func(s *Service) { s.Requires = append([]string{"zz"}, s.Requires...) }, false, false},
		{"limits", func(s *Service) { s.Limits = map[string]Limit{"core": {}} }, false, false},
		{"target", func(s *Service) { s.Target = true }, false, false},
	} {
		a, b := base(), base()
		c.change(b)
		if Equal(a, b) != c.equal || SoftOnly(a, b) != c.soft {
			t.Errorf("%s: equal %v, soft only %v", c.name, Equal(a, b), SoftOnly(a, b))
		}
		if a.Health != nil {
			t.Errorf("%s: the comparison changed what it compared", c.name)
		}
	}
}

func TestSameHealth(t *testing.T) {
	probed := func(words ...string) *Service {
		s := defaults()
		s.health().Command.Argv = words
		return s
	}
	for name, c := range map[string]struct {
		a, b *Service
		same bool
	}{
		"none":        {defaults(), defaults(), true},
		"one":         {defaults(), probed(), false},
		"the same":    {probed("check", "a"), probed("check", "a"), true},
		"other words": {probed("check", "a"), probed("check", "b"), false},
	} {
		if SameHealth(c.a, c.b) != c.same || SameHealth(c.b, c.a) != c.same {
			t.Errorf("%s: same must be %v", name, c.same)
		}
	}
}

func BenchmarkMarshal(b *testing.B) {
	s := arbitrary(rand.New(rand.NewPCG(2, 2)))
	for b.Loop() {
		if _, err := s.MarshalJSON(); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkUnmarshal(b *testing.B) {
	text, err := arbitrary(rand.New(rand.NewPCG(2, 2))).MarshalJSON()
	if err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		if err := new(Service).UnmarshalJSON(text); err != nil {
			b.Fatal(err)
		}
	}
}
