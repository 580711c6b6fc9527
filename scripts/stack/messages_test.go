package stack

import (
	"fmt"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"testing"
)

// TestMessages has programs speak for themselves: systemd-notify(1) of systemd, logger(1)
// and Redis with libc's syslog(3).
func TestMessages(t *testing.T) {
	h := build(t, "systemd-notify", "logger", "redis-server", "unshare", "nsenter")
	h.must(os.Mkdir(h.path("services"), 0o755))
	h.must(os.Mkdir(h.path("dev"), 0o755))
	h.copies("messages")
	h.within = []string{"unshare", "--mount", h.path("apart.sh")}
	t.Setenv("ZINIT_SYSLOG", "true")
	outside, _ := os.Lstat("/dev/log")

	h.open()
	h.eventually("the reader reads", func() bool { return h.status("reader").StatusText == "reading the catalogue" })
	if s := h.status("client"); s.State != "blocked" || h.status("reader").State != "starting" {
		t.Errorf("the client is %s while the reader, which it requires, reads", s.State)
	}
	h.write("read", 0o644, "")
	h.eventually("the client runs", func() bool { return h.status("client").Up })
	if s := h.status("reader"); s.State != "running" || s.StatusText != "serving 3 clients" {
		t.Errorf("the reader is %+v", s)
	}
	h.write("again", 0o644, "")
	h.eventually("the reader reads anew", func() bool { return h.status("reader").Phase == "reloading" })
	h.write("done", 0o644, "")
	h.eventually("the reader is done", func() bool { return h.status("reader").Phase == "" })

	h.watchdog()
	h.syslog()
	if now, _ := os.Lstat("/dev/log"); (now == nil) != (outside == nil) || now != nil && !os.SameFile(now, outside) {
		t.Error("the machine's own /dev/log was touched")
	}
	h.must(h.server.Process.Signal(syscall.SIGTERM))
	h.must(h.server.Wait())
	if left := h.inhabitants(); len(left) > 0 {
		t.Errorf("processes are left: %v", left)
	}
}

// watchdog has the beater fall silent.
func (h *house) watchdog() {
	h.t.Helper()
	old := h.status("beater")
	if old.State != "running" || old.Restarts != 0 {
		h.t.Errorf("the beater is %+v", old)
	}
	reader := h.pids("reader")
	h.write("hush", 0o644, "")
	h.replaced("beater", old)
	h.same(reader, "reader")
	log, _ := os.ReadFile(h.path("server.log"))
	if !strings.Contains(string(log), "no watchdog message for") {
		h.t.Errorf("the server's log does not name the watchdog:\n%s", log)
	}
}

// syslog looks for what was said at /dev/log, and says something from outside of all
// services.
func (h *house) syslog() {
	h.t.Helper()
	for _, of := range []struct{ service, line string }{
		{"talker", "daemon.err somebody: cannot find the key"},
		{"kv", "local3.notice keeper["},
	} {
		h.eventually(of.service+" is heard", func() bool { return strings.Contains(h.do("logs", of.service, "--stream", "syslog"), of.line) })
	}
	for tag, service := range map[string]string{"talker": "talker", "stranger": "syslog"} {
		out, err := exec.Command("nsenter", fmt.Sprintf("--mount=/proc/%d/ns/mnt", h.server.Process.Pid),
			"logger", "-t", tag, "from outside").CombinedOutput()
		if err != nil {
			h.t.Fatalf("logger: %v: %s", err, out)
		}
		h.eventually(tag+" is heard", func() bool {
			return strings.Contains(h.do("logs", service, "--stream", "syslog"), "user.notice "+tag+": from outside")
		})
	}
}
