package rpc

import (
	"context"
	"encoding/json"
	"net"
	"path/filepath"
	"sync"
	"testing"
	"time"
)

// fake is a backend that notes its calls and answers what a test wants.
type fake struct {
	mu     sync.Mutex
	calls  []any                                         // params, in order
	order  func(context.Context, Order) (Service, error) // start, stop, restart
	follow func(context.Context, func(), func(Line) error) error
	events func(context.Context, func(), func(Event) error) error
	lines  []Line
	err    error // of everything else
}

func (f *fake) note(p any) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.calls = append(f.calls, p)
	return f.err
}

func (f *fake) noted() []any {
	f.mu.Lock()
	defer f.mu.Unlock()
	return append([]any(nil), f.calls...)
}

func (f *fake) wait(ctx context.Context, p Order) (Service, error) {
	if err := f.note(p); err != nil || f.order == nil {
		return Service{Name: p.Name}, err
	}
	return f.order(ctx, p)
}

func (f *fake) Ping(context.Context) (Ping, error)      { return Ping{"1.2.3", 42}, f.err }
func (f *fake) Info(context.Context) (Info, error)      { return Info{Mode: "standalone"}, f.err }
func (f *fake) Shutdown(context.Context, Peer) error    { return f.note("shutdown") }
func (f *fake) List(context.Context) ([]Service, error) { return nil, f.err }
func (f *fake) Status(_ context.Context, p Name) (Service, error) {
	return Service{Name: p.Name}, f.note(p)
}
func (f *fake) Get(_ context.Context, p Name) (json.RawMessage, error) {
	return json.RawMessage(`{"service":{"name":"` + p.Name + `"}}`), f.err
}
func (f *fake) Start(ctx context.Context, _ Peer, p Order) (Service, error) { return f.wait(ctx, p) }
func (f *fake) Stop(ctx context.Context, _ Peer, p Order) (Service, error)  { return f.wait(ctx, p) }
func (f *fake) Restart(ctx context.Context, _ Peer, p Order) (Service, error) {
	return f.wait(ctx, p)
}
func (f *fake) Kill(_ context.Context, _ Peer, p Kill) error { return f.note(p) }
func (f *fake) Stats(context.Context) ([]Service, error)     { return nil, f.err }
func (f *fake) Why(_ context.Context, p Name) (Why, error)   { return Why{Name: p.Name}, f.err }
func (f *fake) Tree(context.Context, Name) ([]TreeNode, error) {
	return []TreeNode{{Name: "web"}}, f.err
}
func (f *fake) Add(_ context.Context, _ Peer, p Add) (Service, error) {
	return Service{Name: "added"}, f.note(p)
}
func (f *fake) Remove(_ context.Context, _ Peer, p Remove) error { return f.note(p) }
func (f *fake) Reload(_ context.Context, _ Peer, p DryRun) (Reload, error) {
	return Reload{Unchanged: 3}, f.note(p)
}
func (f *fake) StartAll(context.Context, Peer) (Bulk, error)       { return Bulk{}, f.note("start_all") }
func (f *fake) StopAll(context.Context, Peer) (Bulk, error)        { return Bulk{}, f.note("stop_all") }
func (f *fake) DeleteAll(context.Context, Peer) (Bulk, error)      { return Bulk{}, f.note("delete_all") }
func (f *fake) Logs(_ context.Context, p LogQuery) ([]Line, error) { return f.lines, f.note(p) }
func (f *fake) Follow(ctx context.Context, _ LogQuery, ready func(), send func(Line) error) error {
	return f.follow(ctx, ready, send)
}
func (f *fake) Events(ctx context.Context, _ Names, ready func(), send func(Event) error) error {
	return f.events(ctx, ready, send)
}
func (f *fake) Doctor(context.Context) ([]Check, error) {
	return []Check{{"cgroup", false, "none"}}, f.err
}
func (f *fake) DebugState(context.Context) (json.RawMessage, error) {
	return json.RawMessage(`{"all":1}`), f.err
}
func (f *fake) DebugProcs(context.Context, Name) (Process, error) {
	return Process{Pid: 7, Children: []Process{{Pid: 8}, {Pid: 9}}}, f.err
}

// serve runs a server until the test ends, and returns its socket.
func serve(t testing.TB, b Backend, limits Limits) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "s")
	l, err := Listen(path)
	if err != nil {
		t.Fatal(err)
	}
	serveOn(t, l, b, limits)
	return path
}

func serveOn(t testing.TB, l net.Listener, b Backend, limits Limits) {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- Serve(ctx, l, b, limits) }()
	t.Cleanup(func() {
		cancel()
		select {
		case err := <-ended:
			if err != nil {
				t.Errorf("Serve: %v", err)
			}
		case <-time.After(20 * time.Second):
			t.Error("Serve does not end")
		}
	})
}

func client(t testing.TB, path string) *Client {
	t.Helper()
	c, err := Dial(t.Context(), path)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	return c
}

// raw is a peer that writes and reads bytes as it likes; nothing takes it longer
// than 20 s.
func raw(t testing.TB, path string) *net.UnixConn {
	t.Helper()
	conn, err := net.Dial("unix", path)
	if err != nil {
		t.Fatal(err)
	}
	conn.SetDeadline(time.Now().Add(20 * time.Second))
	t.Cleanup(func() { conn.Close() })
	return conn.(*net.UnixConn)
}

func frameOf(text string) []byte {
	frame, err := sealFrame(append(make([]byte, headSize), text...))
	if err != nil {
		panic(err)
	}
	return frame
}

// until polls for a condition.
func until(t testing.TB, what string, ok func() bool) {
	t.Helper()
	deadline := time.After(20 * time.Second)
	tick := time.NewTicker(time.Millisecond)
	defer tick.Stop()
	for !ok() {
		select {
		case <-deadline:
			t.Fatalf("never: %s", what)
		case <-tick.C:
		}
	}
}
