package rpc

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"sync"
	"testing"
)

// Each method of the client arrives at the backend with its params, and brings back
// its result.
func TestClientCalls(t *testing.T) {
	b := &fake{lines: []Line{{Service: "web", Text: "hello"}}}
	c := client(t, serve(t, b, Limits{}))
	ctx := t.Context()
	wait, lines := false, 3
	for _, test := range []struct {
		name string
		call func() (any, error)
		want any
		sent any // noted by the backend; nil: nothing is
	}{
		{"ping", func() (any, error) { return c.Ping(ctx) }, Ping{"1.2.3", 42}, nil},
		{"info", func() (any, error) { return c.Info(ctx) }, Info{Mode: "standalone", ConfigDirs: []string{}, States: map[string]int{}}, nil},
		{"shutdown", func() (any, error) { return nil, c.Shutdown(ctx) }, nil, "shutdown"},
		{"list", func() (any, error) { return c.List(ctx) }, []Service{}, nil},
		{"status", func() (any, error) { return c.Status(ctx, "web") }, Service{Name: "web"}, Name{"web"}},
		{"get", func() (any, error) { r, err := c.Get(ctx, "web"); return string(r), err }, `{"service":{"name":"web"}}`, nil},
		{"start", func() (any, error) { return c.Start(ctx, Order{"web", &wait, 5000, true}) }, Service{Name: "web"}, Order{"web", &wait, 5000, true}},
		{"stop", func() (any, error) { return c.Stop(ctx, Order{Name: "web"}) }, Service{Name: "web"}, Order{Name: "web"}},
		{"restart", func() (any, error) { return c.Restart(ctx, Order{Name: "web"}) }, Service{Name: "web"}, Order{Name: "web"}},
		{"kill", func() (any, error) { return nil, c.Kill(ctx, "web", "SIGHUP") }, nil, Kill{"web", []byte(`"SIGHUP"`)}},
		{"kill by default", func() (any, error) { return nil, c.Kill(ctx, "web", "") }, nil, Kill{Name: "web"}},
		{"why", func() (any, error) { return c.Why(ctx, "web") }, Why{Name: "web", Chain: []WhyLink{}}, nil},
		{"tree", func() (any, error) { return c.Tree(ctx, "") }, []TreeNode{{"web", "", "", []string{}, []string{}, []string{}, []string{}}}, nil},
		{"add", func() (any, error) { return c.Add(ctx, Add{TOML: "[service]", Persist: true, Start: true}) }, Service{Name: "added"}, Add{TOML: "[service]", Persist: true, Start: true}},
		{"remove", func() (any, error) { return nil, c.Remove(ctx, Remove{"web", true, true}) }, nil, Remove{"web", true, true}},
		{"reload", func() (any, error) { return c.Reload(ctx, true) }, Reload{[]string{}, []string{}, []string{}, []string{}, 3, []ConfigError{}}, DryRun{true}},
		{"start-all", func() (any, error) { return c.StartAll(ctx) }, Bulk{[]string{}, []Skipped{}}, "start_all"},
		{"stop-all", func() (any, error) { return c.StopAll(ctx) }, Bulk{[]string{}, []Skipped{}}, "stop_all"},
		{"delete-all", func() (any, error) { return c.DeleteAll(ctx) }, Bulk{[]string{}, []Skipped{}}, "delete_all"},
		{"logs", func() (any, error) { return c.Logs(ctx, LogQuery{[]string{"web"}, &lines, 5, "stdout", false}) }, b.lines, LogQuery{[]string{"web"}, &lines, 5, "stdout", false}},
		{"doctor", func() (any, error) { return c.Doctor(ctx) }, []Check{{"cgroup", false, "none"}}, nil},
		{"debug-state", func() (any, error) { r, err := c.DebugState(ctx); return string(r), err }, `{"all":1}`, nil},
		{"debug-procs", func() (any, error) { return c.DebugProcs(ctx, "web") },
			Process{Pid: 7, Children: []Process{{Pid: 8, Children: []Process{}}, {Pid: 9, Children: []Process{}}}}, nil},
	} {
		t.Run(test.name, func(t *testing.T) {
			before := len(b.noted())
			got, err := test.call()
			if err != nil || !reflect.DeepEqual(got, test.want) {
				t.Errorf("got %+v, error %v; want %+v", got, err, test.want)
			}
			if sent := b.noted()[before:]; test.sent != nil && (len(sent) != 1 || !reflect.DeepEqual(sent[0], test.sent)) {
				t.Errorf("sent %+v, want %+v", sent, test.sent)
			}
		})
	}
}

