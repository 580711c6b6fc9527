package proc

import (
	"fmt"
	"net"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"zinit/configs"
	"zinit/proc/launch"
	"zinit/supervisor"
)

// examined begins to probe a service with a command, that need not run itself.
func (w *world) examined(spec *configs.Service, line string, timeout time.Duration) {
	w.t.Helper()
	spec.Health = &configs.Health{
		Type: configs.HealthExec, Command: configs.Command{Argv: []string{line}, Shell: true},
		Interval: 20 * time.Millisecond, Timeout: timeout, Retries: 3,
	}
	w.Do(supervisor.Probe{Name: spec.Name, Gen: 1, Check: *spec.Health, Spec: spec})
}

func (w *world) probed(name string) supervisor.Probed {
	w.t.Helper()
	return next(w, func(e supervisor.Probed) bool { return e.Name == name })
}

// unprobe ends it and waits until no command is left.
func (w *world) unprobed(name string) {
	w.t.Helper()
	w.Do(supervisor.Unprobe{Name: name, Gen: 1})
	until(w.t, "the end of all probes", func() bool { return len(w.probes()) == 0 })
}

// probes are the commands that probe just now.
func (w *world) probes() (pids []int) {
	_, ours := w.ours()
	for pid, m := range ours {
		if m.probe {
			pids = append(pids, pid)
		}
	}
	return pids
}

func TestExecProbe(t *testing.T) {
	w := newWorld(t)
	w.Start()
	flood := strings.Repeat("x", 1000)
	for i, c := range []struct{ name, line, want string }{
		{"good", "exit 0", ""},
		{"quiet", "exit 3", "exit code 3"},
		{"last line", "echo one; echo two >&2; exit 2", "exit code 2: two"},
		{"control characters", `printf '\033[31mred\tand\n\n'; exit 1`, "exit code 1: [31mred and"},
		{"signal", "echo going; kill -SEGV $$", "SIGSEGV: going"},
		{"long line", "echo " + flood + "; exit 1", ("exit code 1: " + flood)[:300]},
		{"flood", "head -c 3000000 /dev/zero; echo; echo full; exit 1", "exit code 1: full"},
		{"service's environment", `echo $ZINIT_SERVICE $ZINIT_PROBE $COLOUR $(pwd) $(umask) $ZINIT_RUN; exit 1`,
			"exit code 1: env-7 1 red /usr 0027 " + w.Life + ".1"},
		{"a session of its own", `set -- $(cat /proc/$$/stat); test $6 = $$ && test $5 = $$`, ""},
		{"its pipe held by another", "sleep 1000 & echo left; exit 1", "exit code 1: left"},
		{"no such command", "exec /no/such", "exit code 127: "},
	} {
		t.Run(c.name, func(t *testing.T) {
			w.t = t
			spec := sh(fmt.Sprintf("env-%d", i), "")
			spec.Env, spec.Dir, spec.Umask = map[string]string{"COLOUR": "red", "ZINIT_PROBE": "no"}, "/usr", 0o27
			w.examined(spec, c.line, patience)
			got := w.probed(spec.Name)
			if got.Gen != 1 || got.Err != c.want && (!strings.HasSuffix(c.want, ": ") || !strings.HasPrefix(got.Err, c.want)) {
				t.Errorf("%+v, not %q", got, c.want)
			}
			w.unprobed(spec.Name)
		})
	}
}

// What hangs, and ignores what it can, is killed with its children at the timeout,
// and never made twice at a time.
func TestExecProbeHangs(t *testing.T) {
	w := newWorld(t)
	w.Start()
	w.examined(sh("web", ""), `trap '' TERM INT HUP; echo x >> `+w.dir+`/begun; sleep 1000 & sleep 1000`, 300*time.Millisecond)
	for range 2 {
		if got := w.probed("web"); got.Err != "no answer within 300ms" {
			t.Errorf("%+v", got)
		}
	}
	if pids := w.probes(); len(pids) > 3 {
		t.Errorf("%d processes of probes at a time", len(pids))
	}
	w.unprobed("web")
	begun, err := os.ReadFile(w.dir + "/begun")
	if n := strings.Count(string(begun), "x"); err != nil || n < 2 {
		t.Errorf("%d begun, %v", n, err)
	}
}

