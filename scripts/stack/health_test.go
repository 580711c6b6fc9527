package stack

import (
	"fmt"
	"os"
	"os/user"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"syscall"
)

// haves checks what the files ask for beside the programs themselves.
func haves(h *house) {
	pid := h.pids("database")["database"]
	owner, err := user.Lookup("postgres")
	h.must(err)
	if uids := h.of(pid, "status", "Uid:"); uids != strings.Repeat(" "+owner.Uid, 4)[1:] {
		h.t.Errorf("the database runs as %s, postgres is %s", uids, owner.Uid)
	}
	if limit := h.of(pid, "limits", "Max open files"); limit != "1500 2000 files" {
		h.t.Errorf("the database may open %s", limit)
	}
	env, err := os.ReadFile(fmt.Sprintf("/proc/%d/environ", pid))
	h.must(err)
	if !slices.Contains(strings.Split(string(env), "\x00"), "PGDATA="+h.path("data")) {
		h.t.Errorf("the database's environment lacks what env_file has: %q", env)
	}
	h.eventually("the cache's log is rotated", func() bool {
		old, _ := filepath.Glob(h.path("cache.log.*"))
		return len(old) == 3
	})
	for i, name := range []string{"cache.log.2", "cache.log.1", "cache.log"} {
		text, err := os.ReadFile(h.path(name))
		h.must(err)
		if len(text) > 4000 || i < 2 && !strings.HasSuffix(string(text), "\n") {
			h.t.Errorf("%s has %d bytes and ends in %q", name, len(text), text[max(0, len(text)-20):])
		}
	}
}

// of gives the words of a line of a file of proc(5)'s.
func (h *house) of(pid int, file, line string) string {
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/%s", pid, file))
	h.must(err)
	_, rest, _ := strings.Cut(string(text), "\n"+line)
	rest, _, _ = strings.Cut(rest, "\n")
	return strings.Join(strings.Fields(rest), " ")
}

// replaced waits until a service whose health fails has a successor that is well, and
// gives what was heard of it meanwhile.
func (h *house) replaced(name string, old service) (heard string) {
	h.t.Helper()
	h.eventually(name+" has a successor that is well", func() bool {
		now := h.status(name)
		if now.Health.Message != "" {
			heard = now.Health.Message
		}
		return now.Up && now.Pid != old.Pid && now.Restarts > old.Restarts && now.Health.State == "healthy"
	})
	if alive(old.Pid) {
		h.t.Errorf("%s runs twice: %d still lives", name, old.Pid)
	}
	if log, _ := os.ReadFile(h.path("server.log")); !regexp.MustCompile(` WRN ` + name + ` is stopping .*health checks in a row failed`).Match(log) {
		h.t.Errorf("the server's log does not say why:\n%s", log)
	}
	return heard
}

// cacheIsDeaf closes the port of a cache that goes on living.
func cacheIsDeaf(h *house) {
	before := h.pids(daemons...)
	old := h.status("cache")
	if said := h.redis("CONFIG SET port 0"); said != "+OK" {
		h.t.Fatalf("the cache says %q", said)
	}
	h.replaced("cache", old)
	h.same(before, "database", "worker", "web")
	h.open4business()
}

// webIsIll has nginx answer 503 to those that ask for its health.
func webIsIll(h *house) {
	before := h.pids(daemons...)
	old := h.status("web")
	h.write("nginx.conf", 0o644, strings.Replace(h.text("shop/nginx.conf"), "return 204", "return 503", 1))
	h.do("kill", "web", "HUP")
	h.eventually("web was restarted and is not up", func() bool {
		now := h.status("web")
		return now.State == "starting" && now.Restarts > old.Restarts && now.Health.Message == "HTTP 503"
	})
	if alive(old.Pid) {
		h.t.Errorf("web runs twice: %d still lives", old.Pid)
	}
	if h.status("shop").Up {
		h.t.Error("the shop is up, with a web server that is not")
	}
	if out, _ := h.run("why", "shop"); !strings.Contains(out, "HTTP 503") {
		h.t.Errorf("why shop does not name the reason:\n%s", out)
	}
	h.write("nginx.conf", 0o644, h.text("shop/nginx.conf"))
	h.do("kill", "web", "HUP")
	h.eventually("web is up", func() bool { return h.status("web").Up })
	h.same(before, "database", "cache", "worker")
	h.open4business()
}

// webHangs stops all of nginx, as if it were stuck.
func webHangs(h *house) {
	before := h.pids(daemons...)
	old := h.status("web")
	h.must(syscall.Kill(-old.Pid, syscall.SIGSTOP))
	h.replaced("web", old)
	h.same(before, "database", "cache", "worker")
	h.open4business()
}

// databaseHangs stops the process that takes connections. pg_isready then waits for
// ever, and is ended itself.
func databaseHangs(h *house) {
	before := h.pids(daemons...)
	old := h.status("database")
	h.must(syscall.Kill(old.Pid, syscall.SIGSTOP))
	h.replaced("database", old)
	h.same(before, "cache")
	h.eventually("the shop is up again", func() bool { return h.status("shop").Up })
	h.open4business()
}
