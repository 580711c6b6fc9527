package zinit

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"zinit/rpc"
)

// epoch is the present of all these tests.
var epoch = time.Date(2026, 1, 2, 3, 4, 5, 678e6, time.UTC)

// before is a Unix time in milliseconds, so long before the present.
func before(d time.Duration) int64 { return epoch.Add(-d).UnixMilli() }

func ptr[T any](v T) *T { return &v }

// fake is a server's mind: it answers from tables and remembers what it was asked.
type fake struct {
	mu       sync.Mutex
	services map[string]rpc.Service
	info     rpc.Info
	asked    []string // of methods that change something
	looked   map[string]int
	events   chan rpc.Event
	lines    chan rpc.Line
	logLimit int // more lines than that do not fit in an answer
	stop     context.CancelFunc
}

func newFake() *fake {
	f := &fake{services: map[string]rpc.Service{}, looked: map[string]int{}, events: make(chan rpc.Event, 16), lines: make(chan rpc.Line, 16), logLimit: 1000}
	for _, sv := range fakeServices() {
		if sv.Kind == "" {
			sv.Kind = "service"
		}
		sv.Class, sv.Status, sv.Origin = "user", "start", "/etc/zinit/services/"+sv.Name+".toml"
		f.services[sv.Name] = sv
	}
	return f
}

func fakeServices() []rpc.Service {
	return []rpc.Service{
		{Name: "app", State: "failed", Wanted: true, SinceMs: before(90 * time.Second), Restarts: 3, RestartsTotal: 5, ExitCode: ptr(3),
			Failure: &rpc.Failure{Type: "exit_code", Code: ptr(3)}},
		{Name: "broken", State: "failed", SinceMs: before(time.Hour), ConfigError: `broken.toml:2:1: unknown key "exce"`,
			Failure: &rpc.Failure{Type: "config_error", Message: `broken.toml:2:1: unknown key "exce"`}},
		{Name: "cache", State: "inactive", SinceMs: before(3 * time.Hour)},
		{Name: "database", State: "running", Up: true, Wanted: true, Pid: 4242, SinceMs: before(192 * time.Second), UptimeMs: 192000,
			Description: "Where the \x1b[31mdata is", Health: &rpc.Health{State: "healthy"}},
		{Name: "migrate", Oneshot: true, State: "exited", Up: true, Wanted: true, SinceMs: before(50 * time.Hour), ExitCode: ptr(0)},
		{Name: "net", Kind: "target", State: "running", Up: true, Wanted: true, SinceMs: before(350 * time.Millisecond)},
		{Name: "slow", State: "starting", Wanted: true, Pid: 88, MainPid: 89, SinceMs: before(2 * time.Second), UptimeMs: 2000,
			StatusText: "replaying the journal: 40 %", Health: &rpc.Health{State: "waiting", Message: "connection refused"}},
		{Name: "stubborn", State: "running", Up: true, Wanted: true, Pid: 77, SinceMs: before(time.Minute), UptimeMs: 60000, Phase: "reloading",
			StatusText: "at work\nand busy", Leftover: []int{70, 71}, Health: &rpc.Health{State: "failing", Failures: 2, Message: "exit code 1: no \x1b[1mdata"}},
		{Name: "web", State: "blocked", Wanted: true, SinceMs: before(5 * time.Second), WaitingOn: []rpc.Wait{{Service: "app", Reason: "failed"}, {Service: "cache", Reason: "inactive"}}},
		{Name: "worker", State: "blocked", Wanted: true, SinceMs: before(time.Second), NextStartMs: before(-4 * time.Second), Signal: "SIGSEGV",
			RestartsTotal: 1, Restarts: 1, Failure: &rpc.Failure{Type: "signal", Signal: "SIGSEGV", Core: ptr(true)}, WaitingOn: []rpc.Wait{{Service: "worker", Reason: "restart_delay"}}},
	}
}

func (f *fake) note(words ...any) {
	f.mu.Lock()
	defer f.mu.Unlock()
	text, _ := json.Marshal(words)
	f.asked = append(f.asked, string(text))
}

// seen is what was asked so far.
func (f *fake) seen() []string {
	f.mu.Lock()
	defer f.mu.Unlock()
	return slices.Clone(f.asked)
}

func (f *fake) drop(name string) {
	f.mu.Lock()
	defer f.mu.Unlock()
	delete(f.services, name)
}

