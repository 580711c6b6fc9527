package zinit

import (
	"errors"
	"fmt"
	"os"
	"path"
	"strconv"
	"strings"
	"syscall"

	"zinit/rpc"
)

// The signals that zinit-pid1 obeys, beside those that a terminal or a kernel may
// send: SIGRTMIN+3 and so on, as libc counts.
const (
	signalHalt     = syscall.Signal(34 + 3)
	signalPowerOff = syscall.Signal(34 + 4)
	signalReboot   = syscall.Signal(34 + 5)
)

// tellShim is the action of poweroff, reboot and halt: a signal to zinit-pid1, so
// that it works without a server too. It returns when the signal is sent.
func (s *session) tellShim(signal syscall.Signal) func(*commandLine) error {
	return func(c *commandLine) error {
		if err := noArguments(c); err != nil {
			return err
		}
		pid := s.shim(c)
		if pid == 0 {
			return &failure{
				code: exitFailed,
				text: "cannot " + c.command.name + ": no zinit-pid1 runs here",
				hint: "zinit shutdown ends the services and the server",
			}
		}
		if err := s.signal(pid, signal); err != nil {
			failed := &failure{code: exitFailed, text: fmt.Sprintf("cannot %s: cannot signal zinit-pid1 (pid %d): %v", c.command.name, pid, err)}
			if errors.Is(err, syscall.EPERM) {
				failed.hint = "run it as root"
			}
			return failed
		}
		fmt.Fprintf(s.out, "%s: under way\n", c.command.name)
		return nil
	}
}

// shim is the pid of zinit-pid1 as this process sees it; 0: there is none, or none
// that can be told for sure.
func (s *session) shim(c *commandLine) int {
	about, err := ask(s, c, dialLimit, bare((*rpc.Client).Info), rpc.None{})
	if err == nil && about.Mode != "standalone" {
		if pid := parentOfServer(s.proc, about.Pid); pid > 0 {
			return pid
		}
	}
	if sameFile(path.Join(s.proc, "1/exe"), path.Join(s.proc, "self/exe")) {
		return 1
	}
	return 0
}

// parentOfServer gives the parent of a zinit-server below a shim. The server may be
// in another pid namespace than we are, where its number is somebody else's here:
// then it is 0.
func parentOfServer(proc string, pid int) int {
	dir := path.Join(proc, strconv.Itoa(pid))
	words, err := os.ReadFile(path.Join(dir, "cmdline"))
	if err != nil || !strings.HasPrefix(string(words), "zinit-server\x00--pid1-mode\x00") {
		return 0
	}
	status, err := os.ReadFile(path.Join(dir, "status"))
	if err != nil {
		return 0
	}
	for line := range strings.Lines(string(status)) {
		if value, ok := strings.CutPrefix(line, "PPid:"); ok {
			parent, err := strconv.Atoi(strings.TrimSpace(value))
			if err == nil {
				return parent
			}
		}
	}
	return 0
}

// sameFile says whether two paths lead to one file.
func sameFile(a, b string) bool {
	one, err1 := os.Stat(a)
	two, err2 := os.Stat(b)
	return err1 == nil && err2 == nil && os.SameFile(one, two)
}
