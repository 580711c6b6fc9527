package docker

import (
	"slices"
	"strings"
	"testing"
)

// shop is three services that need each other.
var shop = services{
	"database": `
[service]
exec = "/actor serve 100"
`,
	"app": `
[service]
exec = "/actor serve 100"
[dependencies]
requires = ["database"]
`,
	"web": `
[service]
exec = "/actor serve 100"
[dependencies]
requires = ["app"]
`,
}

// stopped is how the shop says that it stops in order.
const stopped = `web | stopping
web | stopped
app | stopping
app | stopped
database | stopping
database | stopped
`

func TestStop(t *testing.T) {
	c := start(t, shop)
	c.opened(3)
	if code := c.stop(10); code != 0 {
		t.Errorf("exit code %d", code)
	}
	if logs := c.logs(); !strings.HasSuffix(logs, stopped) {
		t.Errorf("it shows\n%s\nwhich does not end in\n%s", logs, stopped)
	}
}

// A second life of the same container finds what the first has left in /run.
func TestRestart(t *testing.T) {
	for name, how := range map[string][]string{
		"in order":   {"restart"},
		"after kill": {"kill"},
	} {
		t.Run(name, func(t *testing.T) {
			c := start(t, shop)
			c.opened(3)
			docker(t, append(how, c.name)...)
			if how[0] == "kill" {
				docker(t, "start", c.name)
			}
			c.opened(6)
			c.runs("web")
			for name := range shop {
				if s, _ := c.status(name); s.State != "running" || s.RestartsTotal != 0 {
					t.Errorf("%s: %+v", name, s)
				}
			}
			if code := c.stop(10); code != 0 {
				t.Errorf("exit code %d", code)
			}
		})
	}
}

// The exit code is that of the critical service that has failed for good.
func TestCriticalFailure(t *testing.T) {
	for name, test := range map[string]struct {
		exec string
		want int
	}{
		"exit code": {"/actor exit 7 500", 7},
		"signal":    {"/actor kill 15 500", 128 + 15},
	} {
		t.Run(name, func(t *testing.T) {
			c := start(t, services{
				"heart": "[service]\ncritical = true\nexec = \"" + test.exec + "\"\n[lifecycle]\nrestart = \"never\"\n",
				"other": shop["database"],
			})
			if code := c.wait(); code != test.want {
				t.Errorf("exit code %d, want %d", code, test.want)
			}
			if logs := c.logs(); !strings.Contains(logs, "other | stopped") {
				t.Errorf("the other one was not stopped in order:\n%s", logs)
			}
		})
	}
}

func TestEveryWayToStop(t *testing.T) {
	for _, how := range [][]string{{"zinit", "shutdown"}, {"zinit", "poweroff"}, {"zinit", "reboot"}, {"zinit", "halt"},
		{"TERM"}, {"INT"}, {"PWR"}, {"RTMIN+3"}, {"RTMIN+4"}, {"RTMIN+5"}} {
		t.Run(strings.Join(how, " "), func(t *testing.T) {
			t.Parallel()
			c := start(t, services{"only": shop["database"]})
			c.shows("up")
			if how[0] == "zinit" {
				// The container's end takes the client with it, so its exit code may be any.
				_, _ = c.exec("/zinit", how[1])
			} else {
				docker(t, "kill", "--signal", how[0], c.name)
			}
			if code := c.wait(); code != 0 {
				t.Errorf("exit code %d", code)
			}
			if logs := c.logs(); logs != "up\nstopping\nstopped\n" {
				t.Errorf("it shows %q", logs)
			}
		})
	}
}

func TestConsole(t *testing.T) {
	one := services{"only": shop["database"]}
	for name, test := range map[string]struct {
		all   services
		flags []string
		want  []string
	}{
		"one":                  {one, nil, []string{"up"}},
		"several":              {shop, nil, []string{"app | up", "database | up", "web | up"}},
		"one with prefix":      {one, []string{"--env=ZINIT_CONSOLE=prefix"}, []string{"only | up"}},
		"several raw":          {shop, []string{"--env=ZINIT_CONSOLE=raw"}, []string{"up", "up", "up"}},
		"off":                  {one, []string{"--env=ZINIT_CONSOLE=off"}, nil},
		"a word without sense": {one, []string{"--env=ZINIT_CONSOLE=colour"}, []string{"up"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c := start(t, test.all, test.flags...)
			for service := range test.all {
				c.runs(service)
			}
			lines := func() []string { return slices.Sorted(strings.Lines(c.logs())) }
			c.until("all is shown", func() bool { return len(lines()) >= len(test.want) })
			got := strings.Fields(strings.ReplaceAll(strings.Join(lines(), ""), " | ", "|"))
			var want []string
			for _, line := range test.want {
				want = append(want, strings.ReplaceAll(line, " | ", "|"))
			}
			if !slices.Equal(got, want) {
				t.Errorf("it shows %q, want %q", got, want)
			}
		})
	}
}
