package rpc

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"time"
)

const pingText = `{"jsonrpc":"2.0","id":1,"method":"system.ping"}`

// over reads what is left and wants the connection to end.
func over(t *testing.T, conn net.Conn) string {
	t.Helper()
	rest, err := io.ReadAll(conn)
	if err != nil && !errors.Is(err, syscall.ECONNRESET) {
		t.Fatalf("the connection goes on: %v", err)
	}
	return string(rest)
}

// Malformed frames get one answer with id null, and then the end.
func TestMalformedPeers(t *testing.T) {
	path := serve(t, &fake{}, Limits{Patience: 50 * time.Millisecond})
	for _, test := range []struct{ name, bytes, want string }{
		{"length 0", "\x00\x00\x00\x00", `{"jsonrpc":"2.0","id":null,"error":{"code":-32600,`},
		{"huge length", "\xff\xff\xff\xff" + strings.Repeat("x", 100_000), `"id":null,"error":{"code":-32000,"message":"cannot read a frame of 4294967295 bytes: the limit is 4194304","data":{"kind":"too_large"}}`},
		{"one byte too long", "\x00\x40\x00\x01", `"kind":"too_large"`},
		{"no JSON", string("\x00\x00\x00\x03{,}"), `"id":null,"error":{"code":-32700,`},
		{"two values", string("\x00\x00\x00\x05{} {}"), `"id":null,"error":{"code":-32700,`},
		{"no UTF-8", "\x00\x00\x00\x03\"\xff\"", `"id":null,"error":{"code":-32700,`},
		{"another protocol", "GET / HTTP/1.1\r\n\r\n", `"id":null,"error":{"code":-32000,`},
		{"half a head", "\x00\x00", `"id":null,"error":{"code":-32000,"message":"cannot read the frame: its rest`},
		{"half a frame", "\x00\x00\x00\x10{}", `"kind":"timeout"`},
		{"4 MiB announced, nothing sent", "\x00\x40\x00\x00", `"kind":"timeout"`},
		{"a request, then garbage", string(frameOf(pingText)) + "\x00\x00\x00\x00", `"result":{`},
	} {
		t.Run(test.name, func(t *testing.T) {
			conn := raw(t, path)
			conn.Write([]byte(test.bytes))
			got := over(t, conn)
			if !strings.Contains(got, test.want) {
				t.Errorf("got %q, want %q", got, test.want)
			}
			if errors := strings.Count(got, `"error"`); errors != 1 {
				t.Errorf("%d errors in %q", errors, got)
			}
		})
	}
}

// A peer that dies in the middle of a frame costs nothing.
func TestPeerEndsWithinAFrame(t *testing.T) {
	conn := raw(t, serve(t, &fake{}, Limits{}))
	conn.Write([]byte("\x00\x00\x00\x10{}"))
	conn.CloseWrite()
	if got := over(t, conn); !strings.Contains(got, "it ends too early") {
		t.Errorf("got %q", got)
	}
}

// A peer that closes its sending side gets all its answers.
func TestHalfClosedPeer(t *testing.T) {
	free := make(chan struct{})
	b := &fake{order: func(ctx context.Context, p Order) (Service, error) {
		select {
		case <-free:
			return Service{Name: p.Name}, nil
		case <-ctx.Done():
			return Service{}, ctx.Err()
		}
	}}
	conn := raw(t, serve(t, b, Limits{}))
	conn.Write(frameOf(`{"jsonrpc":"2.0","id":1,"method":"service.start","params":{"name":"web"}}`))
	conn.Write(frameOf(pingText))
	conn.CloseWrite()
	if got := receive(t, conn); !strings.Contains(got, "version") {
		t.Errorf("got %s", got)
	}
	close(free)
	if got := over(t, conn); !strings.Contains(got, `"name":"web"`) {
		t.Errorf("got %q", got)
	}
}

