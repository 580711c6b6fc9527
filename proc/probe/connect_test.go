package probe

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

const patience = 20 * time.Second

// serve has a listener hand each connection to a function.
func serve(t *testing.T, network, address string, with func(net.Conn)) net.Listener {
	t.Helper()
	l, err := net.Listen(network, address)
	if err != nil {
		t.Skip(err)
	}
	t.Cleanup(func() { l.Close() })
	go func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			go func() {
				defer conn.Close()
				with(conn)
			}()
		}
	}()
	return l
}

// soon is a context that ends in time for a test.
func soon(t *testing.T, after time.Duration) context.Context {
	ctx, cancel := context.WithTimeout(context.Background(), after)
	t.Cleanup(cancel)
	return ctx
}

func ignore(net.Conn) {}

// hold keeps a connection as long as the other end does, and says nothing.
func hold(conn net.Conn) { _, _ = io.Copy(io.Discard, conn) }

// closed is an address of this machine at which nobody listens.
func closed(t *testing.T, network, address string) string {
	l, err := net.Listen(network, address)
	if err != nil {
		t.Skip(err)
	}
	defer l.Close()
	return l.Addr().String()
}

func TestConnect(t *testing.T) {
	port := func(address string) string {
		_, port, _ := net.SplitHostPort(address)
		return port
	}
	socket := filepath.Join(t.TempDir(), "s")
	serve(t, "unix", socket, hold)
	four := serve(t, "tcp4", "127.0.0.1:0", ignore).Addr().String()
	six := serve(t, "tcp6", "[::1]:0", hold).Addr().String()
	nobody := closed(t, "tcp4", "127.0.0.1:0")
	for _, c := range []struct{ name, endpoint, want string }{
		{"accepted and closed", four, ""},
		{"IPv6", six, ""},
		{"localhost", "localhost:" + port(four), ""},
		{"LOCALHOST, IPv6 only", "LOCALHOST:" + port(six), ""},
		{"socket", "unix:" + socket, ""},
		{"IPv4 in IPv6", "[::ffff:127.0.0.1]:" + port(four), ""},
		{"refused", nobody, "connection refused"},
		{"localhost refused", "localhost:" + port(nobody), "connection refused"},
		{"no socket", "unix:" + socket + ".no", "no such file or directory"},
		{"no port", "localhost", `cannot read the endpoint "localhost"`},
	} {
		t.Run(c.name, func(t *testing.T) {
			got := ""
			if err := Connect(soon(t, patience), c.endpoint); err != nil {
				got = err.Error()
			}
			if got != c.want {
				t.Errorf("%s: %q, not %q", c.endpoint, got, c.want)
			}
		})
	}
}

// A name that nobody can look up is said so, and takes no longer than it may.
func TestConnectToNoHost(t *testing.T) {
	err := Connect(soon(t, patience), "no-such-host.invalid:80")
	if err == nil {
		t.Fatal("a connection to nowhere")
	}
	if text := (&Probe{pace: Pace{Timeout: patience}}).words(err).Error(); !strings.Contains(text, "cannot find no-such-host.invalid: ") && !strings.Contains(text, "no answer") {
		t.Error(text)
	}
}

func TestConnectToFullQueue(t *testing.T) {
	socket := filepath.Join(t.TempDir(), "s")
	l, err := net.Listen("unix", socket) // and nobody accepts
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	for n := range 5000 {
		c, err := dial(soon(t, patience), "unix:"+socket)
		if err != nil {
			if n == 0 || !strings.Contains(err.Error(), "queue is full") {
				t.Fatal(n, err)
			}
			return
		}
		defer c.close()
	}
	t.Skip("the queue is endless")
}

func TestFetch(t *testing.T) {
	answer := func(text string) func(net.Conn) {
		return func(conn net.Conn) {
			buf := make([]byte, 4096)
			if _, err := conn.Read(buf); err == nil {
				_, _ = io.WriteString(conn, text)
			}
		}
	}
	for _, c := range []struct {
		name string
		with func(net.Conn)
		want string
	}{
		{"ok", answer("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"), ""},
		{"no content", answer("HTTP/1.0 204\r\n\r\n"), ""},
		{"redirect", answer("HTTP/1.1 302 Found\r\nLocation: http://192.0.2.1/\r\n\r\n"), ""},
		{"no carriage return", answer("HTTP/1.1 200 OK\n\n"), ""},
		{"only the line", answer("HTTP/1.1 200 OK"), ""},
		{"unavailable", answer("HTTP/1.1 503 Service Unavailable\r\n\r\n"), "HTTP 503"},
		{"not found", answer("HTTP/1.1 404 Not Found\r\n\r\n"), "HTTP 404"},
		{"continue", answer("HTTP/1.1 100 Continue\r\n\r\n"), "HTTP 100"},
		{"ssh", answer("SSH-2.0-OpenSSH_9\r\n\x1b[2J"), `the answer is no HTTP: "SSH-2.0-OpenSSH_9"`},
		{"no number", answer("HTTP/1.1 OK\r\n"), `the answer is no HTTP: "HTTP/1.1 OK"`},
		{"closed", answer(""), "the connection was closed without an answer"},
		{"endless line", answer(strings.Repeat("x\x00", 5<<20)), `the answer is no HTTP: "` + strings.Repeat(`x\x00`, 20) + `"`},
		{"10 MB", answer("HTTP/1.1 200 OK\r\n\r\n" + strings.Repeat("body", 10<<18)), ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			address := serve(t, "tcp4", "127.0.0.1:0", c.with).Addr().String()
			got := ""
			if err := Fetch(soon(t, patience), "http://"+address+"/health"); err != nil {
				got = err.Error()
			}
			if got != c.want {
				t.Errorf("%q, not %q", got, c.want)
			}
		})
	}
	t.Run("refused", func(t *testing.T) {
		err := Fetch(soon(t, patience), "http://"+closed(t, "tcp4", "127.0.0.1:0")+"/")
		if err == nil || err.Error() != "connection refused" {
			t.Error(err)
		}
	})
}

