package cgroup

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// newRoot is a group to make trees in, gone after the test.
func newRoot(t *testing.T) string {
	t.Helper()
	for _, mount := range []string{mountPoint, mountPoint + "/unified"} {
		var fs unix.Statfs_t
		if unix.Statfs(mount, &fs) != nil || fs.Type != unix.CGROUP2_SUPER_MAGIC {
			continue
		}
		root, err := os.MkdirTemp(mount, "zinit-test-")
		if err != nil {
			continue
		}
		t.Cleanup(func() {
			prune(root)
			if isDir(root) {
				t.Errorf("%s is left", root)
			}
		})
		return root
	}
	t.Skip("left out: no cgroup v2 can be written here")
	return ""
}

func newTree(t *testing.T) *Tree {
	t.Helper()
	tree := OpenAt(newRoot(t))
	if err := tree.Why(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(tree.Close)
	return tree
}

// child starts a process that lives until the test ends.
func child(t *testing.T, line string) int {
	t.Helper()
	cmd := exec.Command("/bin/sh", "-c", line)
	cmd.SysProcAttr = &unix.SysProcAttr{Setpgid: true}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	done := make(chan struct{})
	go func() { _ = cmd.Wait(); close(done) }()
	t.Cleanup(func() {
		_ = unix.Kill(-cmd.Process.Pid, unix.SIGKILL)
		<-done
	})
	return cmd.Process.Pid
}

func until(t *testing.T, what string, met func() bool) {
	t.Helper()
	for late := time.Now().Add(20 * time.Second); !met(); <-time.After(time.Millisecond) {
		if time.Now().After(late) {
			t.Fatalf("never: %s", what)
		}
	}
}

func makeGroup(t *testing.T, tree *Tree, name string) string {
	t.Helper()
	dir, kills, err := tree.Make(name, Limits{})
	if err != nil || kills != 0 || dir != tree.Path(name) {
		t.Fatalf("made %q with %d kills, error %v", dir, kills, err)
	}
	return dir
}

func TestKillAndRemove(t *testing.T) {
	tree := newTree(t)
	dir := makeGroup(t, tree, "web")
	if again := makeGroup(t, tree, "web"); again != dir {
		t.Errorf("made again as %s", again)
	}
	pid := child(t, "sleep 1000")
	if err := Join(dir, pid); err != nil {
		t.Fatal(err)
	}
	// The service makes groups of its own and moves a process there.
	if err := os.MkdirAll(filepath.Join(dir, "a/b"), 0o755); err != nil {
		t.Fatal(err)
	}
	deep := child(t, "sleep 1000")
	if err := Join(filepath.Join(dir, "a/b"), deep); err != nil {
		t.Fatal(err)
	}
	if got := tree.Members("web"); !slices.Contains(got, pid) || !slices.Contains(got, deep) {
		t.Errorf("members are %v, not %d and %d", got, pid, deep)
	}
	if tree.Remove("web") {
		t.Error("a group with processes was removed")
	}
	tree.Close()
	if !isDir(dir) {
		t.Error("a group with processes went with its tree")
	}
	if !tree.Kill("web") {
		t.Fatal("nothing was killed")
	}
	until(t, "all are dead", func() bool { return tree.Members("web") == nil })
	if !tree.Remove("web") || isDir(dir) {
		t.Error("an empty group stays")
	}
	if !tree.Remove("web") {
		t.Error("a group that is gone is not empty")
	}
}

// A process that is gone is no error; a group that is gone is.
func TestJoin(t *testing.T) {
	tree := newTree(t)
	dir := makeGroup(t, tree, "web")
	if err := Join(dir, 1<<22-1); err != nil {
		t.Errorf("a process that is gone: %v", err)
	}
	tree.Remove("web")
	if err := Join(dir, os.Getpid()); err == nil {
		t.Error("joined a group that is gone")
	}
}

// Limits that cannot be set are errors that name the reason.
func TestLimitsRefused(t *testing.T) {
	tree := newTree(t)
	if len(tree.Controllers()) > 0 {
		t.Skip("left out: there are controllers")
	}
	for file, l := range map[string]Limits{"memory": {Memory: 1 << 20}, "cpu": {CPU: 50}, "pids": {Pids: 10}} {
		_, _, err := tree.Make("web", l)
		if want := "the " + file + " controller of cgroup v2 is not available here"; err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%+v: %v", l, err)
		}
	}
	for name, none := range map[string]*Tree{"nil": nil, "refused": {why: fmt.Errorf("it rains")}} {
		if dir, _, err := none.Make("web", Limits{}); dir != "" || err == nil {
			t.Errorf("%s: made %q, error %v", name, dir, err)
		}
		if _, _, err := none.Make("web", Limits{Pids: 1}); err == nil || !strings.Contains(err.Error(), none.Why().Error()) {
			t.Errorf("%s: %v", name, err)
		}
		if none.Kill("web") || none.Members("web") != nil || none.Path("web") != "" || none.Home("web") != "" || none.OOMKills("web") != 0 || none.ProbeOOMKills("web") != 0 || !none.Remove("web") {
			t.Errorf("%s: there is something", name)
		}
		none.Close()
	}
}

