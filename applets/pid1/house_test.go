package pid1_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
)

// patience bounds every wait.
const patience = 30 * time.Second

// services are files' names without .toml, and what is in them. @ stands for the
// actor.
type services map[string]string

// house is a shim that runs, and what it has said.
type house struct {
	*testing.T
	dir, socket string
	cmd         *exec.Cmd
	stdout      *sink
	stderr      *sink
	ended       chan struct{}
}

// options are how a shim is started. The zero one is a container's.
type options struct {
	program string   // the shim's; empty: the one that was built
	env     []string // beside ours
	words   []string // of its command line
	outside bool     // not in a pid namespace of its own
	stdout  *os.File // nil: what is said is kept
}

// sink keeps what is written to it.
type sink struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (s *sink) Write(b []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.text.Write(b)
}

func (s *sink) String() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.text.String()
}

// start starts a shim over some services.
func start(t *testing.T, all services, o options) *house {
	t.Helper()
	if os.Getuid() != 0 {
		t.Skip("it takes root to make a pid namespace")
	}
	dir, err := os.MkdirTemp("", "pid1-")
	must(t, err)
	must(t, os.Chmod(dir, 0o777))
	t.Cleanup(func() { os.RemoveAll(dir) })
	h := &house{T: t, dir: dir, socket: filepath.Join(dir, "s"), stdout: &sink{}, stderr: &sink{}, ended: make(chan struct{})}
	must(t, os.Mkdir(h.path("services"), 0o755))
	for name, text := range all {
		h.write(name, text)
	}
	if o.program == "" {
		o.program = zinit
	}
	h.cmd = exec.Command("/proc/self/exe", append([]string{o.program}, o.words...)...)
	h.cmd.Env = append(os.Environ(), "PID1_TEST_STAGE=1", "ZINIT_CONTAINER=1", "ZINIT_CONFIG_DIR="+h.path("services"), "ZINIT_SOCKET="+h.socket)
	h.cmd.Env = append(h.cmd.Env, o.env...)
	h.cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	if !o.outside {
		h.cmd.SysProcAttr.Cloneflags = syscall.CLONE_NEWPID | syscall.CLONE_NEWNS
	}
	h.cmd.Stdout, h.cmd.Stderr = h.stdout, h.stderr
	if o.stdout != nil {
		h.cmd.Stdout = o.stdout
	}
	h.cmd.WaitDelay = time.Second // what is left may hold our pipes
	must(t, h.cmd.Start())
	go func() { defer close(h.ended); _ = h.cmd.Wait() }()
	t.Cleanup(h.clean)
	return h
}

// clean ends what is left of a test that failed.
func (h *house) clean() {
	_ = h.cmd.Process.Kill()
	<-h.ended
	environs, _ := filepath.Glob("/proc/[0-9]*/environ")
	for _, path := range environs {
		text, _ := os.ReadFile(path)
		pid, err := strconv.Atoi(strings.Split(path, "/")[2])
		if err == nil && bytes.Contains(text, []byte("ZINIT_SOCKET="+h.socket+"\x00")) {
			_ = syscall.Kill(pid, syscall.SIGKILL)
		}
	}
	if h.Failed() {
		h.Logf("stdout:\n%s\nstderr:\n%s", h.stdout, h.stderr)
	}
}

func (h *house) path(name string) string { return filepath.Join(h.dir, name) }

// write makes or changes a service's file.
func (h *house) write(name, text string) {
	h.Helper()
	text = strings.ReplaceAll(text, "@", actor)
	text = strings.ReplaceAll(text, "DIR", h.dir)
	must(h.T, os.WriteFile(h.path("services/"+name+".toml"), []byte(text), 0o644))
}

// signal sends the shim a signal from outside.
func (h *house) signal(signal syscall.Signal) {
	h.Helper()
	must(h.T, h.cmd.Process.Signal(signal))
}

// code waits for the shim's end and gives its exit code.
func (h *house) code() int {
	h.Helper()
	select {
	case <-h.ended:
		return h.cmd.ProcessState.ExitCode()
	case <-time.After(patience):
		h.Fatal("it does not end")
		return 0
	}
}

// until polls.
func (h *house) until(what string, done func() bool) {
	h.Helper()
	late := time.After(patience)
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	for !done() {
		select {
		case <-tick.C:
		case <-late:
			h.Fatalf("waited in vain until %s", what)
		}
	}
}

// shows waits for a text on stdout.
func (h *house) shows(text string) {
	h.Helper()
	h.until(fmt.Sprintf("it shows %q", text), func() bool { return strings.Contains(h.stdout.String(), text) })
}

// says waits for a text on stderr.
func (h *house) says(text string) {
	h.Helper()
	h.until(fmt.Sprintf("it says %q", text), func() bool { return strings.Contains(h.stderr.String(), text) })
}

// ask runs the client.
func (h *house) ask(words ...string) (string, error) {
	cmd := exec.Command(zinit, words...)
	cmd.Args[0] = "zinit"
	cmd.Env = append(os.Environ(), "ZINIT_SOCKET="+h.socket)
	text, err := cmd.CombinedOutput()
	return string(text), err
}

// status is what there is to know of a service. Pids are the namespace's.
type status struct {
	State         string `json:"state"`
	Pid           int    `json:"pid"`
	ExitCode      *int   `json:"exit_code"`
	Signal        string `json:"signal"`
	RestartsTotal int    `json:"restarts_total"`
}

// status asks until there is an answer.
func (h *house) status(name string) (s status) {
	h.Helper()
	h.until("it tells of "+name, func() bool {
		text, err := h.ask("status", "--json", name)
		return err == nil && json.Unmarshal([]byte(text), &s) == nil
	})
	return s
}

// in waits until a service is in a state.
func (h *house) in(name, state string) (s status) {
	h.Helper()
	h.until(name+" is "+state, func() bool {
		s = h.status(name)
		return s.State == state
	})
	return s
}

// server is the pid of zinit-server, as we see it; 0: there is none. A service
// between its fork and its exec has the server's command line too, but one thread.
func (h *house) server() int {
	for _, pid := range children(h.cmd.Process.Pid) {
		words, _ := os.ReadFile(fmt.Sprintf("/proc/%d/cmdline", pid))
		threads, _ := os.ReadDir(fmt.Sprintf("/proc/%d/task", pid))
		if bytes.HasPrefix(words, []byte("zinit-server\x00")) && len(threads) > 1 {
			return pid
		}
	}
	return 0
}

// newServer waits for one that is not the old one, and answers.
func (h *house) newServer(old int) int {
	h.Helper()
	now := 0
	h.until("there is a new server", func() bool {
		now = h.server()
		_, err := h.ask("list")
		return now != 0 && now != old && err == nil
	})
	return now
}

// children are the child processes of one.
func children(pid int) (pids []int) {
	tasks, _ := filepath.Glob(fmt.Sprintf("/proc/%d/task/*/children", pid))
	for _, task := range tasks {
		text, _ := os.ReadFile(task)
		for word := range strings.FieldsSeq(string(text)) {
			if pid, err := strconv.Atoi(word); err == nil {
				pids = append(pids, pid)
			}
		}
	}
	return pids
}

// zombies counts the dead children that nobody has reaped.
func (h *house) zombies() (n int) {
	for _, pid := range children(h.cmd.Process.Pid) {
		text, _ := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
		if _, rest, ok := bytes.Cut(text, []byte(") ")); ok && rest[0] == 'Z' {
			n++
		}
	}
	return n
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