func TestTenThousandPipelined(t *testing.T) {
	const count = 10_000
	conn := raw(t, serve(t, &fake{}, Limits{}))
	var all []byte
	for i := range count {
		all = append(all, frameOf(fmt.Sprintf(`{"jsonrpc":"2.0","id":%d,"method":"system.ping"}`, i))...)
	}
	// Nothing is read before everything is written: the server's queue has room.
	if _, err := conn.Write(all); err != nil {
		t.Fatal(err)
	}
	in := bufio.NewReader(conn)
	for i := range count {
		if got := receive(t, in); !strings.HasPrefix(got, fmt.Sprintf(`{"jsonrpc":"2.0","id":%d,`, i)) {
			t.Fatalf("answer %d is %s", i, got)
		}
	}
}

// Who never reads its answers is dropped, and nobody else notices.
func TestGreedyPeer(t *testing.T) {
	b := &fake{lines: []Line{{Text: strings.Repeat("x", 100_000)}}}
	path := serve(t, b, Limits{Queue: 1000, Patience: 50 * time.Millisecond})
	conn := raw(t, path)
	var err error
	for err == nil {
		_, err = conn.Write(frameOf(`{"jsonrpc":"2.0","id":1,"method":"logs.get"}`))
	}
	if !errors.Is(err, syscall.EPIPE) && !errors.Is(err, syscall.ECONNRESET) {
		t.Errorf("not dropped: %v", err)
	}
	if _, err := client(t, path).Ping(t.Context()); err != nil {
		t.Error(err)
	}
}

// A subscriber that does not read ends its subscription, not the server.
func TestSilentSubscriber(t *testing.T) {
	ended := make(chan error, 1)
	b := &fake{follow: func(ctx context.Context, ready func(), send func(Line) error) error {
		ready()
		for {
			if err := send(Line{Text: strings.Repeat("x", 10_000)}); err != nil {
				ended <- err
				return err
			}
		}
	}}
	conn := raw(t, serve(t, b, Limits{Queue: 1000, Patience: 50 * time.Millisecond}))
	conn.Write(frameOf(`{"jsonrpc":"2.0","id":1,"method":"logs.follow"}`))
	select {
	case <-ended:
	case <-time.After(20 * time.Second):
		t.Fatal("it is fed for ever")
	}
	over(t, conn)
}

// blocking is a backend whose orders wait for the end of their ctx.
func blocking() (b *fake, begun, ended *atomic.Int64) {
	begun, ended = new(atomic.Int64), new(atomic.Int64)
	return &fake{order: func(ctx context.Context, _ Order) (Service, error) {
		begun.Add(1)
		<-ctx.Done()
		ended.Add(1)
		return Service{}, ctx.Err()
	}}, begun, ended
}

// The number of requests under way is bounded, and all end when the peer goes, even
// while the server does not read because of that bound.
func TestRequestsAreBoundedAndEndWithThePeer(t *testing.T) {
	b, begun, ended := blocking()
	conn := raw(t, serve(t, b, Limits{Requests: 3}))
	for range 10 {
		conn.Write(frameOf(`{"jsonrpc":"2.0","id":1,"method":"service.start","params":{"name":"web"}}`))
	}
	until(t, "3 are under way", func() bool { return begun.Load() == 3 })
	conn.Close()
	until(t, "3 have ended", func() bool { return ended.Load() == 3 })
	if n := begun.Load(); n != 3 {
		t.Errorf("%d were begun", n)
	}
}

func TestRequestsGoOnWhenThereIsASlot(t *testing.T) {
	next := make(chan struct{})
	b := &fake{order: func(context.Context, Order) (Service, error) { <-next; return Service{}, nil }}
	conn := raw(t, serve(t, b, Limits{Requests: 2}))
	for i := range 20 {
		conn.Write(frameOf(fmt.Sprintf(`{"jsonrpc":"2.0","id":%d,"method":"service.start","params":{"name":"web"}}`, i)))
	}
	for range 20 {
		next <- struct{}{}
		if got := receive(t, conn); !strings.Contains(got, `"result"`) {
			t.Fatal(got)
		}
	}
}

func TestWaiterEndsWithItsPeer(t *testing.T) {
	b, begun, ended := blocking()
	conn := raw(t, serve(t, b, Limits{}))
	conn.Write(frameOf(`{"jsonrpc":"2.0","id":1,"method":"service.start","params":{"name":"web"}}`))
	until(t, "it is under way", func() bool { return begun.Load() == 1 })
	conn.Close()
	until(t, "it has ended", func() bool { return ended.Load() == 1 })
}