func (f *fake) set(sv rpc.Service) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.services[sv.Name] = sv
}

func (f *fake) find(verb, name string) (rpc.Service, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if sv, ok := f.services[name]; ok {
		return sv, nil
	}
	return rpc.Service{}, rpc.Errorf(rpc.NotFound, name, "cannot %s %s: there is no such service", verb, name)
}

func (f *fake) Ping(context.Context) (rpc.Ping, error) { return rpc.Ping{Version: "dev", Pid: 1}, nil }

func (f *fake) Info(context.Context) (rpc.Info, error) { return f.info, nil }

func (f *fake) Shutdown(context.Context, rpc.Peer) error {
	f.note("shutdown")
	if f.stop != nil {
		f.stop()
	}
	return nil
}

func (f *fake) List(context.Context) ([]rpc.Service, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	var all []rpc.Service
	for _, sv := range f.services {
		all = append(all, sv)
	}
	slices.SortFunc(all, func(a, b rpc.Service) int { return strings.Compare(a.Name, b.Name) })
	return all, nil
}

func (f *fake) Status(_ context.Context, p rpc.Name) (rpc.Service, error) {
	f.mu.Lock()
	f.looked[p.Name]++
	f.mu.Unlock()
	return f.find("show", p.Name)
}

// looks is how often the status of a service was asked.
func (f *fake) looks(name string) int {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.looked[name]
}

func (f *fake) Get(context.Context, rpc.Name) (json.RawMessage, error) { return nil, nil }

// Start of web fails as its state says; of slow, after a while; all others work.
func (f *fake) Start(ctx context.Context, _ rpc.Peer, p rpc.Order) (rpc.Service, error) {
	f.note("start", p)
	sv, err := f.find("start", p.Name)
	switch {
	case err != nil:
		return sv, err
	case p.Name == "worker":
		<-ctx.Done()
		return sv, context.Cause(ctx)
	case p.Name == "web":
		return sv, rpc.Errorf(rpc.Blocked, "web", "cannot start web: it waits for app, which failed with exit code 3")
	case p.Name == "app":
		return sv, rpc.Errorf(rpc.Failed, "app", "cannot start app: it failed with exit code 3")
	case sv.Kind == "service" && !sv.Oneshot && sv.Pid == 0:
		sv.State, sv.Pid = "running", 4711
	}
	return sv, nil
}

func (f *fake) Stop(_ context.Context, _ rpc.Peer, p rpc.Order) (rpc.Service, error) {
	f.note("stop", p)
	sv, err := f.find("stop", p.Name)
	if sv.Pid != 0 {
		sv.State, sv.Pid, sv.Signal = "exited", 0, "SIGTERM"
	}
	if sv.Name == "stubborn" {
		sv.Signal, sv.Failure, sv.Leftover = "SIGKILL", &rpc.Failure{Type: "stop_timeout"}, []int{78, 79}
	}
	return sv, err
}

func (f *fake) Restart(_ context.Context, _ rpc.Peer, p rpc.Order) (rpc.Service, error) {
	f.note("restart", p)
	sv, err := f.find("restart", p.Name)
	sv.State, sv.Pid = "running", 4712
	return sv, err
}

func (f *fake) Kill(_ context.Context, _ rpc.Peer, p rpc.Kill) error {
	f.note("kill", p)
	sv, err := f.find("signal", p.Name)
	switch {
	case err == nil && sv.Pid == 0:
		return rpc.Errorf(rpc.NotRunning, p.Name, "cannot signal %s: it has no process", p.Name)
	case string(p.Signal) == `"WRONG"`:
		return &rpc.Error{Code: rpc.CodeInvalidParams, Message: `signal: "WRONG" is no signal`}
	}
	return err
}

func (f *fake) Stats(context.Context) ([]rpc.Service, error) {
	all := []rpc.Service{
		{Name: "app", Pid: 4711, UptimeMs: 10_000, Stats: &rpc.Stats{CPUMs: 2500, MemoryBytes: 3 << 20, Processes: 1, Descriptors: 12}},
		{Name: "database", Pid: 4712, UptimeMs: 200_000, Stats: &rpc.Stats{CPUMs: 100_000, MemoryBytes: 1010 << 20, Processes: 12, Descriptors: 340}},
	}
	return all, nil
}

