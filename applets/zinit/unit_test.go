package zinit

import (
	"bufio"
	"bytes"
	"fmt"
	"strings"
	"testing"
	"time"

	"zinit/rpc"
)

func TestRead(t *testing.T) {
	tests := []struct{ line, want string }{
		{"list", "list []"},
		{"stop web --timeout 5s", "stop timeout=5s [web]"},
		{"stop --timeout=5s web", "stop timeout=5s [web]"},
		{"--socket /s stop web", "stop socket=/s [web]"},
		{"stop web --socket /s", "stop socket=/s [web]"},
		{"stop web -- --timeout 5s", "stop [web --timeout 5s]"},
		{"--json list", "list json=true []"},
		{"list --json=false", "list json=false []"},
		{"logs web --lines 5 -f", "logs n=5 f=true [web]"},
		{"logs web -fn5", "logs f=true n=5 [web]"},
		{"logs -ftn 5 web", "logs f=true t=true n=5 [web]"},
		{"add-service -", "add-service [-]"},
		{"kill web -9", "kill signal=9 [web]"},
		{"kill web -RTMIN+3", "kill signal=RTMIN+3 [web]"},
		{"kill web -s 9", "kill signal=9 [web]"},
		{"status help", "status [help]"},
		{"status -h", "status help []"},
		{"start a b --help c", "start help [a b c]"},
		{"", "[]"},
		{"--help", "help []"},
		{"--socket /s", "socket=/s []"},
	}
	for _, test := range tests {
		t.Run(test.line, func(t *testing.T) {
			line, err := (&session{}).parseCommandLine(t.Context(), strings.Fields(test.line))
			if err != nil {
				t.Fatal(err)
			}
			if got := line.String(); got != test.want {
				t.Errorf("got %q, want %q", got, test.want)
			}
		})
	}
}

func (l *commandLine) String() string {
	var words []string
	if l.command != nil {
		words = append(words, l.command.name)
	}
	for _, s := range l.settings {
		words = append(words, s.name+"="+s.value)
	}
	if l.help {
		words = append(words, "help")
	}
	return strings.Join(append(words, fmt.Sprint(l.names)), " ")
}

func TestNearest(t *testing.T) {
	known := []string{"list", "status", "start", "stop", "start-all", "reload"}
	tests := map[string]string{
		"lst": "list", "lsit": "list", "sttaus": "status", "strat": "start", "stpo": "stop",
		"startall": "start-all", "relaod": "reload", "x": "", "qwerty": "", "": "",
	}
	for word, want := range tests {
		if got := nearest(word, known); got != want {
			t.Errorf("%q: got %q, want %q", word, got, want)
		}
	}
}

func TestShort(t *testing.T) {
	tests := map[time.Duration]string{
		-time.Second:                     "0s",
		0:                                "0s",
		time.Microsecond:                 "1ms",
		350 * time.Millisecond:           "350ms",
		12*time.Second + 900e6:           "12s",
		time.Minute:                      "1m",
		192 * time.Second:                "3m12s",
		3*time.Hour + 59*time.Second:     "3h",
		27*time.Hour + 5*time.Minute:     "1d3h",
		400*24*time.Hour + time.Second:   "400d",
		23*time.Hour + 59*time.Minute:    "23h59m",
		59*time.Second + 999*time.Minute: "16h39m",
	}
	for d, want := range tests {
		if got := short(d); got != want {
			t.Errorf("%v: got %q, want %q", d, got, want)
		}
	}
}

