package proc

import (
	"fmt"
	"os"
	"strconv"
	"strings"
	"testing"

	"golang.org/x/sys/unix"

	"zinit/proc/procfs"
	"zinit/supervisor"
)

// written waits for a service to have printed a number.
func (w *world) written(name string) int {
	w.t.Helper()
	n := 0
	until(w.t, name+" prints a pid", func() bool {
		text := w.printed(name)
		n, _ = strconv.Atoi(strings.TrimSpace(text))
		return n > 0 && strings.HasSuffix(text, "\n")
	})
	return n
}

func (w *world) kill(born supervisor.Spawned, sig unix.Signal) {
	w.Do(supervisor.Kill{Name: born.Name, Gen: born.Gen, Pid: born.Pid, Ticks: born.Ticks, Sig: int(sig), Cont: true})
}

// killAfter has a process killed, if need be, when the test is over: of one that
// has no mark nobody else knows whose it is.
func killAfter(t *testing.T, pid int) {
	t.Helper()
	if s, err := procfs.Identify(pid); err == nil {
		t.Cleanup(func() { _ = killOne(pid, s.Ticks) })
	}
}

func TestStopsGroup(t *testing.T) {
	w := newWorld(t)
	w.Start()
	born := w.run(sh("web", "sleep 1000 & echo $!; wait"))
	child := w.written("web")
	w.Do(supervisor.Await{Name: "web", Gen: 1, Pid: born.Pid, Escaped: true})
	w.kill(born, unix.SIGTERM)
	if e := w.exited(born.Pid); e.Status.Signal != 15 {
		t.Errorf("got %+v", e)
	}
	if e := w.gone("web"); len(e.Left) > 0 {
		t.Errorf("left: %v", e.Left)
	}
	if _, err := procfs.Identify(child); err == nil {
		t.Error("the child is still there")
	}
}

func TestIgnoresTermThenKill(t *testing.T) {
	w := newWorld(t)
	w.Start()
	born := w.run(sh("web", "trap '' TERM; echo $$; while :; do sleep 1000; done"))
	w.written("web")
	w.kill(born, unix.SIGTERM)
	w.kill(born, unix.SIGKILL)
	if e := w.exited(born.Pid); e.Status.Signal != 9 {
		t.Errorf("got %+v", e)
	}
	w.Do(supervisor.Await{Name: "web", Gen: 1, Pid: born.Pid, Escaped: true})
	w.gone("web")
}

// A stopped process gets its signal only when it goes on.
func TestStoppedProcessIsContinued(t *testing.T) {
	w := newWorld(t)
	w.Start()
	born := w.run(sh("web", "echo $$; exec sleep 1000"))
	w.written("web")
	w.Do(supervisor.Kill{Pid: born.Pid, Ticks: born.Ticks, Sig: int(unix.SIGSTOP)})
	until(t, "it is stopped", func() bool { s, _ := procfs.Identify(born.Pid); return s.State == 'T' })
	w.kill(born, unix.SIGTERM)
	w.exited(born.Pid)
}

func TestEscapeesAreKilled(t *testing.T) {
	for name, line := range map[string]string{
		"setsid":      "setsid sleep 1000 & echo $!; wait",
		"double-fork": "(setsid sh -c 'echo $$; exec sleep 1000' &); sleep 1000",
		"wiped":       "env -i setsid sh -c 'echo $$; exec sleep 1000' & wait",
		"its-child":   "setsid env -i /bin/sh -c 'echo $$; sleep 1000; :' & wait",
	} {
		t.Run(name, func(t *testing.T) {
			if name == "its-child" {
				// The mark is wiped, but its parent, itself escaped, has it.
				line = "setsid sh -c \"env -i /bin/sh -c 'echo \\$\\$; sleep 1000; :'; :\" & wait"
			}
			w := newWorld(t)
			w.Start()
			born := w.run(sh(name, line))
			escaped := w.written(name)
			killAfter(t, escaped)
			other := w.run(sh("other", "sleep 1000"))
			until(t, "it has left the group", func() bool { s, err := procfs.Identify(escaped); return err == nil && s.Pgid != born.Pid })
			w.kill(born, unix.SIGTERM)
			w.exited(born.Pid)
			w.Do(supervisor.Await{Name: name, Gen: 1, Pid: born.Pid, Escaped: true})
			if e := w.gone(name); len(e.Left) > 0 {
				t.Errorf("left: %v", e.Left)
			}
			if s, err := procfs.Identify(escaped); err == nil && !s.Zombie() {
				t.Errorf("process %d escaped: %+v", escaped, s)
			}
			if !procfs.Alive(other.Pid, other.Ticks) {
				t.Error("another service was killed")
			}
			w.kill(other, unix.SIGKILL)
			w.exited(other.Pid)
		})
	}
}