// What leaves its group is killed too, though perhaps not at once. One that is under way
// is not touched.
func TestExecProbeLeavesNobody(t *testing.T) {
	w := newWorld(t)
	w.Start()
	w.examined(sh("db", ""), "exec sleep 1000", patience)
	until(t, "a probe", func() bool { return len(w.probes()) == 1 })
	db := w.probes()[0]
	w.examined(sh("web", ""), "setsid -f sleep 1000; exit 1", patience)
	left := func(pid int) bool {
		m, found := markOf(pid)
		name, err := os.ReadFile(fmt.Sprintf("/proc/%d/comm", pid))
		return err == nil && found == marked && m.service == "web" && string(name) == "sleep\n"
	}
	first := 0
	until(t, "one that has escaped", func() bool {
		pids := w.probes()
		i := slices.IndexFunc(pids, left)
		if i >= 0 {
			first = pids[i]
		}
		return i >= 0
	})
	until(t, "its end", func() bool { return !left(first) })
	if _, found := markOf(db); found != marked {
		t.Error("another probe was killed")
	}
	w.Do(supervisor.Unprobe{Name: "web", Gen: 1})
	w.Do(supervisor.Unprobe{Name: "db", Gen: 1})
}

// One that is under way when its service ends is killed at once, and nothing is told.
func TestUnprobeKills(t *testing.T) {
	w := newWorld(t)
	w.Start()
	w.examined(sh("web", ""), "sleep 1000", patience)
	until(t, "a probe", func() bool { return len(w.probes()) > 0 })
	w.unprobed("web")
	w.examined(sh("db", ""), "exit 0", patience) // and another's is not disturbed
	w.probed("db")
	w.unprobed("db")
	for _, ev := range w.early {
		if p, ok := ev.(supervisor.Probed); ok && p.Name == "web" {
			t.Errorf("told: %+v", p)
		}
	}
}

func TestExecProbeCannotBeBorn(t *testing.T) {
	w := newWorld(t)
	w.Start()
	spec := sh("web", "")
	spec.Health = &configs.Health{Type: configs.HealthExec, Command: configs.Command{Argv: []string{"/no/such"}}, Interval: time.Second, Timeout: patience}
	w.Do(supervisor.Probe{Name: "web", Gen: 1, Check: *spec.Health, Spec: spec})
	if got := w.probed("web"); got.Err != "cannot run /no/such: no such file" {
		t.Errorf("%+v", got)
	}
}

// A service does not die of what zinit, or the machine, has run out of.
func TestShortageIsNoFailure(t *testing.T) {
	w := newWorld(t)
	user := &launch.Identity{UID: 1, GID: 1}
	for name, c := range map[string]struct {
		err    error
		counts bool
	}{
		"success":         {nil, true},
		"refused":         {unix.ECONNREFUSED, true},
		"descriptors":     {fmt.Errorf("cannot make a pipe: %w", unix.EMFILE), false},
		"memory":          {&launch.ExecError{Path: "/x", Err: unix.ENOMEM}, false},
		"processes":       {&launch.ExecError{Path: "/x", Err: unix.EAGAIN}, false},
		"a user's":        {&launch.ExecError{Path: "/x", By: user, Err: unix.EAGAIN}, true},
		"no such command": {&launch.ExecError{Path: "/x", Err: unix.ENOENT}, true},
	} {
		w.outcome(supervisor.Probe{Name: name, Gen: 1})(c.err)
		select {
		case ev := <-w.events:
			if got, is := ev.(supervisor.Probed); !is || !c.counts || got.Name != name || (got.Err == "") != (c.err == nil) {
				t.Errorf("%s: %+v", name, ev)
			}
		default:
			if c.counts {
				t.Errorf("%s: nothing is told", name)
			}
		}
	}
}