func TestClientOfManyGoroutines(t *testing.T) {
	c := client(t, serve(t, &fake{}, Limits{}))
	var all sync.WaitGroup
	for i := range 50 {
		all.Go(func() {
			for j := range 20 {
				name := fmt.Sprintf("s%d-%d", i, j)
				ask := c.Status
				if j%2 > 0 {
					ask = func(ctx context.Context, name string) (Service, error) { return c.Start(ctx, Order{Name: name}) }
				}
				if got, err := ask(t.Context(), name); err != nil || got.Name != name {
					t.Errorf("%s: got %q, error %v", name, got.Name, err)
				}
			}
		})
	}
	all.Wait()
}

func TestUnreachable(t *testing.T) {
	dir := t.TempDir()
	stale := filepath.Join(dir, "stale")
	leftOver(t, stale)
	file := filepath.Join(dir, "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct{ name, path, message, hint string }{
		{"no socket", filepath.Join(dir, "none"), "no such file", "there is no socket"},
		{"nobody answers", stale, "connection refused", "nobody answers"},
		{"no socket but a file", file, "connection refused", "nobody answers"},
	} {
		t.Run(test.name, func(t *testing.T) {
			_, err := Dial(t.Context(), test.path)
			lost, ok := errors.AsType[*Unreachable](err)
			if !ok || !errors.Is(err, ErrUnreachable) {
				t.Fatalf("got %v", err)
			}
			want := "cannot reach the server at " + test.path + ": " + test.message
			if !strings.HasPrefix(err.Error(), want) || !strings.Contains(lost.Hint, test.hint) {
				t.Errorf("got %q, hint %q", err, lost.Hint)
			}
		})
	}
}

// A server that goes while it is asked, and a client that is used after that.
func TestServerGoes(t *testing.T) {
	l, err := Listen(filepath.Join(t.TempDir(), "s"))
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	go func() {
		conn, err := l.Accept()
		if err == nil {
			ReadFrame(conn)
			conn.Close()
		}
	}()
	c := client(t, l.Addr().String())
	for range 2 {
		if _, err := c.Ping(t.Context()); !errors.Is(err, ErrUnreachable) {
			t.Errorf("got %v", err)
		}
	}
}

func TestClientGivesUp(t *testing.T) {
	b, begun, _ := blocking()
	c := client(t, serve(t, b, Limits{}))
	ctx, cancel := context.WithCancel(t.Context())
	go func() {
		until(t, "it is under way", func() bool { return begun.Load() == 1 })
		cancel()
	}()
	if _, err := c.Start(ctx, Order{Name: "web"}); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
	if _, err := c.Ping(t.Context()); err != nil {
		t.Errorf("the connection is broken: %v", err)
	}
	c.Close()
	if _, err := c.Ping(t.Context()); !errors.Is(err, ErrUnreachable) {
		t.Errorf("after Close: %v", err)
	}
}

// A subscription: the answer first, then all items in order, then why it ended.
func TestFollow(t *testing.T) {
	fail := Errorf(ShuttingDown, "", "cannot go on: the server ends")
	for _, test := range []struct {
		name string
		err  error // of the backend, after three lines
		want string
	}{
		{"until there is no more", nil, "a b c"},
		{"until it fails", fail, "a b c cannot go on: the server ends"},
	} {
		t.Run(test.name, func(t *testing.T) {
			b := &fake{follow: func(_ context.Context, ready func(), send func(Line) error) error {
				for i, text := range []string{"a", "b", "c"} {
					if i == 1 {
						ready() // after a line: it is answered before all the same
					}
					if err := send(Line{Text: text}); err != nil {
						return err
					}
				}
				return test.err
			}}
			lines, err := client(t, serve(t, b, Limits{})).Follow(t.Context(), LogQuery{})
			if err != nil {
				t.Fatal(err)
			}
			var got []string
			for line, err := range lines {
				if err != nil {
					got = append(got, err.Error())
				} else {
					got = append(got, line.Text)
				}
			}
			if strings.Join(got, " ") != test.want {
				t.Errorf("got %q, want %q", got, test.want)
			}
		})
	}
}

