package probe

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// role is the variable that makes the test binary play a part in namespaces of its own.
const role = "PROBE_TEST_ROLE"

func TestMain(m *testing.M) {
	part, ok := os.LookupEnv(role)
	if !ok {
		os.Exit(m.Run())
	}
	parts := map[string]func(port string) error{"names": playNames, "bare": playBare, "silent": playSilent}
	if err := play(parts[part]); err != nil {
		fmt.Println("failed:", err)
		os.Exit(1)
	}
	os.Exit(0)
}

// play plays a part on a host without a name: an empty /etc, lo, and one port at which
// somebody listens.
func play(part func(port string) error) error {
	err := errors.Join(unix.Mount("", "/", "", unix.MS_REC|unix.MS_PRIVATE, ""), unix.Mount("tmpfs", "/etc", "tmpfs", 0, ""), raise("lo"))
	if err != nil {
		return err
	}
	l, err := net.Listen("tcp4", "127.0.0.1:0")
	if err != nil {
		return err
	}
	go func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			_, _ = conn.Write([]byte("HTTP/1.1 200 OK\r\n\r\n"))
			_ = conn.Close()
		}
	}()
	_, port, _ := net.SplitHostPort(l.Addr().String())
	return part(port)
}

// raise brings a network interface up, netdevice(7).
func raise(name string) error {
	fd, err := unix.Socket(unix.AF_INET, unix.SOCK_DGRAM|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		return err
	}
	defer unix.Close(fd)
	request, err := unix.NewIfreq(name)
	if err != nil {
		return err
	}
	request.SetUint16(unix.IFF_UP | unix.IFF_RUNNING)
	return unix.IoctlIfreq(fd, unix.SIOCSIFFLAGS, request)
}

// nameServer listens where /etc/resolv.conf points, and answers or does not.
func nameServer(answers bool) error {
	err := os.WriteFile("/etc/resolv.conf", []byte("nameserver 127.0.0.1\nsearch test\n"), 0o644)
	if err != nil {
		return err
	}
	conn, err := net.ListenPacket("udp4", "127.0.0.1:53")
	if err != nil || !answers {
		return err
	}
	go func() {
		buf := make([]byte, 512)
		for {
			n, from, err := conn.ReadFrom(buf)
			if err != nil {
				return
			}
			_, _ = conn.WriteTo(respond(buf[:n]), from)
		}
	}()
	return nil
}

// respond answers one question, RFC 1035 section 4: web.test has an address, and no
// other name is known.
func respond(query []byte) []byte {
	end := 12 + bytes.IndexByte(query[12:], 0) + 1
	name, kind := string(query[12:end]), query[end+1]
	flags, answers := []byte{0x81, 0x83}, byte(0) // NXDOMAIN
	var record []byte
	if name == "\x03web\x04test\x00" {
		flags = []byte{0x81, 0x80}
		if kind == 1 { // A
			answers, record = 1, []byte{0xc0, 12, 0, 1, 0, 1, 0, 0, 0, 9, 0, 4, 127, 0, 0, 1}
		}
	}
	head := append(append(bytes.Clone(query[:2]), flags...), 0, 1, 0, answers, 0, 0, 0, 0)
	return append(append(head, query[12:end+4]...), record...)
}

// ask prints what comes of a connection and of a request.
func ask(host, port string) {
	for _, ask := range []func(context.Context, string) error{
		func(ctx context.Context, to string) error { return Connect(ctx, to) },
		func(ctx context.Context, to string) error { return Fetch(ctx, "http://"+to+"/health") },
	} {
		ctx, cancel := context.WithTimeout(context.Background(), patience)
		fmt.Println(host, ask(ctx, net.JoinHostPort(host, port)))
		cancel()
	}
}

func playNames(port string) error {
	err := errors.Join(os.WriteFile("/etc/hosts", []byte("# ours\n127.0.0.1 shop shop.internal\n"), 0o644), nameServer(true))
	for _, host := range []string{"shop", "SHOP.internal", "web.test", "web", "gone.test"} {
		ask(host, port)
	}
	return err
}

func playBare(port string) error {
	ask("localhost", port)
	ask("shop", port)
	return nil
}

// playSilent has two probes of one server: what the name of one costs is no matter of
// the other.
func playSilent(port string) error {
	rounds := NewRounds()
	failed, well := make(chan error, 100), make(chan error, 100)
	begin := func(endpoint string, told chan error) *Probe {
		return rounds.Begin(Pace{Interval: time.Millisecond, Timeout: 2 * time.Second},
			func(ctx context.Context) error { return Connect(ctx, endpoint) }, func(err error) { told <- err })
	}
	if err := nameServer(false); err != nil {
		return err
	}
	begin("web.test:"+port, failed)
	begin("127.0.0.1:"+port, well)
	fmt.Println("well", <-well)
	fmt.Println("web.test", <-failed)
	begin("127.0.0.1:"+port, well)
	fmt.Println("well", <-well)
	return nil
}

// What a name in an endpoint comes to, by /etc/hosts, by a name server, without either,
// and by a name server that says nothing.
func TestNames(t *testing.T) {
	if os.Getuid() != 0 {
		t.Skip("only root can have a host of its own")
	}
	for part, want := range map[string][]string{
		"names": {
			"shop <nil>", "shop <nil>", "SHOP.internal <nil>", "SHOP.internal <nil>",
			"web.test <nil>", "web.test <nil>", "web <nil>", "web <nil>",
			"gone.test cannot find gone.test: no such host", "gone.test cannot find gone.test: no such host",
		},
		"bare": {
			"localhost <nil>", "localhost <nil>",
			"shop cannot find shop: …: connection refused", "shop cannot find shop: …: connection refused",
		},
		"silent": {
			"well <nil>", "web.test cannot find web.test: no answer from a name server", "well <nil>",
		},
	} {
		t.Run(part, func(t *testing.T) {
			cmd := exec.Command("/proc/self/exe")
			cmd.Env = append(os.Environ(), role+"="+part)
			cmd.SysProcAttr = &syscall.SysProcAttr{Cloneflags: unix.CLONE_NEWNS | unix.CLONE_NEWNET, Pdeathsig: unix.SIGKILL}
			out, err := cmd.CombinedOutput()
			got := strings.Split(strings.TrimSpace(string(out)), "\n")
			if err != nil || len(got) != len(want) {
				t.Fatalf("%v\n%s", err, out)
			}
			for i, line := range want {
				head, tail, cut := strings.Cut(line, "…")
				if got[i] != line && (!cut || !strings.HasPrefix(got[i], head) || !strings.HasSuffix(got[i], tail)) {
					t.Errorf("%q, not %q", got[i], line)
				}
			}
		})
	}
}
