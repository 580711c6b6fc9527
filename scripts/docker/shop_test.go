package docker

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// daemon is what zinit in the container says of a service of the shop's.
type daemon struct {
	Name, State string
	Up          bool
	Pid         int
	Restarts    int    `json:"restarts_total"`
	StatusText  string `json:"status_text"`
	Phase       string
	Health      struct{ State, Message string }
}

// TestShop runs the services of scripts/stack in a container: Redis, nginx, PostgreSQL,
// systemd-notify(1) and logger(1) of Debian, under zinit as PID 1. Each part begins where
// the last one ended.
func TestShop(t *testing.T) {
	c := startImage(t, shopImage(t), []string{"--env=ZINIT_SYSLOG=1", "--env=ZINIT_CONSOLE=prefix"})
	for _, part := range []struct {
		name string
		play func(container)
	}{
		{"all come up and are well", shopOpens},
		{"each is who its file says", shopIsWho},
		{"kill -9 of the cache is answered by its restart policy", cacheDies},
		{"a web server that hangs is replaced", webHangs},
		{"a program says itself how far it is", readerSpeaks},
		{"a program that no longer says that it is alive is replaced", beaterHushes},
		{"syslog goes to the service that wrote it", syslogIsHeard},
		{"docker stop ends all in order", shopCloses},
	} {
		if !t.Run(part.name, func(t *testing.T) { part.play(container{t, c.name}) }) {
			text, _ := c.exec("/zinit", "list")
			t.Fatalf("the story ends here\n%s", text)
		}
	}
}

// shopImage imports a tree with the programs and gives the image's name. It is no build:
// that would make all files root's.
func shopImage(t *testing.T) string {
	t.Helper()
	root, name := t.TempDir(), image+"-shop"
	if text, err := exec.Command("../shop.sh", "-o", root).CombinedOutput(); err != nil {
		failed, ok := errors.AsType[*exec.ExitError](err)
		if ok && failed.ExitCode() == 3 && os.Getenv("CI") != "true" {
			t.Skipf("left out: %s", text)
		}
		t.Fatalf("cannot build the shop: %v\n%s", err, text)
	}
	must(t, os.Link(filepath.Join(built, "zinit"), filepath.Join(root, "zinit")))
	tar := exec.Command("tar", "-c", "-C", root, ".")
	load := exec.Command("docker", "import", "--change", `ENTRYPOINT ["/zinit"]`, "-", name)
	var err error
	load.Stdin, err = tar.StdoutPipe()
	must(t, err)
	must(t, tar.Start())
	text, err := load.CombinedOutput()
	if err := errors.Join(err, tar.Wait()); err != nil {
		t.Fatalf("cannot import the shop: %v\n%s", err, text)
	}
	t.Cleanup(func() { _ = exec.Command("docker", "rmi", "-f", name).Run() })
	return name
}

// daemons asks for all services; there are none while nobody answers.
func (c container) daemons() map[string]daemon {
	var list []daemon
	text, _ := c.exec("/zinit", "list", "--json")
	_ = json.Unmarshal([]byte(text), &list)
	all := map[string]daemon{}
	for _, d := range list {
		all[d.Name] = d
	}
	return all
}

// sh runs a line of shell in the container, which has to work.
func (c container) sh(line string) string {
	c.Helper()
	text, err := c.exec("/bin/sh", "-c", line)
	if err != nil {
		c.Fatalf("%s: %v\n%s", line, err, text)
	}
	return strings.TrimSpace(text)
}

// replaced waits until a service has a successor that is well.
func (c container) replaced(old daemon) {
	c.Helper()
	c.until(old.Name+" has a successor that is well", func() bool {
		now := c.daemons()[old.Name]
		return now.Up && now.Pid != old.Pid && now.Restarts > old.Restarts && now.Health.State == "healthy"
	})
}

func shopOpens(c container) {
	names := []string{"cluster", "database", "schema", "cache", "worker", "web", "shop", "kv", "talker", "beater"}
	c.until("all are up", func() bool {
		all := c.daemons()
		return !slices.ContainsFunc(names, func(name string) bool { return !all[name].Up })
	})
	all := c.daemons()
	for _, name := range []string{"database", "cache", "web", "beater"} {
		if d := all[name]; d.Health.State != "healthy" {
			c.Errorf("%s is %+v", name, d)
		}
		if text, err := c.exec("/zinit", "status", name); err != nil || !strings.Contains(text, "healthy") {
			c.Errorf("status of %s: %v\n%s", name, err, text)
		}
	}
	if d := all["schema"]; d.Restarts != 0 {
		c.Errorf("the schema was made %d times in vain: the database was not ready", d.Restarts)
	}
	c.until("the worker works", func() bool {
		page, err := c.exec("cat", "/srv/shop/www/index.html")
		return err == nil && strings.HasPrefix(page, "hello ") && c.sh("redis-cli -s /srv/shop/run/cache.sock get last") != ""
	})
}

