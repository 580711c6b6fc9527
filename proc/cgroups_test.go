package proc

import (
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"golang.org/x/sys/unix"

	"zinit/configs"
	"zinit/proc/cgroup"
	"zinit/proc/procfs"
	"zinit/supervisor"
)

// newTree is a place for control groups. It is left out where there is no cgroup v2.
func newTree(t *testing.T) *cgroup.Tree {
	t.Helper()
	for _, mount := range []string{"/sys/fs/cgroup", "/sys/fs/cgroup/unified"} {
		var fs unix.Statfs_t
		if unix.Statfs(mount, &fs) != nil || fs.Type != unix.CGROUP2_SUPER_MAGIC {
			continue
		}
		root, err := os.MkdirTemp(mount, "zinit-test-")
		if err != nil {
			continue
		}
		tree := cgroup.OpenAt(root)
		t.Cleanup(func() {
			tree.Close()
			if err := os.Remove(root); err != nil {
				t.Error(err)
			}
		})
		if err := tree.Why(); err != nil {
			t.Fatal(err)
		}
		return tree
	}
	t.Skip("left out: no cgroup v2 can be written here")
	return nil
}

// hermit leaves its session, wipes its environment, and has no parent of the
// service's. last is the end of its only line. It waits for a moment first: who has no limits is
// moved to its group just after its birth.
func hermit(last string) string {
	return `sleep 0.1; setsid sh -c 'env -i /bin/sh -c "setsid sh -c \"echo \\\$\\\$; exec sleep 1000 ` + last + `\" &"' & wait; exec sleep 1000`
}

// What a probe has left behind that nothing else tells of is killed after each turn.
func TestHermitOfAProbeIsKilled(t *testing.T) {
	tree := newTree(t)
	w := newWorld(t)
	w.Cgroup = tree
	w.Start()
	if _, _, err := tree.Make("web", cgroup.Limits{}); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(w.dir, "hermit")
	// A command without limits is moved to its group just after its birth.
	w.examined(sh("web", ""), `sleep 0.1; test -e `+path+` || env -i setsid -f sh -c "echo \$\$ > `+path+`; exec sleep 1000"
		until test -s `+path+`; do sleep 0.01; done; exit 1`, patience)
	escaped := 0
	until(t, "the hermit's number", func() bool {
		text, _ := os.ReadFile(path)
		escaped, _ = strconv.Atoi(strings.TrimSpace(string(text)))
		return escaped > 0
	})
	killAfter(t, escaped)
	until(t, "its end", func() bool { s, err := procfs.Identify(escaped); return err != nil || s.Zombie() })
	w.unprobed("web")
	until(t, "the end of its control group", func() bool {
		tree.Remove("web")
		_, err := os.Stat(tree.Path("web"))
		return err != nil
	})
}

// A probe that hangs is in the service's group, and keeps nobody from stopping that.
func TestProbeInTheGroupOfAService(t *testing.T) {
	tree := newTree(t)
	w := newWorld(t)
	w.Cgroup = tree
	w.Start()
	spec := sh("web", "echo up; exec sleep 1000")
	born := w.run(spec)
	w.examined(spec, `trap "" TERM; env -i setsid sleep 1000 & sleep 1000`, patience)
	var inside []int
	until(t, "the probe is in its group", func() bool {
		inside = tree.Members(cgroup.ProbeOf("web"))
		return len(inside) >= 3
	})
	if all := tree.Members("web"); len(all) != len(inside)+1 || !slices.Contains(all, born.Pid) || slices.Contains(inside, born.Pid) {
		t.Errorf("members are %v, of them probes %v, and the service %d", all, inside, born.Pid)
	}
	w.Do(supervisor.Unprobe{Name: "web", Gen: 1})
	w.kill(born, unix.SIGTERM)
	w.exited(born.Pid)
	w.Do(supervisor.Await{Name: "web", Gen: 1, Pid: born.Pid, Escaped: true})
	if e := w.gone("web"); len(e.Left) > 0 {
		t.Errorf("left: %v", e.Left)
	}
	if _, err := os.Stat(tree.Path("web")); !os.IsNotExist(err) {
		t.Errorf("its group stays: %v", err)
	}
}

