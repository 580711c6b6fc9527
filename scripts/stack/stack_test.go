package stack

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"
)

// daemons are the services that have a process for as long as they run, each
// requiring those before it but for the cache, which requires nobody.
var daemons = []string{"database", "cache", "worker", "web"}

// TestStack is one day in the life of the shop. Each part begins where the last
// one ended.
func TestStack(t *testing.T) {
	h := build(t, "redis-server", "redis-cli", "nginx", "psql")
	h.furnish()
	h.open()
	for _, part := range []struct {
		name string
		play func(*house)
	}{
		{"boot brings everything up in order", boots},
		{"each has what its file asks for", haves},
		{"kill -9 of the cache touches nobody else", cacheDies},
		{"kill -9 of nginx takes its workers along", webDies},
		{"kill -9 of the database heals", databaseDies},
		{"a cache that lives and hears nobody is replaced", cacheIsDeaf},
		{"a web server that answers 503 is down until it is mended", webIsIll},
		{"a web server that hangs is replaced", webHangs},
		{"a database that hangs is replaced", databaseHangs},
		{"restart goes through those that require it, once", restarts},
		{"reload changes what changed", reloads},
		{"stop goes dependents first, start brings them back", stops},
		{"kill -9 of the server is felt by no service", serverDies},
		{"shutdown leaves nothing", ends},
	} {
		if !t.Run(part.name, func(t *testing.T) { h.t = t; part.play(h) }) {
			list, _ := h.run("list")
			t.Fatalf("the story ends here\n%s", list)
		}
	}
	h.t = t
}

func boots(h *house) {
	h.eventually("the shop is up", func() bool { return h.status("shop").Up })
	pids := h.pids(daemons...)
	for i, name := range daemons[1:] {
		if before := daemons[i]; name != "cache" && born(pids[before]) > born(pids[name]) {
			h.t.Errorf("%s was born before %s, which it requires", name, before)
		}
	}
	h.open4business()
	if s := h.status("schema"); s.Restarts != 0 {
		h.t.Errorf("the schema was made %d times in vain: the database was not ready", s.Restarts)
	}
	if s := h.status("cluster"); s.State != "exited" || !s.Up {
		h.t.Errorf("the oneshot cluster is %+v", s)
	}
	if out := h.do("logs", "worker"); !strings.Contains(out, "worker hello begins") {
		h.t.Errorf("the worker's log has no beginning:\n%s", out)
	}
}

// open4business checks each program by its own protocol.
func (h *house) open4business() {
	h.t.Helper()
	h.eventually("the database answers", func() bool { return h.psql("select 6*7") == "42" })
	h.eventually("the cache answers", func() bool { return h.redis("PING") == "+PONG" })
	h.eventually("the web server has a fresh page", func() bool {
		first := h.page()
		if first == "" {
			return false
		}
		h.eventually("the worker works", func() bool { p := h.page(); return p != "" && p != first })
		return true
	})
}

func (h *house) psql(query string) string {
	out, _ := exec.Command("psql", "-qAt", "-h", h.path("run"), "-U", "postgres", "-c", query, "postgres").Output()
	return strings.TrimSpace(string(out))
}

func (h *house) redis(command string) string {
	conn, err := net.Dial("unix", h.path("run/cache.sock"))
	if err != nil {
		return ""
	}
	defer conn.Close()
	_ = conn.SetDeadline(time.Now().Add(2 * time.Second))
	fmt.Fprintf(conn, "%s\r\n", command)
	line, _ := bufio.NewReader(conn).ReadString('\n')
	return strings.TrimSpace(line)
}

// page is what the web server serves, empty if it serves nothing.
func (h *house) page() string {
	conn, err := net.Dial("tcp", fmt.Sprintf("127.0.0.1:%d", h.port))
	if err != nil {
		return ""
	}
	defer conn.Close()
	_ = conn.SetDeadline(time.Now().Add(2 * time.Second))
	fmt.Fprint(conn, "GET / HTTP/1.0\r\n\r\n")
	answer, _ := io.ReadAll(conn)
	head, body, _ := strings.Cut(string(answer), "\r\n\r\n")
	if !strings.HasPrefix(head, "HTTP/1.1 200") {
		return ""
	}
	return body
}

// murder kills a service's leader and waits for its successor.
func (h *house) murder(name string) {
	h.t.Helper()
	old := h.status(name)
	h.must(syscall.Kill(old.Pid, syscall.SIGKILL))
	h.eventually(name+" has a successor", func() bool {
		now := h.status(name)
		return now.Up && now.Pid != old.Pid && alive(now.Pid) && now.Restarts > old.Restarts
	})
	if alive(old.Pid) {
		h.t.Errorf("%s runs twice: %d still lives", name, old.Pid)
	}
}

func cacheDies(h *house) {
	before := h.pids(daemons...)
	h.murder("cache")
	h.same(before, "database", "worker", "web")
	h.open4business()
}

func webDies(h *house) {
	before := h.pids(daemons...)
	var group []int
	for pid := range h.inhabitants() {
		if f := stat(pid); len(f) > 2 && f[2] == fmt.Sprint(before["web"]) {
			group = append(group, pid)
		}
	}
	if len(group) != 3 {
		h.t.Errorf("nginx is a master and two workers, its group has %v", group)
	}
	h.murder("web")
	if left := slices.DeleteFunc(group, func(pid int) bool { return !alive(pid) }); len(left) > 0 {
		h.t.Errorf("old workers of nginx live beside the new ones: %v", left)
	}
	h.same(before, "database", "cache", "worker")
	h.open4business()
}