// shopIsWho looks from outside at whose the processes are.
func shopIsWho(c container) {
	ids := map[string]string{}
	for _, name := range []string{"postgres", "www-data"} {
		who, err := user.Lookup(name)
		must(c.T, err)
		ids[name] = who.Uid
	}
	count := map[string]int{} // processes by command and user
	for line := range strings.Lines(docker(c.T, "top", c.name, "-o", "pid,uid,comm")) {
		if fields := strings.Fields(line); len(fields) == 3 {
			count[fields[2]+" of "+fields[1]]++
		}
	}
	if n := count["postgres of "+ids["postgres"]]; n < 5 || count["postgres of 0"] > 0 {
		c.Errorf("PostgreSQL runs as %v", count)
	}
	if n := count["nginx of "+ids["www-data"]]; n != 2 || count["nginx of 0"] != 1 {
		c.Errorf("nginx is a master of root's and two workers of www-data's, they are %v", count)
	}
}

func cacheDies(c container) {
	before := c.daemons()
	c.sh(fmt.Sprintf("kill -9 %d", before["cache"].Pid))
	c.replaced(before["cache"])
	after := c.daemons()
	for _, name := range []string{"database", "worker", "web"} {
		if after[name].Pid != before[name].Pid {
			c.Errorf("%s was restarted too: %+v", name, after[name])
		}
	}
}

func webHangs(c container) {
	before := c.daemons()
	c.sh(fmt.Sprintf("kill -STOP -%d", before["web"].Pid))
	c.replaced(before["web"])
	if now := c.daemons()["database"]; now.Pid != before["database"].Pid {
		c.Errorf("the database was restarted too: %+v", now)
	}
	if said := c.complaints(); !strings.Contains(said, "web is stopping") || !strings.Contains(said, "health checks in a row failed") {
		c.Errorf("it does not say why:\n%s", said)
	}
}

func readerSpeaks(c container) {
	says := func(text string, is func(daemon) bool) {
		c.Helper()
		c.until("the reader is "+text, func() bool { return is(c.daemons()["reader"]) })
	}
	says("reading", func(d daemon) bool { return d.State == "starting" && d.StatusText == "reading the catalogue" })
	if d := c.daemons()["client"]; d.State != "blocked" {
		c.Errorf("the client is %s while the reader, which it requires, reads", d.State)
	}
	c.sh(": >/srv/shop/read")
	says("serving", func(d daemon) bool { return d.Up && d.StatusText == "serving 3 clients" })
	c.until("the client runs", func() bool { return c.daemons()["client"].Up })
	if text, _ := c.exec("/zinit", "status", "reader"); !strings.Contains(text, "serving 3 clients") {
		c.Errorf("status does not show what the reader says:\n%s", text)
	}
	c.sh(": >/srv/shop/again")
	says("reading anew", func(d daemon) bool { return d.Phase == "reloading" })
	c.sh(": >/srv/shop/done")
	says("done", func(d daemon) bool { return d.Phase == "" })
}

func beaterHushes(c container) {
	old := c.daemons()["beater"]
	c.sh(": >/srv/shop/hush")
	c.replaced(old)
	if said := c.complaints(); !strings.Contains(said, "no watchdog message for") {
		c.Errorf("it does not name the watchdog:\n%s", said)
	}
}

func syslogIsHeard(c container) {
	for name, line := range map[string]string{
		"talker": "daemon.err somebody: cannot find the key",
		"kv":     "local3.notice keeper[",
	} {
		c.until(name+" is heard", func() bool {
			text, err := c.exec("/zinit", "logs", name, "--stream", "syslog")
			return err == nil && strings.Contains(text, line)
		})
		if text, err := c.exec("/zinit", "logs", name, "--stream", "stdout"); err != nil || strings.Contains(text, line) {
			c.Errorf("%s wrote it on stdout: %v\n%s", name, err, text)
		}
	}
}

func shopCloses(c container) {
	c.until("the shop is up", func() bool { return c.daemons()["shop"].Up })
	_, _ = c.exec("rm", "/srv/shop/bye")
	if code := c.stop(30); code != 0 {
		c.Errorf("exit code %d", code)
	}
	dir := c.TempDir()
	docker(c.T, "cp", c.name+":/srv/shop", dir)
	if text, _ := os.ReadFile(filepath.Join(dir, "shop/bye")); string(text) != "42\n" {
		c.Errorf("the database was gone before the worker could say goodbye: %q", text)
	}
	log, err := os.ReadFile(filepath.Join(dir, "shop/database.log"))
	must(c.T, err)
	if !strings.HasSuffix(string(log), "database system is shut down\n") || strings.Contains(string(log), "not properly shut down") {
		c.Errorf("the database's log does not end in order:\n%s", log)
	}
}
