package pid1_test

import (
	"fmt"
	"os"
	"strings"
	"syscall"
	"testing"
)

// kill kills the server and waits for the next one.
func (h *house) kill() {
	h.Helper()
	old := h.server()
	must(h.T, syscall.Kill(old, syscall.SIGKILL))
	h.newServer(old)
}

func TestServerIsKilled(t *testing.T) {
	h := startShop(t, options{})
	before := h.status("web")
	for range 3 {
		h.kill()
	}
	if after := h.status("web"); after != before {
		t.Errorf("web is %+v and was %+v", after, before)
	}
	h.signal(syscall.SIGTERM)
	if code := h.code(); code != 0 {
		t.Errorf("exit code %d", code)
	}
	h.stoppedInOrder(2)
}

// What ends while there is no server to see it is told to the next one, with its
// status and its last words.
func TestExitWhileTheServerIsDead(t *testing.T) {
	h := start(t, services{"task": "[service]\nexec = \"@ until DIR/go 3\"\n[lifecycle]\nrestart = \"never\"\n"}, options{})
	h.in("task", "running")
	server := h.server()
	must(t, syscall.Kill(server, syscall.SIGSTOP))
	must(t, os.WriteFile(h.path("go"), nil, 0o644))
	h.until("the task has ended", func() bool { return len(children(h.cmd.Process.Pid)) == 1 })
	must(t, syscall.Kill(server, syscall.SIGKILL))
	h.newServer(server)
	if s := h.in("task", "failed"); s.ExitCode == nil || *s.ExitCode != 3 || s.RestartsTotal != 0 {
		t.Errorf("it is %+v", s)
	}
	h.shows("the file is there\n")
	h.signal(syscall.SIGTERM)
	if code := h.code(); code != 0 {
		t.Errorf("exit code %d", code)
	}
}

// Output goes on through deaths of the server: nothing is missing from the logs, and
// nothing from the console, where little may come twice.
func TestOutputIsComplete(t *testing.T) {
	const lines = 400
	h := start(t, services{"talker": fmt.Sprintf("[service]\nexec = \"@ lines 2 %d\"\noneshot = true\n", lines)}, options{})
	h.shows("out 10\n")
	for range 5 {
		h.kill()
	}
	h.in("talker", "exited")
	h.shows(fmt.Sprintf("err %d\n", lines-1))
	console := h.stdout.String()
	text, err := h.ask("logs", "talker", "-n", "100000")
	must(t, err)
	for _, stream := range []string{"out", "err"} {
		for i := range lines {
			line := fmt.Sprintf(" %s %d\n", stream, i)
			if n := strings.Count(text, line); n != 1 {
				t.Errorf("%q is %d times in the logs", line, n)
			}
			if n := strings.Count(console, line); n != 1 && n != 2 {
				t.Errorf("%q is %d times on the console", line, n)
			}
		}
	}
	if n := strings.Count(console, "\n"); n > 2*lines+100 {
		t.Errorf("%d lines were shown for %d", n, 2*lines)
	}
}

func TestCriticalFailure(t *testing.T) {
	for how, want := range map[string]int{"exit 7": 7, "exit 0 1": 0, "kill 15": 128 + 15, "kill 9": 128 + 9} {
		t.Run(how, func(t *testing.T) {
			h := start(t, services{
				"heart": "[service]\ncritical = true\nexec = \"@ when DIR/go " + how + "\"\n[dependencies]\nafter = [\"other\"]\n[lifecycle]\nrestart = \"never\"\n",
				"other": serve,
			}, options{})
			h.shows("other | up")
			must(t, os.WriteFile(h.path("go"), nil, 0o644))
			if want == 0 { // that is no failure
				h.in("heart", "exited")
				h.signal(syscall.SIGTERM)
			}
			if code := h.code(); code != want {
				t.Errorf("exit code %d, want %d", code, want)
			}
			if !strings.HasSuffix(h.stdout.String(), "other | stopped\n") {
				t.Error("the other one was not stopped in order")
			}
		})
	}
}

// copied makes a copy of the binary, which a test may damage.
func copied(t *testing.T) string {
	t.Helper()
	text, err := os.ReadFile(zinit)
	must(t, err)
	dir, err := os.MkdirTemp("", "pid1-")
	must(t, err)
	t.Cleanup(func() { os.RemoveAll(dir) })
	path := dir + "/zinit-pid1"
	must(t, os.WriteFile(path, text, 0o755))
	return path
}

// replaced puts another program in a binary's place, by rename as an upgrade does.
func replaced(t *testing.T, path, program string) {
	t.Helper()
	text, err := os.ReadFile(program)
	must(t, err)
	must(t, os.WriteFile(path+".new", text, 0o755))
	must(t, os.Rename(path+".new", path))
}

// The shim alone still answers signals, ends all there is, and exits.
func TestNoServerCanRun(t *testing.T) {
	for name, damage := range map[string]func(t *testing.T, path string){
		"removed":       func(t *testing.T, path string) { must(t, os.Remove(path)) },
		"exits at once": func(t *testing.T, path string) { replaced(t, path, actor) },
	} {
		t.Run(name, func(t *testing.T) {
			path := copied(t)
			h := startShop(t, options{program: path})
			damage(t, path)
			must(t, syscall.Kill(h.server(), syscall.SIGKILL))
			h.says("zinit-server has ended (signal killed), services go on")
			h.signal(syscall.SIGHUP)
			h.signal(syscall.SIGTERM)
			if code := h.code(); code != 1 {
				t.Errorf("exit code %d", code)
			}
		})
	}
}

// An upgrade of the binary on disk is taken by a restart of the server.
func TestUpgrade(t *testing.T) {
	path := copied(t)
	h := startShop(t, options{program: path})
	old, before := h.server(), h.status("web")
	replaced(t, path, zinit)
	h.signal(syscall.SIGUSR1)
	now := h.newServer(old)
	if exe, _ := os.Readlink(fmt.Sprintf("/proc/%d/exe", now)); exe != path {
		t.Errorf("the new server is %s", exe)
	}
	if after := h.status("web"); after.Pid != before.Pid {
		t.Errorf("web is %+v and was %+v", after, before)
	}
	h.signal(syscall.SIGTERM)
	if code := h.code(); code != 0 {
		t.Errorf("exit code %d", code)
	}
}

func TestShutdownTimeout(t *testing.T) {
	h := start(t, services{"stubborn": "[service]\nexec = \"@ stay\"\n[lifecycle]\nstop_timeout_ms = 600000\n"},
		options{env: []string{"ZINIT_SHUTDOWN_TIMEOUT_MS=200"}})
	h.shows("up")
	h.signal(syscall.SIGTERM)
	if code := h.code(); code != 1 {
		t.Errorf("exit code %d", code)
	}
	if !strings.Contains(h.stderr.String(), "the shutdown takes too long") {
		t.Error("it does not say why")
	}
}
