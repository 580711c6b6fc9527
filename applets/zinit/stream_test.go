package zinit

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"zinit/rpc"
)

// live is a call that goes on beside the test.
type live struct {
	out, err *pipeBuffer
	code     chan int
	cancel   context.CancelFunc
}

// pipeBuffer is a buffer that one goroutine writes and another reads.
type pipeBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (p *pipeBuffer) Write(text []byte) (int, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.b.Write(text)
}

func (p *pipeBuffer) String() string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.b.String()
}

// begin starts a call; the test ends it, or it ends by itself.
func begin(t *testing.T, socket string, args ...string) *live {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	l := &live{out: &pipeBuffer{}, err: &pipeBuffer{}, code: make(chan int, 1), cancel: cancel}
	c := &call{socket: socket}
	world := c.console(l.out, l.err)
	go func() { l.code <- run(ctx, world, args) }()
	t.Cleanup(cancel)
	return l
}

// ends waits for the exit code.
func (l *live) ends(t *testing.T, want int) {
	t.Helper()
	select {
	case code := <-l.code:
		if code != want {
			t.Errorf("got exit code %d, want %d\n%s%s", code, want, l.out, l.err)
		}
	case <-time.After(10 * time.Second):
		t.Fatalf("it does not end\n%s%s", l.out, l.err)
	}
}

// eventually polls until something is so.
func eventually(t *testing.T, what string, holds func() bool) {
	t.Helper()
	deadline, tick := time.After(10*time.Second), time.NewTicker(time.Millisecond)
	defer tick.Stop()
	for !holds() {
		select {
		case <-deadline:
			t.Fatalf("it never came true: %s", what)
		case <-tick.C:
		}
	}
}

func TestFollowLogs(t *testing.T) {
	tests := []struct {
		args []string
		want string
	}{
		{[]string{"logs", "-f", "web"}, "one\ntwo\n"},
		{[]string{"logs", "--follow"}, "web | one\nweb | two\n"},
		{[]string{"logs", "web", "-f", "-t"}, "2026-01-02T03:04:04.678Z one\n2026-01-02T03:04:05.678Z two\n"},
		{[]string{"logs", "web", "-f", "--json"}, `{"service":"web","stream":"stdout","time_ms":1767323044678,"text":"one"}` + "\n" +
			`{"service":"web","stream":"stdout","time_ms":1767323045678,"text":"two"}` + "\n"},
	}
	for _, test := range tests {
		t.Run(strings.Join(test.args, " "), func(t *testing.T) {
			f := newFake()
			l := begin(t, serve(t, f), test.args...)
			f.lines <- rpc.Line{Service: "web", Stream: "stdout", TimeMs: before(time.Second), Text: "one"}
			f.lines <- rpc.Line{Service: "web", Stream: "stdout", TimeMs: before(0), Text: "two"}
			eventually(t, "both lines are seen", func() bool { return l.out.String() == test.want })
			l.cancel()
			l.ends(t, exitDone)
		})
	}
}

func TestFollowLogsAsksFor(t *testing.T) {
	f := newFake()
	l := begin(t, serve(t, f), "logs", "web", "app", "-fn5", "--since", "5m", "--stream", "stderr")
	want := fmt.Sprintf(`["follow",{"names":["web","app"],"lines":5,"since_ms":%d,"stream":"stderr"}]`, before(5*time.Minute))
	eventually(t, want, func() bool { return slices.Contains(f.seen(), want) })
	l.cancel()
	l.ends(t, exitDone)
}

func TestFollowEndsWithTheServer(t *testing.T) {
	for _, args := range [][]string{{"logs", "-f"}, {"events"}, {"wait", "web"}} {
		t.Run(args[0], func(t *testing.T) {
			f := newFake()
			l := begin(t, serve(t, f), args...)
			f.events <- rpc.Event{Service: "app"} // it is taken when the subscription stands
			f.lines <- rpc.Line{}
			eventually(t, "it has subscribed", func() bool { return len(f.events) == 0 || len(f.lines) == 0 })
			f.stop()
			l.ends(t, exitUnreachable)
			if got := l.err.String(); !strings.HasPrefix(got, "zinit: ") || strings.Count(got, "\n") != 1 {
				t.Errorf("got stderr %q", got)
			}
		})
	}
}