func TestVisible(t *testing.T) {
	tests := map[string]string{
		"plain":               "plain",
		"tab\tstays":          "tab\tstays",
		"ümlaut ☺":            "ümlaut ☺",
		"\x1b[31mred\x07":     `\x1b[31mred\a`,
		"a\x00b\x7f":          `a\x00b\x7f`,
		"c1 \u009b31m":        `c1 \u009b31m`,
		"no utf-8: \xff\xfe.": `no utf-8: \xff\xfe.`,
		"written as \ufffd":   "written as \ufffd",
		"quote ' and \"":      `quote ' and "`,
	}
	for text, want := range tests {
		if got := visible(text); got != want {
			t.Errorf("%q: got %q, want %q", text, got, want)
		}
	}
	if got := oneLine("two\nlines\r\n"); got != "two; lines" {
		t.Errorf("got %q", got)
	}
}

func TestColumns(t *testing.T) {
	var out bytes.Buffer
	columns(&out, "> ", [][]string{{"A", "LONG", "C"}, {"grün", "", ""}, {"x", "y", ""}}, func(row, column int, cell string) string {
		if row == 1 && column == 0 {
			return "<" + cell + ">"
		}
		return cell
	})
	if want := "> A     LONG  C\n> <grün>\n> x     y\n"; out.String() != want {
		t.Errorf("got\n%swant\n%s", &out, want)
	}
}

func TestWorst(t *testing.T) {
	tests := []struct {
		codes []int
		want  int
	}{
		{nil, exitDone}, {[]int{0, 0}, exitDone}, {[]int{0, 5}, exitTimeout}, {[]int{5, 1, 0}, exitFailed},
		{[]int{1, 3, 5}, exitUnknown}, {[]int{3, 2}, exitUsage}, {[]int{2, 4, 3}, exitUnreachable},
	}
	for _, test := range tests {
		if got := worst(test.codes...); got != test.want {
			t.Errorf("%v: got %d, want %d", test.codes, got, test.want)
		}
	}
}

func TestExitCodeOfKinds(t *testing.T) {
	want := map[rpc.Kind]int{
		rpc.NotFound: exitUnknown, rpc.InvalidConfig: exitUsage, rpc.Timeout: exitTimeout, rpc.Denied: exitUnreachable,
		rpc.Exists: exitFailed, rpc.HasDependents: exitFailed, rpc.Blocked: exitFailed, rpc.Failed: exitFailed,
		rpc.NotRunning: exitFailed, rpc.ShuttingDown: exitFailed, rpc.TooLarge: exitFailed,
	}
	for _, kind := range rpc.Kinds() {
		code, listed := want[kind]
		if got := exitCode(rpc.Errorf(kind, "", "x")); !listed || got != code {
			t.Errorf("%s: got %d, want %d", kind, got, code)
		}
	}
}

func TestSockets(t *testing.T) {
	tests := []struct {
		name, flag string
		env        map[string]string
		uid        int
		want       string
		chosen     bool
	}{
		{name: "defaults", want: "/run/zinit.sock /var/run/zinit.sock /dev/shm/zinit.sock"},
		{name: "flag", flag: "/f", env: map[string]string{"ZINIT_SOCKET": "/e"}, want: "/f", chosen: true},
		{name: "variable", env: map[string]string{"ZINIT_SOCKET": "/e"}, want: "/e", chosen: true},
		{name: "root has no runtime directory", env: map[string]string{"XDG_RUNTIME_DIR": "/x"}, want: "/run/zinit.sock /var/run/zinit.sock /dev/shm/zinit.sock"},
		{name: "user", env: map[string]string{"XDG_RUNTIME_DIR": "/x"}, uid: 1000, want: "/run/zinit.sock /var/run/zinit.sock /x/zinit.sock /dev/shm/zinit.sock"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			s := &session{console: console{uid: test.uid, env: func(name string) string { return test.env[name] }}}
			paths, chosen := s.sockets(test.flag)
			if got := strings.Join(paths, " "); got != test.want || chosen != test.chosen {
				t.Errorf("got %q, %v, want %q, %v", got, chosen, test.want, test.chosen)
			}
		})
	}
}