func databaseDies(h *house) {
	before := h.pids(daemons...)
	h.murder("database")
	h.same(before, "cache")
	h.eventually("the shop is up again", func() bool { return h.status("shop").Up })
	h.open4business()
}

func restarts(h *house) {
	before := h.pids(daemons...)
	begun := h.starts()
	h.do("restart", "cache")
	h.eventually("the shop is up again", func() bool { return h.status("shop").Up })
	after := h.pids(daemons...)
	for _, name := range []string{"cache", "worker", "web"} {
		if after[name] == before[name] || alive(before[name]) {
			h.t.Errorf("%s was not restarted: %d, now %d", name, before[name], after[name])
		}
	}
	h.same(before, "database")
	if born(after["cache"]) > born(after["worker"]) || born(after["worker"]) > born(after["web"]) {
		h.t.Error("they came back out of order")
	}
	if now := h.starts(); now != begun+1 {
		h.t.Errorf("the worker began %d times in one restart", now-begun)
	}
	h.open4business()
}

// starts says how often the worker began.
func (h *house) starts() int {
	return strings.Count(h.do("logs", "worker", "-n", "1000000"), " begins")
}

func reloads(h *house) {
	before := h.pids(daemons...)
	h.write("services/worker.toml", 0o644, strings.Replace(h.text("shop/worker.toml"), "hello", "welcome", 1))
	h.write("services/bell.toml", 0o644, "[service]\nexec = \"echo ding; exec sleep 1000\"\n[dependencies]\nafter = [\"web\"]\n")
	h.do("reload")
	h.eventually("the new page is served", func() bool { return strings.HasPrefix(h.page(), "welcome ") })
	h.eventually("the bell rings", func() bool { return strings.Contains(h.do("logs", "bell"), "ding") })
	h.same(before, "database", "cache")
	if now := h.pids("worker", "web"); now["worker"] == before["worker"] || now["web"] == before["web"] {
		h.t.Errorf("worker and web were not restarted: %v, now %v", before, now)
	}

	bell := h.pids("bell")["bell"]
	h.must(os.Remove(h.path("services/bell.toml")))
	h.write("services/cache.toml", 0o644, "[service]\nexec = 7\n")
	before = h.pids(daemons...)
	if out, code := h.run("reload"); code != 1 || !strings.Contains(out, "cache.toml:2:") {
		h.t.Errorf("reload of a broken file: exit %d\n%s", code, out)
	}
	h.eventually("the bell is gone", func() bool { return !alive(bell) })
	h.same(before, daemons...)
	if h.status("cache").ConfigError == nil {
		h.t.Error("status does not show the broken file")
	}
	h.furnishAgain()
}

// furnishAgain puts the cache's file right.
func (h *house) furnishAgain() {
	h.write("services/cache.toml", 0o644, h.text("shop/cache.toml"))
	before := h.pids(daemons...)
	h.do("reload")
	h.same(before, daemons...)
}

func stops(h *house) {
	before := h.pids(daemons...)
	_ = os.Remove(h.path("bye"))
	h.do("stop", "database")
	for _, name := range []string{"database", "worker", "web"} {
		if alive(before[name]) {
			h.t.Errorf("%s lives after stop database", name)
		}
	}
	h.same(before, "cache")
	if text, _ := os.ReadFile(h.path("bye")); string(text) != "42\n" {
		h.t.Errorf("the database was gone before the worker could say goodbye: %q", text)
	}
	if s := h.status("web"); s.State != "blocked" || !s.Wanted {
		h.t.Errorf("web is %+v, it should be blocked and wanted", s)
	}
	if out, _ := h.run("why", "web"); !strings.Contains(out, "database") {
		h.t.Errorf("why web does not name the database:\n%s", out)
	}
	h.do("start", "database")
	h.eventually("the shop is up again", func() bool { return h.status("shop").Up })
	h.open4business()
}

func serverDies(h *house) {
	before := h.pids(daemons...)
	h.must(h.server.Process.Kill())
	_ = h.server.Wait()
	page := h.page()
	h.eventually("the worker works on without a server", func() bool { p := h.page(); return p != "" && p != page })
	h.open()
	h.same(before, daemons...)
	if !h.status("shop").Up {
		h.t.Error("the shop is down after the server's death")
	}
	if out := h.do("logs", "worker", "-n", "1000000"); !strings.Contains(out, "worker welcome begins") {
		h.t.Error("the worker's log from before is lost")
	}
	h.open4business()
	h.murder("cache") // the adopted are supervised, too
	h.open4business()
}

func ends(h *house) {
	before := h.pids(daemons...)
	_ = os.Remove(h.path("bye"))
	h.do("shutdown")
	ended := make(chan error, 1)
	go func() { ended <- h.server.Wait() }()
	select {
	case err := <-ended:
		if err != nil {
			h.t.Errorf("the server's end: %v", err)
		}
	case <-time.After(30 * time.Second):
		h.t.Fatal("the server does not end")
	}
	for name, pid := range before {
		if alive(pid) {
			h.t.Errorf("%s lives after the shutdown", name)
		}
	}
	if text, _ := os.ReadFile(h.path("bye")); string(text) != "42\n" {
		h.t.Errorf("the database was gone before the worker could say goodbye: %q", text)
	}
	if log, _ := os.ReadFile(h.path("database.log")); !strings.HasSuffix(string(log), "database system is shut down\n") {
		h.t.Errorf("the database's log does not end in order:\n%s", log)
	}
	if left := h.inhabitants(); len(left) > 0 {
		h.t.Errorf("processes are left: %v", left)
	}
	if _, err := os.Lstat(h.path("sock")); err == nil {
		h.t.Error("the socket is left")
	}
}