func TestInterruptEndsFollow(t *testing.T) {
	f := newFake()
	l := begin(t, serve(t, f), "events")
	f.events <- rpc.Event{Service: "web", To: "starting", TimeMs: before(0)}
	eventually(t, "the event is seen", func() bool { return l.out.String() != "" })
	if err := syscall.Kill(os.Getpid(), syscall.SIGINT); err != nil {
		t.Fatal(err)
	}
	l.ends(t, exitDone)
}

func TestEvents(t *testing.T) {
	changes := []rpc.Event{
		{TimeMs: before(2 * time.Second), Service: "web", From: "starting", To: "running", Cause: "ready"},
		{TimeMs: before(time.Second), Service: "new", To: "inactive"},
		{TimeMs: before(0), Service: "old", From: "exited", Cause: "removed\nby hand"},
	}
	tests := []struct {
		args []string
		want string
	}{
		{[]string{"events"}, "2026-01-02T03:04:03.678Z web: starting -> running - ready\n" +
			"2026-01-02T03:04:04.678Z new: new, inactive\n" +
			"2026-01-02T03:04:05.678Z old: removed - removed; by hand\n"},
		{[]string{"events", "--json"}, `{"time_ms":1767323043678,"service":"web","from":"starting","to":"running","cause":"ready"}` + "\n" +
			`{"time_ms":1767323044678,"service":"new","from":"","to":"inactive","cause":""}` + "\n" +
			`{"time_ms":1767323045678,"service":"old","from":"exited","to":"","cause":"removed\nby hand"}` + "\n"},
	}
	for _, test := range tests {
		t.Run(strings.Join(test.args, " "), func(t *testing.T) {
			f := newFake()
			l := begin(t, serve(t, f), test.args...)
			for _, change := range changes {
				f.events <- change
			}
			eventually(t, "all events are seen", func() bool { return strings.Count(l.out.String(), "\n") == 3 })
			l.cancel()
			l.ends(t, exitDone)
			if got := l.out.String(); got != test.want {
				t.Errorf("got\n%swant\n%s", got, test.want)
			}
		})
	}
	if c := (&call{socket: serve(t, newFake())}).run("events", "nobody"); c.code != exitUnknown {
		t.Errorf("events of nobody: got exit code %d, want %d", c.code, exitUnknown)
	}
}

func TestWaitForAChange(t *testing.T) {
	tests := []struct {
		name string
		args []string
		to   rpc.Service // zero: it is removed
		code int
		want string
	}{
		{"up", []string{"wait", "web"}, rpc.Service{Name: "web", State: "running", Up: true, Pid: 9}, exitDone, "web: running, pid 9\n"},
		{"up at last", []string{"wait", "web", "database", "--up"}, rpc.Service{Name: "web", State: "running", Up: true, Pid: 9}, exitDone, "web: running, pid 9\ndatabase: running, pid 4242\n"},
		{"failed", []string{"wait", "web"}, rpc.Service{Name: "web", State: "failed", Failure: &rpc.Failure{Type: "start_timeout"}}, exitFailed, "zinit: web: failed, not ready in time (zinit why web)\n"},
		{"removed", []string{"wait", "web"}, rpc.Service{}, exitUnknown, "zinit: cannot show web: there is no such service (zinit list shows all services)\n"},
		{"down", []string{"wait", "database", "--down"}, rpc.Service{Name: "database", State: "exited", Signal: "SIGTERM"}, exitDone, "database: exited, by SIGTERM\n"},
		{"down, as it is removed", []string{"wait", "database", "--down"}, rpc.Service{}, exitDone, "database: removed\n"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			f := newFake()
			l := begin(t, serve(t, f), test.args...)
			name := test.args[1]
			f.events <- rpc.Event{Service: name, To: "starting"} // a change that is not enough
			eventually(t, "it has looked before and after", func() bool { return f.looks(name) >= 2 })
			if test.to.Name != "" {
				f.set(test.to)
			} else {
				f.drop(name)
			}
			f.events <- rpc.Event{Service: name, To: "running"}
			l.ends(t, test.code)
			if got := l.out.String() + l.err.String(); got != test.want {
				t.Errorf("got %q, want %q", got, test.want)
			}
		})
	}
}

