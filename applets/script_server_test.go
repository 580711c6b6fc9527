package applets

import (
	"bytes"
	"context"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"

	"github.com/rogpeppe/go-internal/testscript"

	"zinit/configs"
	"zinit/rpc"
)

// patience is how long a script waits for what is to come; it is never waited out
// where all is well.
const patience = 20 * time.Second

// serverUnderTest is the one server of a script, which may have several lives.
type serverUnderTest struct {
	mark  string // in the environment of the server and of all services
	log   string
	cmd   *exec.Cmd
	ended chan struct{} // closed when cmd has ended
	lease *os.File      // see leaseFile; nil: none
}

type serverKey struct{}

func serverOf(ts *testscript.TestScript) *serverUnderTest {
	return ts.Value(serverKey{}).(*serverUnderTest)
}

// startServer: server [ARG…] starts zinit-server and returns when it answers.
func startServer(ts *testscript.TestScript, neg bool, args []string) {
	startServerBy(ts, neg, append([]string{"zinit-server"}, args...))
}

// startServerBy: server-by COMMAND ARG… is server with a command that becomes
// zinit-server at its end.
func startServerBy(ts *testscript.TestScript, neg bool, args []string) {
	s := serverOf(ts)
	if neg || len(args) == 0 || s.running() {
		ts.Fatalf("usage: server [ARG…], or server-by COMMAND [ARG…], and one at a time")
	}
	log, err := os.OpenFile(s.log, os.O_CREATE|os.O_WRONLY|os.O_APPEND, 0o644)
	ts.Check(err)
	defer log.Close()
	s.cmd = exec.Command(args[0], args[1:]...)
	s.cmd.Dir = ts.Getenv("WORK")
	s.cmd.Env = environ(ts)
	s.cmd.Stderr = log
	ts.Check(s.cmd.Start())
	s.ended = make(chan struct{})
	go func(cmd *exec.Cmd, ended chan struct{}) {
		_ = cmd.Wait() // its state says it all
		close(ended)
	}(s.cmd, s.ended)
	poll(ts, "the server does not answer", func() bool {
		if !s.running() {
			ts.Fatalf("the server has ended (%v):\n%s", s.cmd.ProcessState, ts.ReadFile(s.log))
		}
		conn, err := dial(ts)
		if err == nil {
			_, err = conn.Ping(context.Background())
			conn.Close()
		}
		return err == nil
	})
	ts.Setenv("SERVER", strconv.Itoa(s.cmd.Process.Pid))
}

// environ is what programs get of the script's environment.
func environ(ts *testscript.TestScript) []string {
	var env []string
	for _, key := range []string{"PATH", "WORK", "HOME", "TMPDIR", "ZINIT_SOCKET", "ZINIT_CONFIG_DIR", "ZINIT_TEST", "GORACE", "EXTRA"} {
		if value := ts.Getenv(key); value != "" {
			env = append(env, key+"="+value)
		}
	}
	return env
}

func dial(ts *testscript.TestScript) (*rpc.Client, error) {
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	return rpc.Dial(ctx, ts.Getenv("ZINIT_SOCKET"))
}

// mustDial fails the script where the server should be there.
func mustDial(ts *testscript.TestScript) *rpc.Client {
	conn, err := dial(ts)
	if err != nil {
		ts.Fatalf("%v\nthe server's log:\n%s", err, tail(ts))
	}
	return conn
}

func (s *serverUnderTest) running() bool {
	if s.cmd == nil {
		return false
	}
	select {
	case <-s.ended:
		return false
	default:
		return true
	}
}

// signalServer: server-signal NAME sends the server a signal.
func signalServer(ts *testscript.TestScript, neg bool, args []string) {
	s := serverOf(ts)
	if neg || len(args) != 1 || !s.running() {
		ts.Fatalf("usage: server-signal NAME, to a server that runs")
	}
	ts.Check(s.cmd.Process.Signal(signalNamed(ts, args[0])))
}

func signalNamed(ts *testscript.TestScript, name string) syscall.Signal {
	n, err := configs.ParseSignal(name)
	ts.Check(err)
	return syscall.Signal(n)
}