// Without Escaped what left the group is let go.
func TestEscapeesAreLeft(t *testing.T) {
	w := newWorld(t)
	w.Start()
	born := w.run(sh("web", "setsid sh -c 'echo $$; exec sleep 1000' & sleep 1000"))
	escaped := w.written("web")
	w.kill(born, unix.SIGKILL)
	w.exited(born.Pid)
	w.Do(supervisor.Await{Name: "web", Gen: 1, Pid: born.Pid})
	w.gone("web")
	s, err := procfs.Identify(escaped)
	if err != nil || s.Zombie() {
		t.Fatal("it was killed")
	}
	// As its successor's stop does.
	w.Do(supervisor.Await{Name: "web", Gen: 2, Pid: born.Pid, Escaped: true})
	w.gone("web")
	until(t, "it is gone", func() bool { now, err := procfs.Identify(escaped); return err != nil || now.Ticks != s.Ticks })
}

func TestKillSparesOthers(t *testing.T) {
	w := newWorld(t)
	w.Start()
	born := w.run(sh("web", "sleep 1000"))
	w.Do(supervisor.Kill{Pid: born.Pid, Ticks: born.Ticks + 1, Sig: int(unix.SIGKILL)})
	if err := new(Kernel).kill(supervisor.Kill{Pid: 1, Sig: 9}); err == nil {
		t.Error("the group of pid 1 may be killed")
	}
	if err := new(Kernel).kill(supervisor.Kill{Pid: 1 << 22, Ticks: 1, Sig: 9}); err != nil {
		t.Errorf("a group that is gone is an error: %v", err)
	}
	if err := killOne(born.Pid, born.Ticks+1); err != nil {
		t.Error(err)
	}
	if !procfs.Alive(born.Pid, born.Ticks) {
		t.Fatal("it was killed for another")
	}
	w.kill(born, unix.SIGTERM)
	if e := w.exited(born.Pid); e.Status.Signal != int(unix.SIGTERM) {
		t.Errorf("it ended as %+v", e)
	}
}

// Many groups at once are awaited, and each is answered once.
func TestManyAwaits(t *testing.T) {
	w := newWorld(t)
	w.Start()
	const count = 100
	var born []supervisor.Spawned
	for i := range count {
		born = append(born, w.run(sh(fmt.Sprint("s", i), "exec sleep 1000")))
	}
	for _, b := range born {
		w.Do(supervisor.Await{Name: b.Name, Gen: 1, Pid: b.Pid, Escaped: true})
		w.kill(b, unix.SIGKILL)
	}
	answered := map[string]bool{}
	for range count {
		e := next(w, func(supervisor.GroupGone) bool { return true })
		if answered[e.Name] || len(e.Left) > 0 {
			t.Errorf("odd answer %+v", e)
		}
		answered[e.Name] = true
	}
}

