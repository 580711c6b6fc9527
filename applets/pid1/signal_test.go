package pid1_test

import (
	"fmt"
	"slices"
	"strings"
	"syscall"
	"testing"
)

const (
	rtmin = syscall.Signal(34)
	serve = "[service]\nexec = \"@ serve 20\"\n"
)

// shop is two services that need each other.
var shop = services{
	"database": serve,
	"web":      serve + "[dependencies]\nrequires = [\"database\"]\n",
}

const stopped = "web | stopping\nweb | stopped\ndatabase | stopping\ndatabase | stopped\n"

// startShop starts the shop and waits until both are up: a service that is told to
// stop before it catches the signal says nothing.
func startShop(t *testing.T, o options) *house {
	t.Helper()
	h := start(t, shop, o)
	h.shows("database | up")
	h.shows("web | up")
	return h
}

// stoppedInOrder says whether all that was shown is so many services that came up,
// and the shop's stopping.
func (h *house) stoppedInOrder(up int) {
	h.Helper()
	got := h.stdout.String()
	if strings.Count(got, "\n") != up+strings.Count(stopped, "\n") || !strings.HasSuffix(got, stopped) {
		h.Errorf("it showed\n%s", got)
	}
}

// meant are the signals that ask for something.
var meant = []syscall.Signal{syscall.SIGTERM, syscall.SIGINT, syscall.SIGPWR, syscall.SIGHUP, syscall.SIGUSR1, rtmin + 3, rtmin + 4, rtmin + 5}

func TestSignalsThatEndIt(t *testing.T) {
	for _, signal := range []syscall.Signal{syscall.SIGTERM, syscall.SIGINT, syscall.SIGPWR, rtmin + 3, rtmin + 4, rtmin + 5} {
		t.Run(signal.String(), func(t *testing.T) {
			h := startShop(t, options{})
			h.signal(signal)
			h.signal(signal) // a second one changes nothing
			if code := h.code(); code != 0 {
				t.Errorf("exit code %d", code)
			}
			h.stoppedInOrder(2)
		})
	}
}

// A signal may come before anything is ready for it.
func TestSignalAtOnce(t *testing.T) {
	h := start(t, shop, options{})
	h.until("it is the shim", func() bool { return h.server() != 0 })
	h.signal(syscall.SIGTERM)
	if code := h.code(); code != 0 {
		t.Errorf("exit code %d", code)
	}
}

func TestSignalsThatMeanNothing(t *testing.T) {
	for name, outside := range map[string]bool{"as pid 1": false, "as another": true} {
		t.Run(name, func(t *testing.T) {
			h := startShop(t, options{outside: outside})
			server, web := h.server(), h.status("web")
			for n := syscall.Signal(1); n <= 64; n++ {
				if n != syscall.SIGKILL && n != syscall.SIGSTOP && !slices.Contains(meant, n) {
					h.signal(n)
				}
			}
			h.signal(syscall.SIGCONT)
			if after := h.status("web"); after.Pid != web.Pid || h.server() != server {
				t.Errorf("the server is %d and was %d, web is %+v and was %+v", h.server(), server, after, web)
			}
			h.signal(syscall.SIGTERM)
			if code := h.code(); code != 0 {
				t.Errorf("exit code %d", code)
			}
		})
	}
}

// From inside not even SIGKILL and SIGSTOP do anything.
func TestSignalsFromInside(t *testing.T) {
	spare := ""
	for _, n := range meant {
		spare += fmt.Sprintf(" %d", int(n))
	}
	h := start(t, services{"database": serve, "gun": "[service]\noneshot = true\nexec = \"@ shoot 1" + spare + "\"\n"}, options{})
	h.shows("gun | shot")
	h.in("gun", "exited")
	if h.status("database").State != "running" {
		t.Error("it did not survive")
	}
	h.signal(syscall.SIGTERM)
	if code := h.code(); code != 0 {
		t.Errorf("exit code %d", code)
	}
}

func TestReload(t *testing.T) {
	h := start(t, services{"database": serve}, options{})
	h.shows("up")
	before := h.status("database")
	h.write("new", serve)
	h.signal(syscall.SIGHUP)
	h.shows("new | up")
	if after := h.status("database"); after.Pid != before.Pid {
		t.Errorf("the other one is %+v and was %+v", after, before)
	}
	h.signal(syscall.SIGTERM)
	if code := h.code(); code != 0 {
		t.Errorf("exit code %d", code)
	}
}

func TestRestartOfTheServer(t *testing.T) {
	h := startShop(t, options{})
	old, before := h.server(), h.status("web")
	h.signal(syscall.SIGUSR1)
	h.newServer(old)
	if after := h.status("web"); after.Pid != before.Pid || after.RestartsTotal != 0 {
		t.Errorf("web is %+v and was %+v", after, before)
	}
	h.signal(syscall.SIGTERM)
	if code := h.code(); code != 0 {
		t.Errorf("exit code %d", code)
	}
	h.stoppedInOrder(2)
}
