package stack

import (
	"fmt"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"testing"
)

// apart gives what is run under it a /dev of its own, so that the machine's /dev/log is
// left alone, in a mount namespace that ends with it.
const apart = `#!/bin/sh
set -e
mount -t tmpfs -o mode=755 dev DIR/dev
for node in null zero urandom tty; do
	: >DIR/dev/$node
	mount --bind /dev/$node DIR/dev/$node
done
mount --move DIR/dev /dev
exec "$@"
`

// reader says with systemd-notify(1) how far it is. It is no root, so each of its
// messages comes from a process that may be gone when it is read.
const reader = `#!/bin/sh
systemd-notify --status="reading the catalogue"
until [ -e DIR/read ]; do sleep 0.05; done
systemd-notify --ready --status="serving 3 clients"
until [ -e DIR/again ]; do sleep 0.05; done
systemd-notify RELOADING=1
until [ -e DIR/done ]; do sleep 0.05; done
systemd-notify --ready
exec sleep 1000
`

// beater is alive for as long as it says so, and falls silent once.
const beater = `#!/bin/sh
systemd-notify --ready WATCHDOG=1
until [ -e DIR/hush ]; do systemd-notify WATCHDOG=1; sleep 0.1; done
rm DIR/hush
exec sleep 1000
`

// TestMessages has programs speak for themselves: systemd-notify(1) of systemd, logger(1)
// and Redis with libc's syslog(3).
func TestMessages(t *testing.T) {
	h := build(t, "systemd-notify", "logger", "redis-server", "unshare", "nsenter")
	h.must(os.Mkdir(h.path("services"), 0o755))
	h.must(os.Mkdir(h.path("dev"), 0o755))
	h.write("apart.sh", 0o755, apart)
	h.write("reader.sh", 0o755, reader)
	h.write("beater.sh", 0o755, beater)
	h.service("reader", "exec = \"DIR/reader.sh\"\nuser = \"nobody\"\n[health]\ntype = \"notify\"", "")
	h.service("client", `exec = "sleep 1000"`, `requires = ["reader"]`)
	h.service("beater", "exec = \"DIR/beater.sh\"\n[health]\ntype = \"notify\"\ninterval_ms = 1000\nretries = 2", "")
	h.service("kv", `exec = "redis-server --port 0 --save '' --dir DIR --syslog-enabled yes --syslog-ident keeper --syslog-facility local3"`, "")
	h.service("talker", "exec = \"logger -t somebody -p daemon.err 'cannot find the key'\"\noneshot = true", "")
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