// serverEnds: server-ends WHAT waits for the server's end; WHAT is its exit code, or
// the name of the signal that ended it.
func serverEnds(ts *testscript.TestScript, neg bool, args []string) {
	s := serverOf(ts)
	if neg || len(args) != 1 || s.cmd == nil {
		ts.Fatalf("usage: server-ends CODE|SIGNAL, after server")
	}
	select {
	case <-s.ended:
	case <-time.After(patience):
		ts.Fatalf("the server does not end:\n%s", ts.ReadFile(s.log))
	}
	status := s.cmd.ProcessState.Sys().(syscall.WaitStatus)
	got := strconv.Itoa(status.ExitStatus())
	if status.Signaled() {
		got = configs.Signal(status.Signal()).String()
	}
	if status.Signaled() {
		s.fosterOrphans()
	}
	if got != args[0] {
		ts.Fatalf("the server has ended with %s, not %s:\n%s", got, args[0], ts.ReadFile(s.log))
	}
}

// fosterOrphans waits for the services of a server that was killed, as init does. The
// tests are a child subreaper for it (prctl(2)): not every init is quick.
func (s *serverUnderTest) fosterOrphans() {
	for _, pid := range processesWith(s.mark) {
		if !isService(pid) {
			continue
		}
		go func() {
			var status syscall.WaitStatus
			_, _ = syscall.Wait4(pid, &status, 0, nil) // it may be a grandchild
		}()
	}
}

// isService says whether a process carries the mark of a service: the script's own
// children don't, and somebody else waits for them.
func isService(pid int) bool {
	text, err := os.ReadFile("/proc/" + strconv.Itoa(pid) + "/environ")
	return err == nil && bytes.Contains(text, []byte("\x00ZINIT_SERVICE="))
}

// cleanUp ends the server in order, and by force what that leaves behind.
func (s *serverUnderTest) cleanUp() {
	if s.lease != nil {
		s.lease.Close()
	}
	if s.running() {
		_ = s.cmd.Process.Signal(syscall.SIGTERM) // it may have ended just now
		select {
		case <-s.ended:
		case <-time.After(3 * time.Second):
			_ = s.cmd.Process.Kill()
			<-s.ended
		}
	}
	for limit := time.Now().Add(patience); time.Now().Before(limit); {
		marked := processesWith(s.mark)
		if len(marked) == 0 {
			return
		}
		for _, pid := range marked {
			_ = syscall.Kill(pid, syscall.SIGKILL) // it may have ended just now
		}
		<-time.After(pause)
	}
}

// processesWith gives the living processes with all of some environment entries.
func processesWith(entries ...string) []int {
	var pids []int
	files, _ := filepath.Glob("/proc/[0-9]*/environ")
	for _, file := range files {
		text, err := os.ReadFile(file) // a zombie's is empty
		if err != nil || !hasEntries(text, entries) {
			continue
		}
		if pid, err := strconv.Atoi(strings.Split(file, "/")[2]); err == nil {
			pids = append(pids, pid)
		}
	}
	return pids
}

func hasEntries(environ []byte, entries []string) bool {
	for _, entry := range entries {
		if !bytes.Contains(append([]byte{0}, environ...), []byte("\x00"+entry+"\x00")) {
			return false
		}
	}
	return true
}

// pause is between two looks of a poll.
const pause = 10 * time.Millisecond

// poll looks until done says yes, and fails the script if it never does.
func poll(ts *testscript.TestScript, complaint string, done func() bool) {
	for limit := time.Now().Add(patience); !done(); {
		if time.Now().After(limit) {
			ts.Fatalf("%s\nthe server's log:\n%s", complaint, tail(ts))
		}
		<-time.After(pause)
	}
}

// tail is the end of the server's log.
func tail(ts *testscript.TestScript) string {
	text, err := os.ReadFile(serverOf(ts).log)
	if errors.Is(err, os.ErrNotExist) {
		return "none"
	}
	return string(text[max(0, len(text)-4096):])
}