// The files of a group with controllers, as far as their format goes.
func TestLimitsWritten(t *testing.T) {
	dir := t.TempDir()
	files := []string{"memory.max", "cgroup.subtree_control", "cpu.max", "pids.max"}
	for _, c := range []struct {
		l    Limits
		old  bool
		want string
	}{
		{Limits{Memory: 1 << 20, CPU: 150, Pids: 7}, false, "1048576 +memory 150000 100000 7"},
		{Limits{CPU: 1}, true, "max -memory 1000 100000 max"},
		{Limits{}, false, "- - - -"},
	} {
		for _, file := range files {
			if err := os.WriteFile(filepath.Join(dir, file), nil, 0o600); err != nil {
				t.Fatal(err)
			}
		}
		if err := c.l.set(dir, c.old); err != nil {
			t.Fatal(err)
		}
		var got []string
		for _, file := range files {
			text, _ := os.ReadFile(filepath.Join(dir, file))
			if len(text) == 0 {
				text = []byte("-")
			}
			got = append(got, string(text))
		}
		if strings.Join(got, " ") != c.want {
			t.Errorf("%+v: %q, want %q", c.l, got, c.want)
		}
	}
}

// The group of a service's probes is in the service's, and ends with it.
func TestGroupOfProbes(t *testing.T) {
	tree := newTree(t)
	if dir, err := tree.MakeProbe("web"); dir != "" || err == nil {
		t.Errorf("without a service it is %q, error %v", dir, err)
	}
	home := makeGroup(t, tree, "web")
	for range 2 {
		dir, err := tree.MakeProbe("web")
		if err != nil || filepath.Dir(dir) != home || dir != tree.Path(ProbeOf("web")) {
			t.Fatalf("made %q, error %v", dir, err)
		}
	}
	service, probe := child(t, "exec sleep 1000"), child(t, "exec sleep 1000")
	if err := errors.Join(Join(home, service), Join(tree.Path(ProbeOf("web")), probe)); err != nil {
		t.Fatal(err)
	}
	if got := tree.Members(ProbeOf("web")); !slices.Equal(got, []int{probe}) {
		t.Errorf("members are %v, not %d", got, probe)
	}
	tree.Kill(ProbeOf("web"))
	until(t, "the probe is dead", func() bool { return tree.Members(ProbeOf("web")) == nil })
	if got := tree.Members("web"); !slices.Equal(got, []int{service}) {
		t.Errorf("members are %v, not %d", got, service)
	}
	tree.Kill("web")
	until(t, "the service is dead", func() bool { return tree.Members("web") == nil })
	if !tree.Remove("web") || isDir(home) {
		t.Error("an empty group stays")
	}
}

// With a limit on memory the service and its probes are counted apart.
func TestOOMKillsApart(t *testing.T) {
	tree := OpenAt(t.TempDir())
	for _, c := range []struct {
		name           string
		files          map[string]string
		service, probe uint64
		home           string
	}{
		{"no controller", nil, 0, 0, "web"},
		{"together", map[string]string{".": "oom_kill 3\n"}, 3, 3, "web"},
		{"apart", map[string]string{".": "oom_kill 3\n", ".main": "oom_kill 1\n", ".probe": "oom_kill 2\n"}, 1, 2, "web/.main"},
		{"limited once", map[string]string{".": "oom_kill 3\n", ".main": ""}, 3, 3, "web/.main"},
	} {
		t.Run(c.name, func(t *testing.T) {
			for dir, text := range c.files {
				dir = filepath.Join(tree.Path("web"), dir)
				if err := os.MkdirAll(dir, 0o755); err != nil {
					t.Fatal(err)
				}
				if text == "" {
					continue
				}
				if err := os.WriteFile(filepath.Join(dir, "memory.events"), []byte(text), 0o600); err != nil {
					t.Fatal(err)
				}
			}
			if s, p := tree.OOMKills("web"), tree.ProbeOOMKills("web"); s != c.service || p != c.probe {
				t.Errorf("killed: %d and %d, not %d and %d", s, p, c.service, c.probe)
			}
			if home := tree.Home("web"); home != tree.Path(c.home) {
				t.Errorf("its home is %s", home)
			}
			if err := os.RemoveAll(tree.Path("web")); err != nil {
				t.Fatal(err)
			}
		})
	}
}