// A probe that a dead server left is no process of its service: the next server kills it.
func TestAdoptKillsProbes(t *testing.T) {
	w := newWorld(t)
	w.Start()
	w.examined(sh("web", ""), "sleep 1000", patience)
	until(t, "a probe", func() bool { return len(w.probes()) == 2 || len(w.probes()) == 1 })
	intent := supervisor.Record{Name: "web", Gen: 1, State: supervisor.StateStarting, Spec: sh("web", "")}
	if got := w.Adopt([]supervisor.Record{intent}); got[0].Pid != 0 {
		t.Errorf("adopted %d", got[0].Pid)
	}
	until(t, "the end of the probe", func() bool { return len(w.probes()) == 0 })
	w.Do(supervisor.Unprobe{Name: "web", Gen: 1})
}

// A live probe is no escaped process of its service.
func TestSweepSparesProbes(t *testing.T) {
	w := newWorld(t)
	w.Start()
	web := w.run(sh("web", "setsid sleep 1000 & exec sleep 1000")) // and one that has escaped
	w.examined(sh("web", ""), "sleep 1000", patience)
	until(t, "a probe", func() bool { return len(w.probes()) > 0 })
	pids := w.probes()
	w.Do(supervisor.Kill{Name: "web", Gen: 1, Pid: web.Pid, Ticks: web.Ticks, Sig: 9})
	w.exited(web.Pid)
	w.Do(supervisor.Await{Name: "web", Gen: 1, Pid: web.Pid, Escaped: true})
	w.gone("web")
	if _, found := markOf(pids[0]); found != marked {
		t.Error("the probe was killed, which only its Unprobe should end")
	}
	w.unprobed("web")
}

func TestConnectionProbes(t *testing.T) {
	w := newWorld(t)
	w.Start()
	socket := filepath.Join(w.dir, "s")
	check := configs.Health{Type: configs.HealthTCP, Endpoint: "unix:" + socket, Interval: 20 * time.Millisecond, Timeout: patience}
	w.Do(supervisor.Probe{Name: "web", Gen: 3, Check: check, Spec: sh("web", "")})
	if got := w.probed("web"); got != (supervisor.Probed{Name: "web", Gen: 3, Err: "no such file or directory"}) {
		t.Errorf("%+v", got)
	}
	l, err := net.Listen("unix", socket)
	if err != nil {
		t.Fatal(err)
	}
	next(w, func(p supervisor.Probed) bool { return p.Err == "" })
	l.Close()
	next(w, func(p supervisor.Probed) bool { return p.Err != "" })
	check.Type, check.Endpoint = configs.HealthHTTP, "http://localhost:"+strconv.Itoa(closedPort(t))+"/"
	w.Do(supervisor.Probe{Name: "web", Gen: 3, Check: check, Spec: sh("web", "")}) // anew, as after a reload
	next(w, func(p supervisor.Probed) bool { return p.Err == "connection refused" })
	w.Do(supervisor.Unprobe{Name: "web", Gen: 3})
}

func closedPort(t *testing.T) int {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return l.Addr().(*net.TCPAddr).Port
}

// A probe has no more rights than its service.
func TestExecProbeRunsAsItsService(t *testing.T) {
	if os.Geteuid() != 0 {
		t.Skip("only root can be somebody else")
	}
	w := newWorld(t)
	w.Start()
	spec := sh("web", "")
	spec.User, spec.Group = "65534", "65533"
	const line = "echo $(id -u) $(id -g) $(id -G) $(ulimit -n) >/dev/stdout; exit 1"
	w.examined(spec, line, patience)
	if got := w.probed("web"); !strings.HasPrefix(got.Err, "exit code 1: 65534 65533 65533 ") {
		t.Errorf("%+v", got)
	}
	w.unprobed("web")
	spec = sh("db", "")
	spec.User, spec.Limits = "65534", map[string]configs.Limit{"nofile": {Soft: 77, Hard: 77}}
	w.examined(spec, line, patience)
	if got := w.probed("db"); got.Err != "exit code 1: 65534 65534 65534 77" {
		t.Errorf("%+v", got)
	}
	w.unprobed("db")
	spec = sh("none", "")
	spec.User = "no such user"
	w.examined(spec, line, patience)
	if got := w.probed("none"); !strings.HasPrefix(got.Err, "cannot run as user no such user: ") {
		t.Errorf("%+v", got)
	}
	w.unprobed("none")
}