// What a former server's probe has left is killed, whatever it has for an environment.
func TestProbeOfAFormerServerIsKilled(t *testing.T) {
	tree := newTree(t)
	w := newWorld(t)
	w.Cgroup = tree
	w.Start()
	born := w.run(sh("web", "exec sleep 1000"))
	dir, err := tree.MakeProbe("web")
	if err != nil {
		t.Fatal(err)
	}
	left := w.run(sh("left", "exec env -i sleep 1000"))
	if err := cgroup.Join(dir, left.Pid); err != nil {
		t.Fatal(err)
	}
	w.Adopt([]supervisor.Record{{Name: "web", Gen: 1, Pid: born.Pid, Ticks: born.Ticks}, {Name: "left", Gen: 1, Pid: left.Pid, Ticks: left.Ticks}})
	if e := w.exited(left.Pid); e.Status.Signal != int(unix.SIGKILL) {
		t.Errorf("it ended as %+v", e.Status)
	}
	w.kill(born, unix.SIGKILL)
	w.exited(born.Pid)
	tree.Remove("web")
}

// Nothing but the control group tells whose it is.
func TestHermitIsKilled(t *testing.T) {
	tree := newTree(t)
	w := newWorld(t)
	w.Cgroup = tree
	w.Start()
	born := w.run(sh("web", hermit(">/dev/null 2>&1")))
	escaped := w.written("web")
	killAfter(t, escaped)
	until(t, "it is an orphan", func() bool { s, err := procfs.Identify(escaped); return err == nil && s.Ppid == os.Getpid() })
	if m := tree.Members("web"); !slices.Contains(m, born.Pid) || !slices.Contains(m, escaped) {
		t.Fatalf("members are %v, not %d and %d", m, born.Pid, escaped)
	}
	if shown, _ := w.Tree("web", born.Pid); !slices.ContainsFunc(shown.Children, func(p Process) bool { return p.Pid == escaped }) {
		t.Errorf("it is not in the tree: %+v", shown)
	}
	w.kill(born, unix.SIGTERM)
	if e := w.exited(born.Pid); e.Gone {
		t.Error("it is said to be gone")
	}
	w.Do(supervisor.Await{Name: "web", Gen: 1, Pid: born.Pid, Escaped: true})
	if e := w.gone("web"); len(e.Left) > 0 {
		t.Errorf("left: %v", e.Left)
	}
	if s, err := procfs.Identify(escaped); err == nil && !s.Zombie() {
		t.Errorf("process %d escaped: %+v", escaped, s)
	}
	if _, err := os.Stat(tree.Path("web")); !os.IsNotExist(err) {
		t.Errorf("its group stays: %v", err)
	}
}

// Without a control group it is still caught as long as it writes to the service's
// output.
func TestTalkativeHermitIsKilled(t *testing.T) {
	w := newWorld(t)
	w.Start()
	born := w.run(sh("web", hermit("")))
	escaped := w.written("web")
	killAfter(t, escaped)
	other := w.run(sh("other", hermit("")))
	bystander := w.written("other")
	killAfter(t, bystander)
	until(t, "they are orphans", func() bool {
		a, err1 := procfs.Identify(escaped)
		b, err2 := procfs.Identify(bystander)
		return err1 == nil && err2 == nil && a.Ppid == os.Getpid() && b.Ppid == os.Getpid()
	})
	w.kill(born, unix.SIGTERM)
	w.exited(born.Pid)
	w.Do(supervisor.Await{Name: "web", Gen: 1, Pid: born.Pid, Escaped: true})
	if e := w.gone("web"); len(e.Left) > 0 {
		t.Errorf("left: %v", e.Left)
	}
	if s, err := procfs.Identify(escaped); err == nil && !s.Zombie() {
		t.Errorf("process %d escaped: %+v", escaped, s)
	}
	s, err := procfs.Identify(bystander)
	if err != nil || s.Zombie() {
		t.Error("another service's was killed")
	}
	if err := killOne(bystander, s.Ticks); err != nil {
		t.Error(err)
	}
	until(t, "it is reaped", func() bool { return !procfs.Alive(bystander, s.Ticks) })
	w.kill(other, unix.SIGKILL)
	w.exited(other.Pid)
}

