package zinit

import (
	"context"
	"fmt"
	"os"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"
	"unsafe"

	"zinit/rpc"
)

// openTerminal makes a pseudo terminal, pty(7), of so many columns and lines.
func openTerminal(t *testing.T, columns, lines uint16) (master, slave *os.File) {
	t.Helper()
	master, err := os.OpenFile("/dev/ptmx", os.O_RDWR, 0)
	if err != nil {
		t.Skipf("there is no pseudo terminal: %v", err)
	}
	t.Cleanup(func() { master.Close() })
	var locked, number int32
	if !ioctl(master, syscall.TIOCSPTLCK, unsafe.Pointer(&locked)) || !ioctl(master, syscall.TIOCGPTN, unsafe.Pointer(&number)) {
		t.Fatal("cannot set up the terminal")
	}
	slave, err = os.OpenFile(fmt.Sprintf("/dev/pts/%d", number), os.O_RDWR|syscall.O_NOCTTY, 0)
	if err != nil {
		t.Skipf("there is no pseudo terminal: %v", err)
	}
	t.Cleanup(func() { slave.Close() })
	size := [4]uint16{lines, columns}
	if !ioctl(slave, syscall.TIOCSWINSZ, unsafe.Pointer(&size)) {
		t.Fatal("cannot set the terminal's size")
	}
	return master, slave
}

// TestTop presses keys on a terminal: the order changes, the table fits the screen,
// and the terminal is given back as it was.
func TestTop(t *testing.T) {
	master, slave := openTerminal(t, 40, 4)
	var before, during, after syscall.Termios
	ioctl(slave, syscall.TCGETS, unsafe.Pointer(&before))
	c := &call{socket: serve(t, newFake()), terminal: true, env: map[string]string{"NO_COLOR": "1"}}
	shown, ended := &pipeBuffer{}, make(chan int, 1)
	world := c.console(shown, &c.stderr)
	world.in = slave
	go func() { ended <- run(context.Background(), world, []string{"top"}) }()
	eventually(t, "a table", func() bool { return strings.Contains(shown.String(), "sorted by CPU") })
	ioctl(slave, syscall.TCGETS, unsafe.Pointer(&during))
	if during.Lflag&(syscall.ICANON|syscall.ECHO) != 0 {
		t.Error("keys do not come one by one")
	}
	for _, column := range []string{"TIME", "MEMORY"} {
		if _, err := master.WriteString("s"); err != nil {
			t.Fatal(err)
		}
		eventually(t, "another order", func() bool { return strings.Contains(shown.String(), "sorted by "+column) })
	}
	if _, err := master.WriteString("q"); err != nil {
		t.Fatal(err)
	}
	select {
	case code := <-ended:
		if code != 0 {
			t.Errorf("exit code %d: %s", code, c.stderr.String())
		}
	case <-time.After(10 * time.Second):
		t.Fatal("q does not end it")
	}
	ioctl(slave, syscall.TCGETS, unsafe.Pointer(&after))
	if after.Lflag != before.Lflag {
		t.Error("the terminal is not as it was")
	}
	screens := strings.Split(shown.String(), "\x1b[H")[1:]
	for _, screen := range screens {
		lines := strings.Split(screen, "\r\n")
		if len(lines) > 4 {
			t.Errorf("%d lines on a screen of 4", len(lines))
		}
		for _, line := range lines {
			line, _, _ = strings.Cut(line, "\x1b[K")
			if n := len([]rune(line)); n > 40 {
				t.Errorf("%d characters in a line of 40: %q", n, line)
			}
		}
	}
	if first := screens[0]; !strings.Contains(first, "database  50.0%  1m40s  1.0G") {
		t.Errorf("the first screen is %q", first)
	}
}

func TestCrop(t *testing.T) {
	for _, c := range []struct {
		line  string
		width int
		want  string
	}{
		{"abc", 3, "abc"},
		{"abcd", 3, "abc"},
		{"äöüß", 3, "äöü"},
		{"\x1b[1mab\x1b[0mcd", 3, "\x1b[1mab\x1b[0mc"},
		{"", 3, ""},
	} {
		if got := string(crop([]byte(c.line), c.width)); got != c.want {
			t.Errorf("%q: got %q, want %q", c.line, got, c.want)
		}
	}
}

func TestBytesWords(t *testing.T) {
	for n, want := range map[int64]string{0: "0B", 1023: "1023B", 1024: "1.0K", 1000 << 10: "1.0M", 1536 << 20: "1.5G"} {
		if got := bytesWords(n); got != want {
			t.Errorf("%d: got %q, want %q", n, got, want)
		}
	}
}

// TestRanking looks at shares: since the last look, or since the start of a process
// that was not there then.
func TestRanking(t *testing.T) {
	at := func(name string, pid int, uptime, cpu int64) rpc.Service {
		return rpc.Service{Name: name, Pid: pid, UptimeMs: uptime, Stats: &rpc.Stats{CPUMs: cpu}}
	}
	r := &ranking{by: byCPU}
	r.take([]rpc.Service{at("a", 1, 10_000, 5_000), at("b", 2, 10_000, 0), at("c", 3, 0, 0), {Name: "idle"}}, epoch)
	expect(t, r, "a 50.0%", "b 0.0%", "c 0.0%")
	r.take([]rpc.Service{at("a", 1, 12_000, 5_000), at("b", 2, 12_000, 3_000), at("c", 4, 1_000, 250)}, epoch.Add(2*time.Second))
	expect(t, r, "b 150.0%", "c 25.0%", "a 0.0%")
	r.take([]rpc.Service{at("b", 2, 14_000, 2_000)}, epoch.Add(4*time.Second))
	expect(t, r, "b 0.0%")
}

func expect(t *testing.T, r *ranking, want ...string) {
	t.Helper()
	var got []string
	for _, row := range r.table()[1:] {
		got = append(got, row[0]+" "+row[1])
	}
	if !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
}
