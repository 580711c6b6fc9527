package stack

import (
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"
)

// house is a directory with everything in it: the binary, the service files, the
// programs' data, the socket.
type house struct {
	t        *testing.T
	dir      string
	zinit    string
	postgres string   // where PostgreSQL has its programs
	port     int      // nginx's, on loopback
	cache    int      // Redis's
	within   []string // the command under which the server runs; empty: it is run itself
	server   *exec.Cmd
}

// service is what is read of `zinit status --json`.
type service struct {
	Name, State string
	Up, Wanted  bool
	Pid         int
	Restarts    int    `json:"restarts_total"`
	ConfigError any    `json:"config_error"`
	StatusText  string `json:"status_text"`
	Phase       string
	Health      struct{ State, Message string }
}

// build makes the house: programs looked up, binary built.
func build(t *testing.T, programs ...string) *house {
	t.Helper()
	lacking := func(what string) {
		if os.Getenv("CI") == "true" {
			t.Fatalf("cannot run the stack: %s", what)
		}
		t.Skipf("left out: %s", what)
	}
	if os.Geteuid() != 0 {
		lacking("it takes root to run programs as their own users")
	}
	for _, p := range programs {
		if _, err := exec.LookPath(p); err != nil {
			lacking(p + " is not installed")
		}
	}
	found, _ := filepath.Glob("/usr/lib/postgresql/*/bin/initdb")
	if len(found) == 0 {
		lacking("postgresql is not installed")
	}
	dir, err := os.MkdirTemp("", "zinit-stack-")
	if err != nil {
		t.Fatal(err)
	}
	h := &house{t: t, dir: dir, zinit: filepath.Join(dir, "zinit"), postgres: filepath.Dir(found[0]), port: freePort(t), cache: freePort(t)}
	t.Cleanup(h.clear)
	h.must(os.Chmod(dir, 0o755))
	cmd := exec.Command("go", "build", "-o", h.zinit, ".")
	cmd.Dir, cmd.Env = "../..", append(os.Environ(), "CGO_ENABLED=0")
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("cannot build zinit: %v\n%s", err, out)
	}
	return h
}

func freePort(t *testing.T) int {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return l.Addr().(*net.TCPAddr).Port
}

func (h *house) must(err error) {
	h.t.Helper()
	if err != nil {
		h.t.Fatal(err)
	}
}

func (h *house) path(parts ...string) string {
	return filepath.Join(append([]string{h.dir}, parts...)...)
}

// open starts a server on the house. Its log is in the file server.log.
func (h *house) open() {
	h.t.Helper()
	log, err := os.OpenFile(h.path("server.log"), os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	h.must(err)
	defer log.Close()
	words := append(h.within, h.zinit, "server", "--config-dir", h.path("services"), "--socket", h.path("sock"))
	h.server = exec.Command(words[0], words[1:]...)
	h.server.Stdout, h.server.Stderr = log, log
	h.must(h.server.Start())
	h.eventually("the server answers", func() bool {
		_, code := h.run("list")
		return code == 0
	})
}

// run calls the client and gives what it printed and its exit code.
func (h *house) run(args ...string) (string, int) {
	h.t.Helper()
	cmd := exec.Command(h.zinit, append([]string{"--socket", h.path("sock")}, args...)...)
	out, err := cmd.CombinedOutput()
	if ended, is := errors.AsType[*exec.ExitError](err); is {
		return string(out), ended.ExitCode()
	}
	h.must(err)
	return string(out), 0
}

// do calls the client for something that must be done.
func (h *house) do(args ...string) string {
	h.t.Helper()
	out, code := h.run(args...)
	if code != 0 {
		h.t.Fatalf("zinit %s: exit %d\n%s", strings.Join(args, " "), code, out)
	}
	return out
}

func (h *house) status(name string) (s service) {
	h.t.Helper()
	out := h.do("status", name, "--json")
	if err := json.Unmarshal([]byte(out), &s); err != nil {
		h.t.Fatalf("zinit status %s --json: %v\n%s", name, err, out)
	}
	return s
}

// pids gives the pid of each, and fails if one has none.
func (h *house) pids(names ...string) map[string]int {
	h.t.Helper()
	all := map[string]int{}
	for _, name := range names {
		if all[name] = h.status(name).Pid; all[name] <= 0 || !alive(all[name]) {
			h.t.Fatalf("%s has no living process: %+v", name, h.status(name))
		}
	}
	return all
}

// same checks that none of them was replaced.
func (h *house) same(before map[string]int, names ...string) {
	h.t.Helper()
	for _, name := range names {
		if now := h.status(name).Pid; now != before[name] || !alive(now) {
			h.t.Errorf("%s has pid %d, it had %d and nobody touched it", name, now, before[name])
		}
	}
}

// eventually waits up to 30 s until something is so.
func (h *house) eventually(what string, is func() bool) {
	h.t.Helper()
	for deadline := time.Now().Add(30 * time.Second); !is(); <-time.After(20 * time.Millisecond) {
		if time.Now().After(deadline) {
			list, _ := h.run("list")
			log, _ := os.ReadFile(h.path("server.log"))
			h.t.Fatalf("not in 30 s: %s\n%s\n%s", what, list, log)
		}
	}
}

// clear ends the server and whatever belongs to the house, and takes it away.
func (h *house) clear() {
	if h.server != nil && h.server.ProcessState == nil {
		_ = h.server.Process.Signal(syscall.SIGTERM)
		late := time.AfterFunc(20*time.Second, func() { _ = h.server.Process.Kill() })
		_ = h.server.Wait()
		late.Stop()
	}
	for pid := range h.inhabitants() {
		_ = syscall.Kill(pid, syscall.SIGKILL)
	}
	if err := os.RemoveAll(h.dir); err != nil {
		h.t.Error(err)
	}
}

// inhabitants gives the living processes that have to do with the house, by what
// they run. Some programs write over their environment: their directory tells.
func (h *house) inhabitants() map[int]string {
	all := map[int]string{}
	entries, _ := os.ReadDir("/proc")
	for _, e := range entries {
		pid, err := strconv.Atoi(e.Name())
		if err != nil || pid == os.Getpid() || !alive(pid) {
			continue
		}
		cwd, _ := os.Readlink(fmt.Sprintf("/proc/%d/cwd", pid))
		words, _ := os.ReadFile(fmt.Sprintf("/proc/%d/cmdline", pid))
		env, _ := os.ReadFile(fmt.Sprintf("/proc/%d/environ", pid))
		if strings.HasPrefix(cwd, h.dir) || strings.Contains(string(words)+string(env), h.dir) {
			all[pid] = strings.ReplaceAll(string(words), "\x00", " ")
		}
	}
	return all
}

// stat gives the fields of /proc/PID/stat that follow the command (proc(5)),
// state first.
func stat(pid int) []string {
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		return nil
	}
	return strings.Fields(string(text[strings.LastIndexByte(string(text), ')')+1:]))
}

// alive says whether pid is a process that has not ended.
func alive(pid int) bool {
	fields := stat(pid)
	return len(fields) > 0 && fields[0] != "Z" && fields[0] != "X"
}

// born is when pid started, in clock ticks since boot.
func born(pid int) int {
	fields := stat(pid)
	if len(fields) < 20 {
		return 0
	}
	ticks, _ := strconv.Atoi(fields[19])
	return ticks
}