func (f *fake) Why(_ context.Context, p rpc.Name) (rpc.Why, error) {
	sv, err := f.find("explain", p.Name)
	return rpc.Why{Name: p.Name, State: sv.State, Text: "web waits for app, which failed with exit code 3", Chain: []rpc.WhyLink{
		{Service: "web", State: "blocked", Reason: "failed", Cause: "app failed"},
		{Service: "app", State: "failed", Reason: "exit_code", Cause: "its process ended", ExitCode: ptr(3),
			Log: []rpc.Line{{Service: "app", Stream: "stderr", TimeMs: before(time.Minute), Text: "no \x1b[1mdata"}, {Service: "app", Stream: "stderr", TimeMs: before(time.Minute), Text: "giving up"}}},
	}}, err
}

func (f *fake) Tree(_ context.Context, p rpc.Name) ([]rpc.TreeNode, error) {
	if p.Name != "" {
		if _, err := f.find("show", p.Name); err != nil {
			return nil, err
		}
	}
	return []rpc.TreeNode{
		{Name: "app", Kind: "service", State: "running", Requires: []string{"database", "net"}, After: []string{"logger"}},
		{Name: "database", Kind: "service", State: "running", Requires: []string{"net"}},
		{Name: "logger", Kind: "service", State: "running", Wants: []string{"rotor"}},
		{Name: "net", Kind: "target", State: "running", Requires: []string{"eth"}},
		{Name: "eth", Kind: "service", State: "running"},
		{Name: "rotor", Kind: "service", State: "inactive", Wants: []string{"logger"}},
		{Name: "web", Kind: "service", State: "blocked", Requires: []string{"app", "gone"}, Conflicts: []string{"old-web"}},
	}, nil
}

func (f *fake) Add(_ context.Context, _ rpc.Peer, p rpc.Add) (rpc.Service, error) {
	f.note("add", p)
	switch {
	case strings.Contains(p.TOML, "wrong"):
		return rpc.Service{}, rpc.Errorf(rpc.InvalidConfig, "", `1:1: unknown key "wrong"`)
	case p.Name == "database":
		return rpc.Service{}, rpc.Errorf(rpc.Exists, p.Name, "cannot add database: there is one already")
	}
	return rpc.Service{Name: "fresh", Kind: "service", State: "running", Pid: 4713, Origin: "runtime"}, nil
}

func (f *fake) Remove(_ context.Context, _ rpc.Peer, p rpc.Remove) error {
	f.note("remove", p)
	if _, err := f.find("remove", p.Name); err != nil {
		return err
	}
	if p.Name == "database" && !p.Cascade {
		return rpc.Errorf(rpc.HasDependents, p.Name, "cannot remove database: app requires it")
	}
	return nil
}

func (f *fake) Reload(_ context.Context, _ rpc.Peer, p rpc.DryRun) (rpc.Reload, error) {
	f.note("reload", p)
	r := rpc.Reload{Added: []string{"a", "b"}, Changed: []string{"web"}, Restarted: []string{"web"}, Unchanged: 7}
	if !p.DryRun {
		r.Errors = []rpc.ConfigError{{File: "/etc/zinit/services/x.toml", Line: 2, Column: 1, Message: `unknown key "exce"`}}
	}
	return r, nil
}

func (f *fake) bulk(verb string) (rpc.Bulk, error) {
	f.note(verb)
	return rpc.Bulk{Done: []string{"app", "web"}, Skipped: []rpc.Skipped{{Name: "sshd", Reason: "its class is system"}}}, nil
}

func (f *fake) StartAll(context.Context, rpc.Peer) (rpc.Bulk, error)  { return f.bulk("start-all") }
func (f *fake) StopAll(context.Context, rpc.Peer) (rpc.Bulk, error)   { return f.bulk("stop-all") }
func (f *fake) DeleteAll(context.Context, rpc.Peer) (rpc.Bulk, error) { return f.bulk("delete-all") }