func TestTree(t *testing.T) {
	w := newWorld(t)
	w.Start()
	born := w.run(sh("web", "sleep 1001 & (setsid sleep 1002 &); echo $!; wait"))
	child := w.written("web")
	var tree Process
	until(t, "both sleeps are seen", func() bool {
		tree, _ = w.Tree("web", born.Pid)
		return len(tree.Children) == 2 && strings.HasPrefix(tree.Children[0].Command, "sleep") &&
			tree.Children[1].Command == "sleep 1002" && tree.Children[1].Pgid != born.Pid
	})
	if tree.Pid != born.Pid || tree.Ppid != os.Getpid() || tree.Pgid != born.Pid || tree.State == "" ||
		!strings.HasPrefix(tree.Command, "/bin/sh -c sleep 1001") {
		t.Errorf("tree is %+v", tree)
	}
	if c := tree.Children[0]; c.Pid != child || c.Ppid != born.Pid || c.Command != "sleep 1001" {
		t.Errorf("child is %+v", c)
	}
	if all, ok := w.Tree("web", 0); ok || len(all.Children) != 2 {
		t.Errorf("without a leader there is %+v", all)
	}
	w.kill(born, unix.SIGKILL)
	w.Do(supervisor.Await{Name: "web", Gen: 1, Pid: born.Pid, Escaped: true})
	w.gone("web")
	if _, ok := w.Tree("web", born.Pid); ok {
		t.Error("a tree without a root")
	}
}

// What leaves the group after the stop signal is seen when SIGKILL follows.
func TestLateEscapee(t *testing.T) {
	w := newWorld(t)
	w.Start()
	born := w.run(sh("web", `trap "env -i setsid sh -c 'echo \$\$; exec sleep 1000' &" TERM
		echo ready >&2; while :; do sleep 0.02; done`))
	until(t, "it is ready", func() bool { text, _ := os.ReadFile(w.err("web")); return len(text) > 0 })
	w.kill(born, unix.SIGTERM)
	escaped := w.written("web")
	killAfter(t, escaped)
	s, err := procfs.Identify(escaped)
	if err != nil || s.Pgid == born.Pid {
		t.Fatalf("it is %+v, %v", s, err)
	}
	w.Do(supervisor.Kill{Name: "web", Gen: 1, Pid: born.Pid, Ticks: born.Ticks, Sig: int(unix.SIGKILL)})
	w.exited(born.Pid)
	w.Do(supervisor.Await{Name: "web", Gen: 1, Pid: born.Pid, Escaped: true})
	if e := w.gone("web"); len(e.Left) > 0 {
		t.Errorf("left: %v", e.Left)
	}
	if now, err := procfs.Identify(escaped); err == nil && now.Ticks == s.Ticks && !now.Zombie() {
		t.Errorf("%+v escaped", now)
	}
	if !w.runaways.none() {
		t.Error("the dead are remembered")
	}
}

// A service can make us remember no more than so many, and only what left its group.
func TestRunawaysAreBounded(t *testing.T) {
	w := newWorld(t)
	w.Start()
	born := w.run(sh("web", "sleep 1000 & for i in 1 2 3; do setsid sleep 1001 & done; sleep 0.1; echo $$; wait"))
	w.written("web")
	var all map[int]uint64
	until(t, "three are out", func() bool { all = outside(born.Pid, nil, runawaysMost); return len(all) == 3 })
	for pid, ticks := range all {
		if s, err := procfs.Identify(pid); err != nil || s.Ticks != ticks || s.Session != pid {
			t.Errorf("it is %+v, %v", s, err)
		}
	}
	if few := outside(born.Pid, nil, 2); len(few) > 2 {
		t.Errorf("of two looked at %v left the group", few)
	}
	w.Do(supervisor.Kill{Name: "web", Gen: 1, Pid: born.Pid, Ticks: born.Ticks, Sig: int(unix.SIGUSR1)})
	if !w.runaways.none() {
		t.Error("a signal that ends nothing is preceded by a search")
	}
	w.kill(born, unix.SIGKILL)
	w.exited(born.Pid)
	w.Do(supervisor.Await{Name: "web", Gen: 1, Pid: born.Pid, Escaped: true})
	if e := w.gone("web"); len(e.Left) > 0 {
		t.Errorf("left: %v", e.Left)
	}
}