// Neither silence nor a drop now and then keeps a probe longer than its time.
func TestFetchFromSlow(t *testing.T) {
	drip := func(conn net.Conn) {
		for _, b := range []byte("HTTP/1.1 " + strings.Repeat("2", 1<<16)) {
			if _, err := conn.Write([]byte{b}); err != nil {
				return
			}
			<-time.After(10 * time.Millisecond)
		}
	}
	for name, with := range map[string]func(net.Conn){"silent": hold, "dripping": drip} {
		t.Run(name, func(t *testing.T) {
			address := serve(t, "tcp4", "127.0.0.1:0", with).Addr().String()
			err := Fetch(soon(t, 50*time.Millisecond), "http://"+address)
			p := &Probe{pace: Pace{Timeout: time.Second}}
			if err == nil || p.words(err).Error() != "no answer within 1s" {
				t.Error(err)
			}
		})
	}
}

func TestRequest(t *testing.T) {
	for _, c := range []struct{ url, endpoint, target, host string }{
		{"http://localhost:8080/health", "localhost:8080", "/health", "localhost:8080"},
		{"http://web", "web:80", "/", "web"},
		{"http://web?a=b/c", "web:80", "/?a=b/c", "web"},
		{"http://[::1]/x?y=z", "[::1]:80", "/x?y=z", "[::1]"},
		{"http://[::1]:81", "[::1]:81", "/", "[::1]:81"},
		{"http://127.0.0.1/", "127.0.0.1:80", "/", "127.0.0.1"},
	} {
		endpoint, request, err := requestFor(c.url)
		want := fmt.Sprintf("GET %s HTTP/1.1\r\nHost: %s\r\nUser-Agent: zinit\r\nAccept: */*\r\nConnection: close\r\n\r\n", c.target, c.host)
		if err != nil || endpoint != c.endpoint || request != want {
			t.Errorf("%s: %q %q %v", c.url, endpoint, request, err)
		}
	}
	for _, bad := range []string{"", "http://", "https://web/", "web"} {
		if _, _, err := requestFor(bad); err == nil {
			t.Errorf("%q is a URL", bad)
		}
	}
}

func BenchmarkConnect(b *testing.B) {
	l, err := net.Listen("tcp4", "127.0.0.1:0")
	if err != nil {
		b.Fatal(err)
	}
	defer l.Close()
	go func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			conn.Close()
		}
	}()
	for b.Loop() {
		if err := Connect(context.Background(), l.Addr().String()); err != nil {
			b.Fatal(err)
		}
	}
}

// A connection that is not made at once is waited for, and no longer than that.
func TestConnectWaits(t *testing.T) {
	fd, err := unix.Socket(unix.AF_INET, unix.SOCK_STREAM|unix.SOCK_CLOEXEC, 0)
	if err == nil {
		err = errors.Join(unix.Bind(fd, &unix.SockaddrInet4{Addr: [4]byte{127, 0, 0, 1}}), unix.Listen(fd, 0))
	}
	if err != nil {
		t.Fatal(err)
	}
	defer unix.Close(fd)
	own, err := unix.Getsockname(fd)
	if err != nil {
		t.Fatal(err)
	}
	endpoint := fmt.Sprintf("127.0.0.1:%d", own.(*unix.SockaddrInet4).Port)
	full := false
	for range 10 { // what is not accepted fills the queue, whose end is dropped
		c, err := dial(soon(t, 100*time.Millisecond), endpoint)
		if full = err != nil; full {
			if text := (&Probe{pace: Pace{Timeout: time.Second}}).words(err).Error(); text != "no answer within 1s" {
				t.Error(text)
			}
			break
		}
		defer c.close()
	}
	if !full {
		t.Skip("the queue is endless")
	}
	made := make(chan error, 1)
	go func() { made <- Connect(soon(t, patience), endpoint) }()
	accepted := make(chan struct{})
	go func() {
		defer close(accepted)
		for {
			conn, _, err := unix.Accept(fd)
			if err != nil {
				return
			}
			unix.Close(conn)
		}
	}()
	if err := <-made; err != nil {
		t.Error(err)
	}
	_ = unix.Shutdown(fd, unix.SHUT_RDWR)
	<-accepted
}
