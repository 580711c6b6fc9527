package docker

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// A service is up when its port is served, and what requires it waits for that. One that
// lives on without serving is replaced.
func TestHealth(t *testing.T) {
	c := start(t, services{
		"backend": `
[service]
exec = "/actor listen 8080 500 /deaf"
[health]
type = "tcp"
endpoint = "localhost:8080"
interval_ms = 100
retries = 2
[lifecycle]
restart_delay_ms = 100
`,
		"frontend": `
[service]
exec = "/actor dial 8080"
[dependencies]
requires = ["backend"]
`,
		// It never serves where it is looked for.
		"lost": `
[service]
exec = "/actor serve"
[health]
type = "tcp"
endpoint = "127.0.0.1:8081"
[lifecycle]
start_timeout_ms = 500
restart = "never"
`,
	})
	c.shows("frontend | answered")
	c.runs("backend")
	if logs := c.logs(); strings.Contains(logs, "refused") {
		t.Errorf("the frontend was too early:\n%s", logs)
	}
	before, _ := c.status("backend")
	// Any file will do. The actor may take it away before docker has set its owner.
	_ = exec.Command("docker", "cp", "container_test.go", c.name+":/deaf").Run()
	c.until("the deaf backend is replaced", func() bool {
		now, ok := c.status("backend")
		return ok && now.RestartsTotal == 1 && now.State == "running" && now.Pid != before.Pid
	})
	if s, _ := c.status("frontend"); s.RestartsTotal != 0 {
		t.Errorf("the frontend was restarted too: %+v", s)
	}
	if text, _ := c.exec("/zinit", "why", "lost"); !strings.Contains(text, "connection refused") {
		t.Errorf("why lost says %q", text)
	}
	if code := c.stop(10); code != 0 {
		t.Errorf("exit code %d", code)
	}
}

// There is no /etc/passwd, no /etc/group and no library: numbers are enough.
func TestIdentity(t *testing.T) {
	volume := t.TempDir()
	must(t, os.Chmod(volume, 0o777))
	all := services{
		"someone": `
[service]
exec = "/actor self /etc/mine"
user = "1000"
group = "1001"
[limits]
nofile = 500
[logging]
file = "/volume/someone.log"
max_size = "1M"
`,
		"named": `
[service]
exec = "/actor self"
user = "www-data"
[lifecycle]
restart = "never"
`,
		// Docker gives containers a cgroup file system that nobody may write.
		"bounded": `
[service]
exec = "/actor self"
[limits]
memory_max = "16M"
[lifecycle]
restart = "never"
`,
	}
	c := start(t, all, "--volume", volume+":/volume")
	want := "user 1000 group 1001 groups [1001]\nfiles 500 500\nfile: open /etc/mine: permission denied\nup\n"
	file := filepath.Join(volume, "someone.log")
	shows := func(want string) {
		t.Helper()
		c.until("the log file is written", func() bool {
			text, _ := os.ReadFile(file)
			return string(text) == want
		})
	}
	shows(want)
	for name, reason := range map[string]string{
		"named":   "cannot run as user www-data: ",
		"bounded": "cannot limit the service's control group: ",
	} {
		c.until(name+" has failed", func() bool { s, ok := c.status(name); return ok && s.State == "failed" })
		if text, err := c.exec("/zinit", "status", name); err != nil || !strings.Contains(text, reason) {
			t.Errorf("%v: %s", err, text)
		}
	}
	if logs := c.logs(); strings.Contains(logs, "named |") || strings.Contains(logs, "bounded |") {
		t.Errorf("what had to fail ran:\n%s", logs)
	}
	if text, err := c.exec("/zinit", "doctor"); err != nil || !strings.Contains(text, "cgroup") {
		t.Errorf("%v: %s", err, text)
	}
	// A container's next life goes on in the same file.
	docker(t, "restart", c.name)
	shows(want + "stopping\nstopped\n" + want)
	if code := c.stop(10); code != 0 {
		t.Errorf("exit code %d", code)
	}
}

// A container that is nobody's but one user's can run nothing as another one.
func TestIdentityWithoutRoot(t *testing.T) {
	c := start(t, services{
		"own":   "[service]\nexec = \"/actor self\"\nuser = \"1000\"\n",
		"other": "[service]\nexec = \"/actor self\"\nuser = \"0\"\n[lifecycle]\nrestart = \"never\"\n",
	}, "--user=1000:1000", "--read-only")
	c.shows("own | user 1000 group 1000 ")
	c.until("the other one has failed", func() bool { s, ok := c.status("other"); return ok && s.State == "failed" })
	if text, err := c.exec("/zinit", "status", "other"); err != nil || !strings.Contains(text, "zinit runs as user id 1000 and lacks CAP_SETUID") {
		t.Errorf("%v: %s", err, text)
	}
}