func TestWantsColor(t *testing.T) {
	tests := []struct {
		env  map[string]string
		want bool
	}{
		{nil, true}, {map[string]string{"NO_COLOR": "1"}, false}, {map[string]string{"NO_COLOR": ""}, true}, {map[string]string{"TERM": "dumb"}, false},
	}
	for _, test := range tests {
		if got := wantsColor(func(name string) string { return test.env[name] }); got != test.want {
			t.Errorf("%v: got %v, want %v", test.env, got, test.want)
		}
	}
	c := (&call{socket: serve(t, newFake()), terminal: true, env: map[string]string{"NO_COLOR": "1"}}).run("list")
	if strings.Contains(c.stdout.String(), "\x1b") {
		t.Errorf("there is colour in %q", &c.stdout)
	}
}

func TestConfigDirs(t *testing.T) {
	for env, want := range map[string]string{"": "/etc/zinit/services", "/a": "/a", "/a:/b": "/a /b"} {
		s := &session{console: console{env: func(string) string { return env }}}
		if got := strings.Join(s.configDirs(), " "); got != want {
			t.Errorf("%q: got %q, want %q", env, got, want)
		}
	}
}

func TestFailureWords(t *testing.T) {
	tests := []struct {
		failure *rpc.Failure
		want    string
	}{
		{nil, ""},
		{&rpc.Failure{Type: "exit_code", Code: ptr(0)}, "exit code 0"},
		{&rpc.Failure{Type: "signal", Signal: "SIGKILL", OOM: ptr(true), Core: ptr(false)}, "killed by SIGKILL (out of memory)"},
		{&rpc.Failure{Type: "start_timeout"}, "not ready in time"},
		{&rpc.Failure{Type: "stop_timeout"}, "did not stop in time and was killed"},
		{&rpc.Failure{Type: "health_check_failed", Attempts: 3, Message: "connection refused"}, "health check failed 3 times: connection refused"},
		{&rpc.Failure{Type: "spawn_error", Message: "no such file"}, "cannot be executed: no such file"},
		{&rpc.Failure{Type: "exit_unknown"}, "ended unseen, while no server ran"},
		{&rpc.Failure{Type: "brand_new"}, "brand new"},
	}
	for _, test := range tests {
		if got := failureWords(test.failure); got != test.want {
			t.Errorf("got %q, want %q", got, test.want)
		}
	}
}

// treeOf prints a tree of nodes and gives its lines.
func treeOf(nodes []rpc.TreeNode, root string) []string {
	var out bytes.Buffer
	s := &session{console: console{out: bufio.NewWriter(&out)}}
	s.showTree(newForest(nodes), root)
	s.out.Flush()
	return strings.Split(strings.TrimSuffix(out.String(), "\n"), "\n")
}