// Who is stopped and leaves nobody leaves no group; who fails keeps it for its next
// process, until the service is forgotten.
func TestGroupOfAService(t *testing.T) {
	tree := newTree(t)
	w := newWorld(t)
	w.Cgroup = tree
	w.Start()
	there := func() bool { _, err := os.Stat(tree.Path("web")); return err == nil }
	born := w.run(sh("web", "echo up; exec sleep 1000"))
	w.kill(born, unix.SIGTERM)
	if e := w.exited(born.Pid); !e.Gone || there() {
		t.Errorf("it ended as %+v; its group is there: %v", e, there())
	}
	born = w.run(sh("web", "exit 3"))
	if w.exited(born.Pid); !there() {
		t.Error("the group of a service that failed is gone")
	}
	w.Do(supervisor.Forget{Name: "web"})
	if there() {
		t.Error("the group of a forgotten service is there")
	}
}

// A group in a directory that is none: what the kernel would write there, the test
// does.
func TestOOM(t *testing.T) {
	tree := cgroup.OpenAt(t.TempDir())
	w := newWorld(t)
	w.Cgroup = tree
	w.Start()
	events := func(text string) {
		t.Helper()
		if err := os.WriteFile(filepath.Join(tree.Path("web"), "memory.events"), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	for _, c := range []struct {
		name          string
		before, after string // "": no file
		signal        unix.Signal
		oom           bool
	}{
		{"no controller", "", "", unix.SIGKILL, false},
		{"killed by hand", "", "oom 0\noom_kill 0\n", unix.SIGKILL, false},
		{"out of memory", "", "oom 1\noom_kill 1\n", unix.SIGKILL, true},
		{"out of memory earlier", "oom_kill 4\n", "oom_kill 4\n", unix.SIGKILL, false},
		{"out of memory again", "oom_kill 4\n", "oom_kill 5\n", unix.SIGKILL, true},
		{"another signal", "", "oom_kill 1\n", unix.SIGTERM, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			if err := os.MkdirAll(tree.Path("web"), 0o755); err != nil {
				t.Fatal(err)
			}
			if c.before != "" {
				events(c.before)
			}
			born := w.run(sh("web", "exec sleep 1000"))
			if c.after != "" {
				events(c.after)
			}
			w.kill(born, c.signal)
			if e := w.exited(born.Pid); e.Status.OOM != c.oom || e.Status.Signal != int(c.signal) {
				t.Errorf("it ended as %+v", e.Status)
			}
			if err := os.RemoveAll(tree.Path("web")); err != nil {
				t.Fatal(err)
			}
		})
	}
}

// A limit that cannot be set fails the start; without limits the service runs.
func TestLimitsFailTheStart(t *testing.T) {
	w := newWorld(t)
	w.Start()
	spec := sh("web", "sleep 1000")
	spec.Cgroup = configs.Cgroup{MemoryMax: 1 << 30}
	w.Do(supervisor.Spawn{Name: "web", Gen: 1, Spec: spec})
	failed := next(w, func(supervisor.SpawnFailed) bool { return true })
	if !strings.Contains(failed.Why, "cannot limit the service's control group: control groups are not used here") {
		t.Errorf("it failed: %s", failed.Why)
	}
	spec.Cgroup = configs.Cgroup{}
	born := w.run(spec)
	w.kill(born, unix.SIGKILL)
	w.exited(born.Pid)
}

// Who writes to a service's own files is of the service, until it is forgotten.
func TestOutputs(t *testing.T) {
	w := newWorld(t)
	w.Start()
	born := w.run(sh("web", "exec sleep 1000"))
	var own outputs
	own.add("web", w.Outputs("web"))
	own.add("db", w.Outputs("db"))
	if a := own.holder(born.Pid); a != "web" {
		t.Errorf("the holder of its own file is %q", a)
	}
	own.forget("web")
	if a := own.holder(born.Pid); a != "" {
		t.Errorf("the holder of a forgotten file is %q", a)
	}
	w.kill(born, unix.SIGKILL)
	w.exited(born.Pid)
}

// What the OOM killer did before a server began says nothing of those that it adopts alive.
func TestOOMKillsOfTheAdopted(t *testing.T) {
	f := newFormer(t)
	web := f.spawn("web", "sleep 1000")
	f.die()
	w := newWorld(t)
	w.Life = f.life
	w.Cgroup = cgroup.OpenAt(t.TempDir()) // plain files do
	dir := w.Cgroup.Path("web")
	if err := os.MkdirAll(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, "memory.events"), []byte("oom_kill 1\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	w.Adopt([]supervisor.Record{web})
	_ = unix.Kill(web.Pid, unix.SIGKILL)
	reapOrphan(t, web.Pid)
	if e := w.exited(web.Pid); e.Status.OOM {
		t.Error("a kill by hand counts as out of memory")
	}
}