func TestStreamsAreBounded(t *testing.T) {
	b := &fake{events: func(ctx context.Context, ready func(), _ func(Event) error) error {
		ready()
		<-ctx.Done()
		return nil
	}}
	conn := raw(t, serve(t, b, Limits{Streams: 2}))
	for i, want := range []string{`"subscription":1`, `"subscription":2`, `"kind":"denied"`} {
		conn.Write(frameOf(`{"jsonrpc":"2.0","id":1,"method":"events.subscribe"}`))
		if got := receive(t, conn); !strings.Contains(got, want) {
			t.Errorf("answer %d: %s", i, got)
		}
	}
}

// One connection too many gets an answer; when one has gone there is room again.
func TestConnectionFlood(t *testing.T) {
	path := serve(t, &fake{}, Limits{Connections: 3, Patience: time.Hour})
	var open []net.Conn
	for range 3 {
		conn := raw(t, path)
		conn.Write(frameOf(pingText))
		receive(t, conn)
		open = append(open, conn)
	}
	for range 50 {
		if got := over(t, raw(t, path)); !strings.Contains(got, `cannot serve this connection: 3 are open already`) {
			t.Fatalf("got %q", got)
		}
	}
	_, err := client(t, path).Ping(t.Context())
	if !IsKind(err, Denied) {
		t.Errorf("the client says %v", err)
	}
	open[1].Close()
	until(t, "there is room", func() bool {
		c := client(t, path)
		defer c.Close()
		_, err := c.Ping(t.Context())
		return err == nil
	})
}

// Those who hold a connection and do nothing with it make room for those who would.
func TestIdleConnectionsMakeRoom(t *testing.T) {
	b := &fake{events: func(ctx context.Context, ready func(), _ func(Event) error) error {
		ready()
		<-ctx.Done()
		return nil
	}}
	path := serve(t, b, Limits{Connections: 2, Patience: 30 * time.Millisecond})
	busy := raw(t, path)
	busy.Write(frameOf(`{"jsonrpc":"2.0","id":1,"method":"events.subscribe"}`))
	receive(t, busy)
	idle := raw(t, path)
	until(t, "a new one is served", func() bool {
		c := client(t, path)
		defer c.Close()
		_, err := c.Ping(t.Context())
		return err == nil
	})
	if got := over(t, idle); got != "" {
		t.Errorf("the idle one got %q", got)
	}
	busy.SetReadDeadline(time.Now())
	if _, err := busy.Read(make([]byte, 1)); !errors.Is(err, os.ErrDeadlineExceeded) {
		t.Errorf("the busy one was dropped: %v", err)
	}
}

func TestCredentials(t *testing.T) {
	s := &server{uid: os.Geteuid()}
	there, here := net.Pipe()
	defer here.Close()
	defer there.Close()
	if _, fault := s.credentials(here); fault == nil || fault.Data.Kind != Denied {
		t.Errorf("a pipe is served: %v", fault)
	}
}

// Another user is turned away. The test is its own other user.
func TestOtherUsersAreDenied(t *testing.T) {
	if path := os.Getenv("RPC_TEST_SOCKET"); path != "" {
		c, err := Dial(t.Context(), path)
		if err == nil {
			_, err = c.Ping(t.Context())
		}
		fmt.Println("answer:", err)
		return
	}
	if os.Geteuid() != 0 {
		t.Skip("only root can be somebody else")
	}
	dir, err := os.MkdirTemp("/tmp", "rpc")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	path := filepath.Join(dir, "s")
	l, err := Listen(path)
	if err != nil {
		t.Fatal(err)
	}
	serveOn(t, l, &fake{}, Limits{})
	self := filepath.Join(dir, "self")
	copySelf(t, self)
	for mode, want := range map[os.FileMode]string{
		0o600: "permission denied",
		0o666: "cannot serve uid 65534: only root and uid 0 are served",
	} {
		os.Chmod(dir, 0o755)
		os.Chmod(path, mode)
		cmd := exec.Command(self, "-test.run=^TestOtherUsersAreDenied$")
		cmd.Dir = "/"
		cmd.Env = []string{"RPC_TEST_SOCKET=" + path}
		cmd.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: 65534, Gid: 65534}}
		out, err := cmd.CombinedOutput()
		if err != nil || !strings.Contains(string(out), want) {
			t.Errorf("mode %v: %v, %s", mode, err, out)
		}
	}
}

