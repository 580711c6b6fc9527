package pid1_test

import (
	"fmt"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"testing"
)

func TestOrphanFlood(t *testing.T) {
	h := start(t, services{"flood": "[service]\nexec = \"@ orphans 3000\"\n"}, options{})
	h.shows("made 3000 orphans")
	h.until("no zombie is left", func() bool { return h.zombies() == 0 && len(children(h.cmd.Process.Pid)) == 2 })
	h.signal(syscall.SIGTERM)
	if code := h.code(); code != 0 {
		t.Errorf("exit code %d", code)
	}
}

// A stdout that nobody reads, that is closed, full or not there stops nothing.
func TestStdout(t *testing.T) {
	for name, open := range map[string]func(t *testing.T) *os.File{
		"unread": func(t *testing.T) *os.File {
			r, w, err := os.Pipe()
			must(t, err)
			t.Cleanup(func() { r.Close(); w.Close() })
			return w
		},
		"closed": func(t *testing.T) *os.File {
			r, w, err := os.Pipe()
			must(t, err)
			r.Close()
			t.Cleanup(func() { w.Close() })
			return w
		},
		"full": func(t *testing.T) *os.File {
			f, err := os.OpenFile("/dev/full", os.O_WRONLY, 0)
			must(t, err)
			t.Cleanup(func() { f.Close() })
			return f
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			h := start(t, services{"talker": "[service]\noneshot = true\nexec = \"@ lines 0 5000\"\n", "web": serve}, options{stdout: open(t)})
			h.in("talker", "exited")
			h.in("web", "running")
			h.kill()
			h.signal(syscall.SIGTERM)
			if code := h.code(); code != 0 {
				t.Errorf("exit code %d", code)
			}
			if name == "full" && !strings.Contains(h.stderr.String(), "cannot write services' output to the console") {
				t.Error("it says nothing of it")
			}
		})
	}
}

// What the rings could not hold for a slow reader is counted on the console.
func TestConsoleCountsWhatItDrops(t *testing.T) {
	r, w, err := os.Pipe()
	must(t, err)
	defer r.Close()
	const lines = 30_000
	h := start(t, services{"talker": fmt.Sprintf("[service]\noneshot = true\nexec = \"@ lines 0 %d\"\n[logging]\nbuffer_lines = 100\n", lines)}, options{stdout: w})
	w.Close()
	h.in("talker", "exited")
	h.signal(syscall.SIGTERM)
	seen := 0
	buf := make([]byte, 1<<20)
	text := ""
	for {
		n, err := r.Read(buf)
		text += string(buf[:n])
		if err != nil {
			break
		}
	}
	for line := range strings.Lines(text) {
		lost := 0
		if n, _ := fmt.Sscanf(line, "[… %d lines lost]", &lost); n == 1 {
			seen += lost
		} else {
			seen++
		}
	}
	h.code()
	if !strings.Contains(text, "lines lost]") || seen != 2*lines {
		t.Errorf("%d lines were shown or counted, want %d", seen, 2*lines)
	}
}

func TestClosedDescriptors(t *testing.T) {
	h := start(t, shop, options{env: []string{"PID1_TEST_CLOSED=1"}})
	h.in("web", "running")
	h.kill()
	h.signal(syscall.SIGTERM)
	if code := h.code(); code != 0 {
		t.Errorf("exit code %d", code)
	}
}

func TestAsUser(t *testing.T) {
	h := startShop(t, options{env: []string{"PID1_TEST_UID=1000"}})
	h.kill()
	h.signal(syscall.SIGTERM)
	if code := h.code(); code != 0 {
		t.Errorf("exit code %d", code)
	}
	h.stoppedInOrder(2)
}

// With another pid it adopts its own orphans, and leaves everybody else alone.
func TestNotPid1(t *testing.T) {
	bystander := exec.Command(actor, "stay")
	must(t, bystander.Start())
	defer func() { _ = bystander.Process.Kill(); _ = bystander.Wait() }()
	h := start(t, services{"web": serve, "rogue": "[service]\nexec = \"@ escape\"\n"}, options{outside: true})
	h.shows("web | up")
	h.shows("rogue | escaped")
	escaped := 0
	for line := range strings.Lines(h.stdout.String()) {
		_, _ = fmt.Sscanf(line, "rogue | escaped %d", &escaped)
	}
	if escaped < 2 {
		t.Fatal("nobody escaped")
	}
	h.kill()
	h.signal(syscall.SIGTERM)
	if code := h.code(); code != 0 {
		t.Errorf("exit code %d", code)
	}
	if got := strings.Count(h.stderr.String(), "is not 1: working as a child subreaper"); got != 1 {
		t.Errorf("it says %d times what it is", got)
	}
	if syscall.Kill(escaped, 0) == nil {
		t.Error("what escaped is left")
	}
	if err := bystander.Process.Signal(syscall.Signal(0)); err != nil {
		t.Errorf("the bystander: %v", err)
	}
}

// The kernel passes any words.
func TestUnknownWords(t *testing.T) {
	h := startShop(t, options{words: []string{"quiet", "splash", "3", "single", "--no-such-option", ""}})
	h.signal(syscall.SIGTERM)
	if code := h.code(); code != 0 {
		t.Errorf("exit code %d", code)
	}
}

func TestVariablesThatMakeNoSense(t *testing.T) {
	h := startShop(t, options{env: []string{"ZINIT_LOG_LEVEL=loud", "ZINIT_CONSOLE=colour", "ZINIT_SHUTDOWN_TIMEOUT_MS=soon"}})
	h.says(`unknown log level "loud"`)
	h.says(`unknown ZINIT_CONSOLE "colour"`)
	h.signal(syscall.SIGTERM)
	if code := h.code(); code != 0 {
		t.Errorf("exit code %d", code)
	}
	if !strings.Contains(h.stderr.String(), `ZINIT_SHUTDOWN_TIMEOUT_MS="soon" is ignored`) {
		t.Error("it does not speak of the time")
	}
}

func TestPowerOff(t *testing.T) {
	for _, word := range []string{"poweroff", "reboot", "halt"} {
		t.Run(word, func(t *testing.T) {
			h := startShop(t, options{outside: true}) // so that the server's pid is the same for both
			if text, err := h.ask(word); err != nil || text != word+": under way\n" {
				t.Errorf("%q, %v", text, err)
			}
			if code := h.code(); code != 0 {
				t.Errorf("exit code %d", code)
			}
			h.stoppedInOrder(2)
		})
	}
}
