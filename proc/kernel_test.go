package proc

import (
	"fmt"
	"log/slog"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"zinit/configs"
	"zinit/supervisor"
)

// patience is how long a test waits for what must come; it is no measure of speed.
const patience = 20 * time.Second

// world is a kernel with nobody but the test above it.
type world struct {
	*Kernel
	t      *testing.T
	dir    string
	events chan supervisor.Event
	early  []supervisor.Event // came while another was waited for
}

func newWorld(t *testing.T) *world {
	t.Helper()
	w := &world{t: t, dir: t.TempDir(), events: make(chan supervisor.Event, 10000)}
	k, err := NewKernel(KernelOptions{
		Life: "life-" + filepath.Base(w.dir) + t.Name(),
		Ears: w,
		Env:  []string{"PATH=/usr/bin:/bin", "HOME=/root", "NOTIFY_SOCKET=/x", "LISTEN_FDS=3", "WATCHDOG_PID=1", "ZINIT_SERVICE=outer"},
		Log:  slog.New(slog.DiscardHandler),
		Post: func(ev supervisor.Event, ack func()) {
			w.events <- ev
			if ack != nil {
				ack()
			}
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	w.Kernel = k
	t.Cleanup(func() {
		// A test that failed half way leaves nothing behind either.
		all, ours := w.ours()
		for pid := range ours {
			_ = killOne(pid, all[pid].Ticks)
		}
		w.Close()
	})
	return w
}

// Open makes the world its own ears: plain files, which keep what was written.
func (w *world) Open(name string, _, _, _ int) (stdout, stderr string, err error) {
	for _, path := range []string{w.out(name), w.err(name)} {
		if err := os.WriteFile(path, nil, 0o600); err != nil {
			return "", "", err
		}
	}
	return w.out(name), w.err(name), nil
}

func (w *world) Forget(name string) { os.Remove(w.out(name)) }

func (w *world) Relog(*configs.Service) {}

func (w *world) Outputs(name string) []string { return []string{w.out(name), w.err(name)} }

func (w *world) out(name string) string { return filepath.Join(w.dir, name+".out") }
func (w *world) err(name string) string { return filepath.Join(w.dir, name+".err") }

func (w *world) printed(name string) string {
	w.t.Helper()
	text, err := os.ReadFile(w.out(name))
	if err != nil {
		w.t.Fatal(err)
	}
	return string(text)
}

// next waits for the first event that match takes.
func next[E supervisor.Event](w *world, match func(E) bool) E {
	w.t.Helper()
	for i, ev := range w.early {
		if e, ok := ev.(E); ok && match(e) {
			w.early = append(w.early[:i:i], w.early[i+1:]...)
			return e
		}
	}
	late := time.After(patience)
	for {
		select {
		case ev := <-w.events:
			if e, ok := ev.(E); ok && match(e) {
				return e
			}
			w.early = append(w.early, ev)
		case <-late:
			var none E
			w.t.Fatalf("no %T came; others: %+v", none, w.early)
		}
	}
}

func sh(name, line string) *configs.Service {
	return &configs.Service{Name: name, Command: configs.Command{Argv: []string{line}, Shell: true}, Umask: 0o22}
}

// run spawns and waits for the birth.
func (w *world) run(spec *configs.Service) supervisor.Spawned {
	w.t.Helper()
	w.Do(supervisor.Spawn{Name: spec.Name, Gen: 1, Spec: spec})
	return next(w, func(e supervisor.Spawned) bool { return e.Name == spec.Name })
}

func (w *world) exited(pid int) supervisor.Exited {
	w.t.Helper()
	return next(w, func(e supervisor.Exited) bool { return e.Pid == pid })
}

func (w *world) gone(name string) supervisor.GroupGone {
	w.t.Helper()
	return next(w, func(e supervisor.GroupGone) bool { return e.Name == name })
}

// until waits for a condition.
func until(t *testing.T, what string, met func() bool) {
	t.Helper()
	for deadline := time.Now().Add(patience); !met(); <-time.After(time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("never: %s", what)
		}
	}
}

func TestExitStatus(t *testing.T) {
	w := newWorld(t)
	w.Start()
	for name, c := range map[string]struct {
		line string
		want supervisor.Status
	}{
		"success": {"exit 0", supervisor.Status{}},
		"code":    {"exit 7", supervisor.Status{Code: 7}},
		"largest": {"exit 255", supervisor.Status{Code: 255}},
		"signal":  {"kill -TERM $$", supervisor.Status{Signal: 15}},
		"killed":  {"kill -KILL $$", supervisor.Status{Signal: 9}},
	} {
		t.Run(name, func(t *testing.T) {
			born := w.run(sh(name, c.line))
			got := w.exited(born.Pid)
			if got.Status != c.want || got.Left {
				t.Errorf("%q ended as %+v, want %+v and nobody left", c.line, got, c.want)
			}
		})
	}
}

func TestCoreFlag(t *testing.T) {
	if got := statusOf(unix.WaitStatus(0x80 | 11)); got != (supervisor.Status{Signal: 11, Core: true}) {
		t.Errorf("status is %+v", got)
	}
}

// Births and deaths as fast as they go: each pid is told of once as born, once
// as dead, in this order, with the right status.
func TestNoExitIsLost(t *testing.T) {
	w := newWorld(t)
	w.Start()
	const count = 2000
	for i := range count {
		code := "true"
		if i%2 == 1 {
			code = "false"
		}
		spec := &configs.Service{Name: fmt.Sprint("s", i), Command: configs.Command{Argv: []string{code}}}
		w.Do(supervisor.Spawn{Name: spec.Name, Gen: 1, Spec: spec})
	}
	alive := map[int]int{}
	for died, late := 0, time.After(patience); died < count; {
		select {
		case ev := <-w.events:
			switch e := ev.(type) {
			case supervisor.Spawned:
				i := 0
				fmt.Sscanf(e.Name, "s%d", &i)
				alive[e.Pid] = i % 2
			case supervisor.Exited:
				code, known := alive[e.Pid]
				if !known || e.Status != (supervisor.Status{Code: code}) {
					t.Fatalf("%+v: known %v, want code %d", e, known, code)
				}
				delete(alive, e.Pid)
				died++
			default:
				t.Fatalf("unexpected %+v", ev)
			}
		case <-late:
			t.Fatalf("%d of %d exits came", died, count)
		}
	}
}

// Exits that nobody acknowledges stay on the link; those that are leave it.
func TestUnsavedExitsStay(t *testing.T) {
	w := newWorld(t)
	acks := make(chan func(), 10)
	w.Post = func(ev supervisor.Event, ack func()) {
		w.events <- ev
		if _, ok := ev.(supervisor.Exited); ok && ack != nil {
			acks <- ack
		} else if ack != nil {
			ack()
		}
	}
	queued := func() bool {
		bytes, err := unix.IoctlGetInt(int(w.link.send), unix.TIOCOUTQ)
		return err != nil || bytes > 0
	}
	first, second := w.run(sh("a", "exit 1")), w.run(sh("b", "exit 2"))
	w.Start()
	e := next(w, func(e supervisor.Exited) bool { return e.Pid == first.Pid || e.Pid == second.Pid })
	ack := <-acks
	if !queued() {
		t.Fatal("the link is empty though nothing is saved")
	}
	ack()
	other := first.Pid + second.Pid - e.Pid
	w.exited(other)
	until(t, "the link is empty", func() bool {
		select {
		case ack = <-acks: // the other came alone
			ack()
		default:
		}
		return !queued()
	})
}

func TestWhatAServiceGets(t *testing.T) {
	// As a careless starter would have it: a stray descriptor without close-on-exec.
	stray, err := unix.Open("/dev/null", unix.O_RDONLY, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer unix.Close(stray)
	w := newWorld(t)
	w.Start()
	spec := sh("web", "cat /proc/self/status /proc/self/stat; ls -l /proc/self/fd; umask; pwd; env; cat")
	spec.Umask, spec.Dir, spec.Env = 0o27, "/usr", map[string]string{"PORT": "80", "HOME": "/srv"}
	born := w.run(spec)
	if e := w.exited(born.Pid); !e.Status.Success() {
		text, _ := os.ReadFile(w.err("web"))
		t.Fatalf("%+v: %s", e, text)
	}
	got := w.printed("web")
	for _, want := range []string{
		"\nSigBlk:\t0000000000000000\n", "\nSigIgn:\t0000000000000000\n", "\n0027\n", "\n/usr\n", "\nPORT=80\n", "\nHOME=/srv\n",
		"\nZINIT_SERVICE=web\n", "\nZINIT_RUN=" + w.Life + ".1\n", " 0 -> /dev/null\n", " 1 -> " + w.out("web"), " 2 -> " + w.err("web"),
		fmt.Sprintf(" %d %d %d 0 -1 ", born.Pid, born.Pid, born.Pid), // ppid, pgrp, session, no terminal
	} {
		if !strings.Contains(got, want) {
			t.Errorf("no %q in\n%s", want, got)
		}
	}
	for _, unwanted := range []string{"NOTIFY_SOCKET", "LISTEN_FDS", "WATCHDOG_PID", "outer", " 4 -> "} {
		if strings.Contains(got, unwanted) {
			t.Errorf("%q in\n%s", unwanted, got)
		}
	}
}

// What the server was started with is not what services get, but for the limits.
func TestStartedCarelessly(t *testing.T) {
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	var blocked, old unix.Sigset_t
	blocked.Val[0] = 1<<(unix.SIGUSR1-1) | 1<<(unix.SIGTERM-1)
	if err := unix.PthreadSigmask(unix.SIG_BLOCK, &blocked, &old); err != nil {
		t.Fatal(err)
	}
	f := newFormerBy(t, exec.Command("/bin/sh", "-c", "trap '' HUP INT PIPE TSTP TTOU TTIN CHLD USR2; ulimit -Sn 777; exec "+self))
	if err := unix.PthreadSigmask(unix.SIG_SETMASK, &old, nil); err != nil {
		t.Fatal(err)
	}
	defer f.die()
	path := filepath.Join(t.TempDir(), "out")
	f.spawn("web", "cat /proc/self/status /proc/self/limits > "+path+".new; mv "+path+".new "+path)
	var got string
	until(t, "it has looked at itself", func() bool {
		text, err := os.ReadFile(path)
		got = string(text)
		return err == nil
	})
	for _, want := range []string{"\nSigBlk:\t0000000000000000\n", "\nSigIgn:\t0000000000000000\n"} {
		if !strings.Contains(got, want) {
			t.Errorf("no %q in\n%s", want, got)
		}
	}
	if !regexp.MustCompile(`Max open files +777 `).MatchString(got) {
		t.Errorf("the limit is another one in\n%s", got)
	}
}

// Binaries that cannot be opened for now hold up their own services only, even if
// there are more of them than feeders.
func TestSlowBinaries(t *testing.T) {
	w := newWorld(t)
	w.Start()
	var leases []int
	for i := range feeders + 2 {
		name := fmt.Sprint("slow", i)
		path := filepath.Join(w.dir, name)
		if err := os.WriteFile(path, []byte("#!/bin/sh\nexit 5\n"), 0o755); err != nil {
			t.Fatal(err)
		}
		leases = append(leases, lease(t, path))
		w.Do(supervisor.Spawn{Name: name, Gen: 1, Spec: &configs.Service{Name: name, Command: configs.Command{Argv: []string{path}}}})
	}
	for i := range 10 {
		born := w.run(sh(fmt.Sprint("quick", i), "exit 0"))
		w.exited(born.Pid)
	}
	for _, ev := range w.early {
		if e, ok := ev.(supervisor.Spawned); ok && strings.HasPrefix(e.Name, "slow") {
			t.Fatal("it was not held up: the test proves nothing")
		}
	}
	for i, fd := range leases {
		unix.Close(fd) // and with it the lease
		born := next(w, func(e supervisor.Spawned) bool { return e.Name == fmt.Sprint("slow", i) })
		if e := w.exited(born.Pid); e.Status.Code != 5 {
			t.Errorf("got %+v", e)
		}
	}
}

// lease has the kernel keep everybody from opening a file until the descriptor is
// closed, F_SETLEASE of fcntl(2).
func lease(t *testing.T, path string) (fd int) {
	t.Helper()
	fd, err := unix.Open(path, unix.O_RDONLY|unix.O_CLOEXEC, 0)
	if err != nil {
		t.Fatal(err)
	}
	// A spawner just begun may hold a copy of the file's descriptor for a moment.
	until(t, "the file is leased", func() bool {
		_, err := unix.FcntlInt(uintptr(fd), unix.F_SETLEASE, unix.F_WRLCK)
		return err == nil
	})
	return fd
}

func TestStdinWithoutDevNull(t *testing.T) {
	fd, err := openStdin(filepath.Join(t.TempDir(), "null"))
	if err != nil {
		t.Fatal(err)
	}
	defer unix.Close(fd)
	if n, err := unix.Read(fd, make([]byte, 1)); n != 0 || err != nil {
		t.Errorf("read %d, %v, want the end", n, err)
	}
}

func TestForget(t *testing.T) {
	w := newWorld(t)
	w.Start()
	w.exited(w.run(sh("web", "echo hello")).Pid)
	w.Do(supervisor.Forget{Name: "web"})
	if _, err := os.Stat(w.out("web")); err == nil {
		t.Error("its output is still there")
	}
}

// A grandchild that holds stdout keeps nothing from ending.
func TestGrandchildHoldsStdout(t *testing.T) {
	w := newWorld(t)
	w.Start()
	born := w.run(sh("web", "sleep 1000 & exit 3"))
	if e := w.exited(born.Pid); e.Status.Code != 3 || !e.Left {
		t.Errorf("got %+v, want code 3 and somebody left", e)
	}
	w.Do(supervisor.Await{Name: "web", Gen: 1, Pid: born.Pid})
	w.Do(supervisor.Kill{Name: "web", Gen: 1, Pid: born.Pid, Ticks: born.Ticks, Sig: int(unix.SIGKILL)})
	w.gone("web")
	if groupExists(born.Pid) {
		t.Error("the group is still there")
	}
}