func TestDeepTree(t *testing.T) {
	const deep = 10_000
	var nodes []rpc.TreeNode
	for i := range deep {
		nodes = append(nodes, rpc.TreeNode{Name: fmt.Sprint("s", i), State: "running", Requires: []string{fmt.Sprint("s", i+1)}})
	}
	lines := treeOf(nodes, "s0")
	if len(lines) != deep+1 {
		t.Fatalf("got %d lines", len(lines))
	}
	if got, want := lines[deep-1], "[9999] "+strings.Repeat("   ", deepest)+"└─ s9999 running"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
	if got, want := lines[deepest+1], strings.Repeat("   ", deepest)+"└─ s25 running"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestWideTree(t *testing.T) {
	top := rpc.TreeNode{Name: "top", Kind: "target", State: "running"}
	nodes := []rpc.TreeNode{top}
	for i := range 2000 {
		name := fmt.Sprintf("s%04d", i)
		nodes[0].Requires = append(nodes[0].Requires, name)
		nodes = append(nodes, rpc.TreeNode{Name: name, State: "running", Requires: []string{"base"}})
	}
	nodes = append(nodes, rpc.TreeNode{Name: "base", State: "running"})
	lines := treeOf(nodes, "top")
	if len(lines) != 4001 || lines[3999] != "└─ s1999 running" || lines[4000] != "   └─ base running" {
		t.Errorf("got %d lines, the last %q", len(lines), lines[len(lines)-2:])
	}
}

func TestDeepWhy(t *testing.T) {
	var out bytes.Buffer
	s := &session{console: console{out: bufio.NewWriter(&out)}}
	for depth := range 10_000 {
		s.showLink(depth, rpc.WhyLink{Service: "s", State: "blocked"})
	}
	s.out.Flush()
	if out.Len() > 1_500_000 || !strings.Contains(out.String(), "\n[9999] ") {
		t.Errorf("got %d bytes", out.Len())
	}
}

func TestLinks(t *testing.T) {
	tests := []struct {
		name string
		link rpc.WhyLink
		want string
	}{
		{"blocked", rpc.WhyLink{Service: "web", State: "blocked", Reason: "restart_delay", Cause: "its timer"}, "web: blocked (restart delay) - its timer"},
		{"missing", rpc.WhyLink{Service: "gone", Reason: "missing"}, "gone: missing"},
		{"killed", rpc.WhyLink{Service: "web", State: "failed", Reason: "signal", Cause: "its process ended", Signal: "SIGSEGV"}, "web: failed (signal) - its process ended, killed by SIGSEGV"},
		{"signal is said already", rpc.WhyLink{Service: "web", State: "blocked", Reason: "failed", Cause: "SIGTERM", Signal: "SIGTERM"}, "web: blocked (failed) - SIGTERM"},
		{"out of memory", rpc.WhyLink{Service: "web", State: "failed", Reason: "signal", Cause: "SIGKILL (out of memory)", Signal: "SIGKILL"}, "web: failed (signal) - SIGKILL (out of memory)"},
		{"code is said already", rpc.WhyLink{Service: "web", State: "failed", Reason: "exit_code", Cause: "exit code 3", ExitCode: ptr(3)}, "web: failed (exit code) - exit code 3"},
		{"running", rpc.WhyLink{Service: "web", State: "running", Cause: "start by uid 0", ExitCode: ptr(3)}, "web: running - start by uid 0"},
		{"nothing to say", rpc.WhyLink{Service: "web", State: "inactive"}, "web: inactive"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			var out bytes.Buffer
			s := &session{console: console{out: bufio.NewWriter(&out)}}
			s.showLink(0, test.link)
			s.out.Flush()
			if got := out.String(); got != test.want+"\n" {
				t.Errorf("got %q, want %q", got, test.want)
			}
		})
	}
}

func TestAlive(t *testing.T) {
	want := map[string]bool{"inactive": false, "blocked": false, "starting": true, "running": true, "stopping": true, "exited": false, "failed": false, "removed": false}
	for state, want := range want {
		if got := alive(rpc.Service{State: state}); got != want {
			t.Errorf("%s: got %v, want %v", state, got, want)
		}
	}
}

// TestEveryCommandIsWhole keeps the manual complete.
func TestEveryCommandIsWhole(t *testing.T) {
	for _, command := range (&session{}).commands() {
		switch {
		case command.usage == "" || command.run == nil:
			t.Errorf("%s has no manual, or does nothing", command.name)
		case strings.HasSuffix(command.usage, "."):
			t.Errorf("%s: the manual's line ends with a full stop", command.name)
		}
		for _, opt := range command.options {
			if opt.usage == "" {
				t.Errorf("%s: %v has no manual", command.name, opt.names())
			}
		}
	}
}

// A bad file goes by its own name, which may hold anything.
func TestNamesOfBadFilesAreMadeVisible(t *testing.T) {
	s := &session{console: console{now: time.Now}}
	row := s.listRow(rpc.Service{Name: "\x1b[31mred\nline"})
	if strings.ContainsAny(row[0], "\x1b\n") {
		t.Errorf("the list shows %q", row[0])
	}
}
