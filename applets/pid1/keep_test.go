package pid1_test

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

// What is sent to syslog while there is no server waits for the next one, and its
// sender notices nothing. Those that were being filed may come twice.
func TestSyslogOutlivesTheServer(t *testing.T) {
	const messages, kills, batch = 600, 4, 64
	path := filepath.Join(t.TempDir(), "log")
	h := start(t, services{
		"talker": fmt.Sprintf("[service]\nexec = \"@ syslog %s 1 %d\"\n", path, messages),
		"other":  "[service]\nexec = \"@ serve\"\n",
	}, options{env: []string{"ZINIT_SYSLOG=" + path}})
	h.shows("talker | user.info actor[1]: message 5\n")
	for range kills {
		h.kill()
	}
	h.shows("talker | all sent")
	h.shows(fmt.Sprintf("talker | user.info actor[1]: message %d\n", messages-1))
	text, err := h.ask("logs", "talker")
	must(t, err)
	twice := 0
	for i := range messages {
		switch n := strings.Count(text, fmt.Sprintf("message %d\n", i)); n {
		case 0:
			t.Errorf("message %d is lost", i)
		case 1:
		default:
			twice += n - 1
		}
	}
	if twice > kills*batch {
		t.Errorf("%d come twice", twice)
	}
	if strings.Contains(text, "not sent") {
		t.Error("the sender has noticed")
	}
	h.signal(syscall.SIGTERM)
	if code := h.code(); code != 0 {
		t.Errorf("exit code %d", code)
	}
	if left, _ := filepath.Glob(path); len(left) > 0 {
		t.Error("the socket is left behind")
	}
}

// A container has no syslog unless it is asked for, and its services do not hear of
// the sockets.
func TestNoSyslogInAContainer(t *testing.T) {
	h := start(t, services{"env": "[service]\noneshot = true\nexec = ['/bin/sh', '-c', 'env; echo done']\n"}, options{})
	h.shows("done\n")
	for _, word := range []string{"ZINIT_KEPT", "syslog"} {
		if strings.Contains(h.stdout.String()+h.stderr.String(), word) {
			t.Errorf("it speaks of %s", word)
		}
	}
	h.signal(syscall.SIGTERM)
	h.code()
}

// What a service says of itself while there is no server is heard by the next one.
func TestReadyWhileTheServerIsDead(t *testing.T) {
	if _, err := exec.LookPath("systemd-notify"); err != nil {
		t.Skip("nobody is there to say that a service is ready: ", err)
	}
	h := start(t, services{"web": `
[service]
exec = ['/bin/sh', '-c', 'until [ -e DIR/go ]; do sleep 0.01; done; systemd-notify --ready --no-block; touch DIR/said; exec sleep 1000']
[health]
type = "notify"
`}, options{})
	h.in("web", "starting")
	h.kill()
	server := h.server()
	must(t, syscall.Kill(server, syscall.SIGSTOP))
	must(t, os.WriteFile(h.path("go"), nil, 0o644))
	h.until("it has spoken", func() bool { _, err := os.Stat(h.path("said")); return err == nil })
	must(t, syscall.Kill(server, syscall.SIGKILL))
	h.newServer(server)
	h.in("web", "running")
	h.signal(syscall.SIGTERM)
	if code := h.code(); code != 0 {
		t.Errorf("exit code %d", code)
	}
}