// One server has a tree; the next one finds its groups.
func TestOneOwner(t *testing.T) {
	root := newRoot(t)
	first := OpenAt(root)
	dir := makeGroup(t, first, "web")
	if second := OpenAt(root); second.Why() == nil || !strings.Contains(second.Why().Error(), "belongs to another zinit-server") {
		t.Errorf("a second one got it: %v", second.Why())
	}
	if err := unix.Close(first.lock); err != nil { // as at its death
		t.Fatal(err)
	}
	next := OpenAt(root)
	if next.Why() != nil || !isDir(dir) || next.Path("web") != dir {
		t.Errorf("the next one has %q: %v", next.Path("web"), next.Why())
	}
	next.Close()
}

// What lives in the group that is taken over goes to a leaf.
func TestEmpty(t *testing.T) {
	root := newRoot(t)
	pid := child(t, "sleep 1000 & wait")
	if err := Join(root, pid); err != nil {
		t.Fatal(err)
	}
	if !empty(root, initLeaf) || len(members(root)) > 0 || !slices.Contains(members(filepath.Join(root, initLeaf)), pid) {
		t.Errorf("left: %v", members(root))
	}
	_ = unix.Kill(-pid, unix.SIGKILL)
	until(t, "they are dead", func() bool { return !populated(root) })
}

func TestOwn(t *testing.T) {
	for name, c := range map[string]struct{ text, path, err string }{
		"unified":   {"0::/docker/abc\n", "/docker/abc", ""},
		"hybrid":    {"9:name=systemd:/x\n4:memory:/y\n0::/\n", "/", ""},
		"version 1": {"9:name=systemd:/x\n4:memory:/0::\n", "", "the kernel has no cgroup v2"},
	} {
		t.Run(name, func(t *testing.T) {
			path, err := ownIn(c.text)
			if path != c.path || (err == nil) != (c.err == "") || err != nil && err.Error() != c.err {
				t.Errorf("got %q, %v", path, err)
			}
		})
	}
}

// Whose a group is depends on where we run, and on the mark of delegation.
func TestMine(t *testing.T) {
	root := newRoot(t)
	for name, c := range map[string]struct {
		at   Place
		own  string
		mark string
		ok   bool
	}{
		"container, root of its namespace": {Container, "/", "", true},
		"container, no namespace":          {Container, "/docker/abc", "", false},
		"container, delegated":             {Container, "/docker/abc", "1", true},
		"guest":                            {Guest, "/", "", false},
		"guest, delegated":                 {Guest, "/x", "1", true},
		"guest, refused":                   {Guest, "/x", "0", false},
	} {
		t.Run(name, func(t *testing.T) {
			if c.mark != "" {
				if err := unix.Setxattr(root, "trusted.delegate", []byte(c.mark), 0); err != nil {
					t.Skip(err)
				}
				defer unix.Removexattr(root, "trusted.delegate")
			}
			if err := mine(c.at, root, c.own); (err == nil) != c.ok {
				t.Errorf("got %v", err)
			}
		})
	}
	for at, ok := range map[Place]bool{Machine: true, Container: false, Guest: false} {
		if err := mine(at, t.TempDir(), "/"); (err == nil) != ok { // no cgroup.type
			t.Errorf("the machine's root at %d: %v", at, err)
		}
	}
}

func TestCounter(t *testing.T) {
	dir := t.TempDir()
	text := "low 0\nmax 3\noom 2\noom_kill 7\noom_group_kill 1\n"
	if err := os.WriteFile(filepath.Join(dir, "memory.events"), []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	for key, want := range map[string]uint64{"oom": 2, "oom_kill": 7, "none": 0} {
		if got := counter(dir, "memory.events", key); got != want {
			t.Errorf("%s is %d, want %d", key, got, want)
		}
	}
	if got := counter(dir, "none", "oom"); got != 0 {
		t.Errorf("a file that is not there says %d", got)
	}
}