func (f *fake) Logs(_ context.Context, p rpc.LogQuery) ([]rpc.Line, error) {
	f.note("logs", p)
	if p.Lines != nil && *p.Lines > f.logLimit || p.Lines == nil && f.logLimit < 1000 {
		return nil, rpc.Errorf(rpc.TooLarge, "", "cannot answer: it is too large")
	}
	if slices.Equal(p.Names, []string{"cache"}) || slices.Equal(p.Names, []string{"migrate"}) {
		return nil, nil
	}
	return []rpc.Line{
		{Service: "app", Stream: "stdout", TimeMs: before(time.Minute), Text: "hello\tworld"},
		{Service: "app", Stream: "stderr", TimeMs: before(59 * time.Second), Text: "red \x1b[31m \ufffd end", Bytes: []byte("red \x1b[31m \xff end")},
		{Service: "web", Stream: "stdout", TimeMs: before(58 * time.Second), Lost: 123},
		{Service: "web", Stream: "stdout", TimeMs: before(57 * time.Second), Text: "a long", Partial: true},
		{Service: "web", Stream: "stdout", TimeMs: before(57 * time.Second), Text: " line"},
	}, nil
}

func (f *fake) Follow(ctx context.Context, p rpc.LogQuery, ready func(), send func(rpc.Line) error) error {
	f.note("follow", p)
	ready()
	if p.Once {
		close(f.lines)
	}
	return pump(ctx, f.lines, send)
}

func (f *fake) Events(ctx context.Context, p rpc.Names, ready func(), send func(rpc.Event) error) error {
	for _, name := range p.Names {
		if _, err := f.find("watch", name); err != nil {
			return err
		}
	}
	ready()
	return pump(ctx, f.events, send)
}

// pump sends what comes; the end of the channel is the end of the subscription.
func pump[T any](ctx context.Context, from <-chan T, send func(T) error) error {
	for {
		select {
		case item, ok := <-from:
			if !ok {
				return nil
			}
			if err := send(item); err != nil {
				return err
			}
		case <-ctx.Done():
			return nil
		}
	}
}

func (f *fake) Doctor(context.Context) ([]rpc.Check, error) {
	return []rpc.Check{
		{Name: "kernel", OK: true, Text: "Linux 6.18.1"},
		{Name: "cgroup", Text: "there is no cgroup v2 at /sys/fs/cgroup: what escapes is searched for"},
	}, nil
}

func (f *fake) DebugState(context.Context) (json.RawMessage, error) {
	return json.RawMessage(`{"goal":"<run>"}`), nil
}

func (f *fake) DebugProcs(_ context.Context, p rpc.Name) (rpc.Process, error) {
	_, err := f.find("show", p.Name)
	return rpc.Process{Pid: 4242, Ppid: 1, Pgid: 4242, Command: "/usr/bin/database -D /data", State: "S", Children: []rpc.Process{
		{Pid: 4250, Ppid: 4242, Pgid: 4242, Command: "writer", State: "D", Children: []rpc.Process{{Pid: 4300, Ppid: 4250, Pgid: 4242, Command: "child", State: "Z"}}},
		{Pid: 4251, Ppid: 4242, Pgid: 4242, Command: "reader", State: "R"},
	}}, err
}

// serve puts a backend behind a real socket and gives its path.
func serve(t testing.TB, f *fake) string {
	t.Helper()
	dir, err := os.MkdirTemp("", "zinit") // short: the path of a socket is bounded
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(dir, "s")
	l, err := rpc.Listen(path)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	f.stop = cancel
	done := make(chan error, 1)
	go func() { done <- rpc.Serve(ctx, l, f, rpc.Limits{}) }()
	t.Cleanup(func() {
		cancel()
		if err := <-done; err != nil {
			t.Error(err)
		}
		os.RemoveAll(dir)
	})
	return path
}

// call is one call of the client and what came of it.
type call struct {
	socket   string
	env      map[string]string
	stdin    string
	terminal bool

	stdout, stderr bytes.Buffer
	code           int
}

func (c *call) getenv(name string) string {
	if name == "ZINIT_SOCKET" {
		return c.socket
	}
	return c.env[name]
}

// console is the world of the call.
func (c *call) console(stdout, stderr io.Writer) console {
	return console{
		in:       strings.NewReader(c.stdin),
		out:      bufio.NewWriter(stdout),
		err:      stderr,
		terminal: c.terminal,
		color:    c.terminal && wantsColor(c.getenv),
		env:      c.getenv,
		uid:      1000,
		now:      func() time.Time { return epoch },
		zone:     time.UTC,
		proc:     "/nonexistent",
	}
}

func (c *call) run(args ...string) *call {
	c.code = run(context.Background(), c.console(&c.stdout, &c.stderr), args)
	return c
}