func TestShutdownWaitsForTheEnd(t *testing.T) {
	f := newFake()
	socket, end := serve(t, f), f.stop
	f.stop = nil
	l := begin(t, socket, "shutdown")
	eventually(t, "it was asked for", func() bool { return slices.Contains(f.seen(), `["shutdown"]`) })
	if l.out.String() != "" {
		t.Errorf("it has not waited: %q", l.out)
	}
	end()
	l.ends(t, exitDone)
	if got := l.out.String(); got != "shutdown: done\n" {
		t.Errorf("got %q", got)
	}
}

func TestShutdown(t *testing.T) {
	tests := []struct {
		args []string
		code int
		want string
	}{
		{[]string{"shutdown", "--no-wait"}, exitDone, "shutdown: under way\n"},
		{[]string{"shutdown", "--no-wait", "--json"}, exitDone, "{}\n"},
		{[]string{"shutdown", "--timeout", "20ms"}, exitTimeout, "zinit: the shutdown was not done within 20ms (it goes on)\n"},
	}
	for _, test := range tests {
		t.Run(strings.Join(test.args, " "), func(t *testing.T) {
			f := newFake()
			c := &call{socket: serve(t, f)}
			f.stop = nil
			c.run(test.args...)
			if got := c.stdout.String() + c.stderr.String(); c.code != test.code || got != test.want {
				t.Errorf("got exit code %d and %q, want %d and %q", c.code, got, test.code, test.want)
			}
		})
	}
}

func TestOrdersEndWithTheServer(t *testing.T) {
	f := newFake()
	l := begin(t, serve(t, f), "start", "worker", "worker", "web")
	eventually(t, "it was asked for", func() bool { return len(f.seen()) == 2 })
	f.stop()
	select {
	case code := <-l.code:
		if code != exitUnreachable && code != exitFailed { // it may have said that it ends
			t.Errorf("got exit code %d", code)
		}
	case <-time.After(10 * time.Second):
		t.Fatal("it does not end")
	}
}

func TestOrdersAreGivenAtOnce(t *testing.T) {
	f := newFake()
	var names []string
	for i := range 100 {
		name := fmt.Sprintf("s%d", i)
		names = append(names, name)
		f.set(rpc.Service{Name: name, Kind: "service"})
	}
	c := (&call{socket: serve(t, f)}).run(append([]string{"start", "--no-wait", "--no-deps"}, names...)...)
	var want strings.Builder
	for _, name := range names {
		fmt.Fprintf(&want, "%s: running, pid 4711\n", name)
	}
	if c.code != exitDone || c.stdout.String() != want.String() {
		t.Errorf("got exit code %d and\n%s%s", c.code, &c.stdout, &c.stderr)
	}
	if order := `["start",{"name":"s7","wait":false,"no_deps":true}]`; !slices.Contains(f.seen(), order) {
		t.Errorf("%s was not asked", order)
	}
}

// What does not fit in one answer comes by a subscription, and looks the same.
func TestLogsThatDoNotFit(t *testing.T) {
	long := rpc.Line{Service: "app", Stream: "stdout", TimeMs: before(time.Second), Text: "<one>"}
	for _, test := range []struct {
		args string
		n    int
		want string
	}{
		{"logs app -n 1000", 2, "<one>\n<one>\n"},
		{"logs -n 1000", 1, "app | <one>\n"},
		{"logs -n 1000 --json", 0, "[]\n"},
		{"logs -n 1000 --json", 2, indented(t, []rpc.Line{long, long})},
	} {
		f := newFake()
		f.logLimit = 100
		f.lines = make(chan rpc.Line, test.n)
		for range test.n {
			f.lines <- long
		}
		c := (&call{socket: serve(t, f)}).run(strings.Fields(test.args)...)
		if c.code != exitDone || c.stdout.String() != test.want || c.stderr.Len() > 0 {
			t.Errorf("%s: got exit code %d, %q and %q, want %q", test.args, c.code, &c.stdout, &c.stderr, test.want)
		}
		if want := `"lines":1000,"once":true}]`; !strings.HasSuffix(f.seen()[len(f.seen())-1], want) {
			t.Errorf("asked %q", f.seen())
		}
	}
}

// indented is JSON as other commands show it.
func indented(t *testing.T, v any) string {
	t.Helper()
	var b bytes.Buffer
	s := &session{console: console{out: bufio.NewWriter(&b)}}
	if err := s.showJSON(v); err != nil {
		t.Fatal(err)
	}
	s.out.Flush()
	return b.String()
}