// copySelf puts the test's program where another user may run it.
func copySelf(t *testing.T, to string) {
	t.Helper()
	text, err := os.ReadFile("/proc/self/exe")
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(to, text, 0o755); err != nil {
		t.Fatal(err)
	}
}

// At the end waiting requests are answered, and a peer that does not read does not
// hold it up.
func TestServeEnds(t *testing.T) {
	b, begun, _ := blocking()
	l, err := Listen(filepath.Join(t.TempDir(), "s"))
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- Serve(ctx, l, b, Limits{}) }()
	path := l.Addr().String()
	waiting, idle := raw(t, path), raw(t, path)
	waiting.Write(frameOf(`{"jsonrpc":"2.0","id":1,"method":"service.stop","params":{"name":"web"}}`))
	until(t, "it is under way", func() bool { return begun.Load() == 1 })
	cancel()
	if got := over(t, waiting); !strings.Contains(got, `"kind":"shutting_down"`) {
		t.Errorf("got %q", got)
	}
	if got := over(t, idle); got != "" {
		t.Errorf("got %q", got)
	}
	if err := <-ended; err != nil {
		t.Error(err)
	}
	if _, err := os.Lstat(path); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("the socket is left: %v", err)
	}
}

// Nor does one that has asked for much and reads nothing.
func TestServeEndsInSpiteOfAGreedyPeer(t *testing.T) {
	full := make(chan struct{}, 1)
	b := &fake{follow: func(ctx context.Context, ready func(), send func(Line) error) error {
		var err error
		for i := 0; err == nil; i++ {
			if i == 100 {
				full <- struct{}{}
			}
			err = send(Line{Text: strings.Repeat("x", 10_000)})
		}
		return err
	}}
	l, err := Listen(filepath.Join(t.TempDir(), "s"))
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- Serve(ctx, l, b, Limits{Patience: time.Hour}) }()
	conn := raw(t, l.Addr().String())
	conn.Write(frameOf(`{"jsonrpc":"2.0","id":1,"method":"logs.follow"}`))
	<-full
	cancel()
	select {
	case err := <-ended:
		if err != nil {
			t.Error(err)
		}
	case <-time.After(20 * time.Second):
		t.Error("Serve does not end")
	}
}

func TestServeSaysThatItsListenerFailed(t *testing.T) {
	l, err := Listen(filepath.Join(t.TempDir(), "s"))
	if err != nil {
		t.Fatal(err)
	}
	l.Close()
	if err := Serve(t.Context(), l, &fake{}, Limits{}); err == nil || !strings.HasPrefix(err.Error(), "cannot accept connections on ") {
		t.Errorf("got %v", err)
	}
}

// Subscribers who ask nothing leave room for those who do.
func TestSubscribersLeaveRoom(t *testing.T) {
	b := &fake{events: func(ctx context.Context, ready func(), _ func(Event) error) error {
		ready()
		<-ctx.Done()
		return nil
	}}
	path := serve(t, b, Limits{Connections: 4})
	follow := frameOf(`{"jsonrpc":"2.0","id":1,"method":"events.subscribe"}`)
	var last net.Conn
	for range 3 {
		last = raw(t, path)
		last.Write(follow)
		if got := receive(t, last); !strings.Contains(got, `"subscription"`) {
			t.Fatalf("a subscription was answered %s", got)
		}
	}
	conn := raw(t, path)
	conn.Write(follow)
	if got := receive(t, conn); !strings.Contains(got, `"kind":"denied"`) {
		t.Errorf("one subscription too many was answered %s", got)
	}
	conn.Write(frameOf(pingText))
	if got := receive(t, conn); !strings.Contains(got, `"result":{`) {
		t.Errorf("a request beside them was answered %s", got)
	}
	last.Close()
	until(t, "the place is free again", func() bool {
		conn.Write(follow)
		return strings.Contains(receive(t, conn), `"subscription"`)
	})
}