func TestFollowIsRefused(t *testing.T) {
	b := &fake{follow: func(context.Context, func(), func(Line) error) error {
		return Errorf(NotFound, "web", "there is no service web")
	}}
	path := serve(t, b, Limits{})
	if _, err := client(t, path).Follow(t.Context(), LogQuery{Names: []string{"web"}}); !IsKind(err, NotFound) {
		t.Errorf("got %v", err)
	}
}

// The reader's end is the end of the backend's call: by break and by ctx.
func TestEventsEndWithTheReader(t *testing.T) {
	gone := make(chan struct{})
	b := &fake{events: func(ctx context.Context, ready func(), send func(Event) error) error {
		ready()
		err := send(Event{Service: "web", From: "starting", To: "running"})
		<-ctx.Done()
		gone <- struct{}{}
		return err
	}}
	c := client(t, serve(t, b, Limits{}))
	for _, how := range []string{"break", "ctx"} {
		ctx, cancel := context.WithCancel(t.Context())
		events, err := c.Events(ctx, "web")
		if err != nil {
			t.Fatal(err)
		}
		for event, err := range events {
			if err != nil || event.To != "running" {
				t.Errorf("%s: got %+v, error %v", how, event, err)
			}
			if how == "break" {
				break
			}
			cancel()
		}
		<-gone
		cancel()
	}
}

// Two subscriptions of one connection are told apart, and requests go on beside them.
func TestSubscriptionsShareAConnection(t *testing.T) {
	feed := make(chan string)
	b := &fake{
		follow: func(ctx context.Context, ready func(), send func(Line) error) error {
			ready()
			return send(Line{Text: <-feed})
		},
		events: func(ctx context.Context, ready func(), send func(Event) error) error {
			ready()
			return send(Event{Service: <-feed})
		},
	}
	conn := raw(t, serve(t, b, Limits{}))
	for _, step := range []struct{ send, feed, want string }{
		{`{"jsonrpc":"2.0","id":1,"method":"logs.follow"}`, "", `{"jsonrpc":"2.0","id":1,"result":{"subscription":1}}`},
		{``, "x", `{"jsonrpc":"2.0","method":"log","params":{"service":"","stream":"","time_ms":0,"text":"x","subscription":1}}`},
		{``, "", `{"jsonrpc":"2.0","method":"end","params":{"subscription":1}}`},
		{`{"jsonrpc":"2.0","id":2,"method":"events.subscribe","params":{"names":["web"]}}`, "", `{"jsonrpc":"2.0","id":2,"result":{"subscription":2}}`},
		{pingText, "", `{"jsonrpc":"2.0","id":1,"result":{"version":"1.2.3","pid":42}}`},
		{``, "web", `{"jsonrpc":"2.0","method":"event","params":{"time_ms":0,"service":"web","from":"","to":"","cause":"","subscription":2}}`},
	} {
		if step.send != "" {
			conn.Write(frameOf(step.send))
		}
		if step.feed != "" {
			feed <- step.feed
		}
		if got := receive(t, conn); got != step.want {
			t.Errorf("got  %s\nwant %s", got, step.want)
		}
	}
}

// A server that refuses before it has read is understood.
func TestRefusalIsTheReason(t *testing.T) {
	l, err := net.Listen("unix", filepath.Join(t.TempDir(), "s"))
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	go func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			refuse(conn, Errorf(Denied, "", "not you"))
		}
	}()
	c := client(t, l.Addr().String())
	if _, err := c.Ping(t.Context()); !IsKind(err, Denied) {
		t.Errorf("ping: %v", err)
	}
	if _, err := c.Events(t.Context()); !IsKind(err, Denied) {
		t.Errorf("events: %v", err)
	}
}