func TestWhatIsAsked(t *testing.T) {
	tests := []struct{ args, want string }{
		{"stop web --timeout 5s", `["stop",{"name":"web","wait":true,"timeout_ms":5000}]`},
		{"stop --timeout=1.5 web", `["stop",{"name":"web","wait":true,"timeout_ms":1500}]`},
		{"restart web --no-wait", `["restart",{"name":"web","wait":false}]`},
		{"start --no-deps web", `["start",{"name":"web","wait":true,"no_deps":true}]`},
		{"kill database", `["kill",{"name":"database"}]`},
		{"kill database -KILL", `["kill",{"name":"database","signal":"KILL"}]`},
		{"kill -9 database", `["kill",{"name":"database","signal":"9"}]`},
		{"kill database SIGRTMIN+3", `["kill",{"name":"database","signal":"SIGRTMIN+3"}]`},
		{"logs web -n 5", `["logs",{"names":["web"],"lines":5}]`},
		{"logs -n0 web app", `["logs",{"names":["web","app"],"lines":0}]`},
		{"logs --since 2026-01-02T00:00:00Z", `["logs",{"since_ms":1767312000000}]`},
		{"remove-service web --purge --cascade", `["remove",{"name":"web","cascade":true,"purge":true}]`},
		{"reload --dry-run", `["reload",{"dry_run":true}]`},
		{"add-service - --persist", `["add",{"toml":"[service]\n","persist":true}]`},
		{"add-service testdata/files/good.toml --start", `["add",{"toml":"[service]\nexec = \"/bin/true\"\n","name":"good","start":true}]`},
		{"start-all", `["start-all"]`},
		{"stop-all", `["stop-all"]`},
		{"delete-all", `["delete-all"]`},
	}
	for _, test := range tests {
		t.Run(test.args, func(t *testing.T) {
			f := newFake()
			(&call{socket: serve(t, f), stdin: "[service]\n"}).run(strings.Fields(test.args)...)
			if got := f.seen(); !slices.Equal(got, []string{test.want}) {
				t.Errorf("got %s, want %s", got, test.want)
			}
		})
	}
}

func TestUnreachable(t *testing.T) {
	dir := t.TempDir()
	plain := filepath.Join(dir, "plain")
	if err := os.WriteFile(plain, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	for _, args := range [][]string{{"list"}, {"start", "a", "b"}, {"logs", "-f"}, {"wait", "a"}, {"events"}, {"shutdown"}, {"remove-service", "a"}} {
		for _, socket := range []string{filepath.Join(dir, "none"), plain} {
			c := (&call{socket: socket}).run(args...)
			want := "zinit: cannot reach the server at " + socket + ": "
			if got := c.stderr.String(); c.code != exitUnreachable || !strings.HasPrefix(got, want) || strings.Count(got, "\n") != 1 || c.stdout.Len() > 0 {
				t.Errorf("%v: got exit code %d, stdout %q and stderr %q", args, c.code, &c.stdout, got)
			}
		}
	}
}

func TestSocketFlagWins(t *testing.T) {
	socket := serve(t, newFake())
	for _, args := range [][]string{{"--socket", socket, "list"}, {"list", "--socket=" + socket}, {"status", "database", "--socket", socket}} {
		if c := (&call{socket: "/nowhere"}).run(args...); c.code != exitDone {
			t.Errorf("%v: got exit code %d: %s", args, c.code, &c.stderr)
		}
	}
}

// broken is an output that cannot be written.
type broken struct{ err error }

func (b broken) Write([]byte) (int, error) { return 0, b.err }

func TestOutputThatCannotBeWritten(t *testing.T) {
	tests := []struct {
		err  error
		code int
		want string
	}{
		{syscall.ENOSPC, exitFailed, "zinit: cannot write the output: no space left on device\n"},
		{io.ErrClosedPipe, exitFailed, "zinit: cannot write the output: io: read/write on closed pipe\n"},
	}
	socket := serve(t, newFake())
	for _, test := range tests {
		t.Run(test.err.Error(), func(t *testing.T) {
			var stderr bytes.Buffer
			code := run(context.Background(), (&call{socket: socket}).console(broken{test.err}, &stderr), []string{"list"})
			if code != test.code || stderr.String() != test.want {
				t.Errorf("got exit code %d and %q, want %d and %q", code, &stderr, test.code, test.want)
			}
		})
	}
}
