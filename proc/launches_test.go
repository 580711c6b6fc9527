package proc

import (
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"zinit/configs"
	"zinit/proc/link"
	"zinit/proc/procfs"
	"zinit/supervisor"
)

// begin spawns and waits until the program runs.
func (w *world) begin(spec *configs.Service) supervisor.Spawned {
	w.t.Helper()
	born := w.run(spec)
	if !born.Launching {
		w.t.Fatalf("got %+v, which has no orders", born)
	}
	told := next(w, func(e supervisor.Launched) bool { return e.Name == spec.Name })
	if told.Gen != 1 || told.Why != "" {
		w.t.Fatalf("got %+v", told)
	}
	return born
}

// ended runs a service to its end and gives what it printed.
func (w *world) ended(spec *configs.Service) string {
	w.t.Helper()
	born := w.run(spec)
	if got := w.exited(born.Pid); got.Status != (supervisor.Status{}) {
		text, _ := os.ReadFile(w.err(spec.Name))
		w.t.Fatalf("got %+v: %s", got, text)
	}
	return w.printed(spec.Name)
}

func needRoot(t *testing.T) {
	t.Helper()
	if os.Geteuid() != 0 {
		t.Skip("only root can be somebody else")
	}
}

// open lets others into the test's directory.
func (w *world) open() {
	w.t.Helper()
	if err := os.Chmod(filepath.Dir(w.dir), 0o755); err != nil {
		w.t.Fatal(err)
	}
}

// A user is the same with and without a launch: ids, groups, rights, surroundings.
func TestIdentity(t *testing.T) {
	needRoot(t)
	nice := 3
	for name, nice := range map[string]*int{"by fork": nil, "by launch": &nice} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			w.Start()
			w.open()
			spec := sh("web", "id -u; id -g; id -G; pwd; umask; echo $HOME $USER; stat -c %u .; grep CapEff /proc/self/status; nice; readlink /proc/self/fd/0")
			spec.User, spec.Group, spec.Dir, spec.Umask, spec.Nice = "4242", "4343", w.dir, 0o027, nice
			niceness := "0"
			if nice != nil {
				niceness = "3"
			}
			want := fmt.Sprintf("4242\n4343\n4343\n%s\n0027\n/\n0\nCapEff:\t0000000000000000\n%s\n/dev/null\n", w.dir, niceness)
			if got := w.ended(spec); got != want {
				t.Errorf("got %q, want %q", got, want)
			}
		})
	}
}

func TestSurroundings(t *testing.T) {
	w := newWorld(t)
	w.Start()
	path := filepath.Join(w.dir, "env")
	if err := os.WriteFile(path, []byte("A=file\nB=file\nZINIT_SERVICE=forged\nHOME=/file\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	spec := sh("web", "env | grep -v -e ^PWD -e ^_= -e ^SHLVL= -e ^OLDPWD -e ^ZINIT_RUN | sort")
	spec.EnvFile, spec.Env = path, map[string]string{"B": "env"}
	if os.Geteuid() == 0 {
		spec.User = "0"
	}
	got := w.ended(spec)
	for _, line := range []string{"A=file\n", "B=env\n", "HOME=/file\n", "PATH=/usr/bin:/bin\n", "ZINIT_SERVICE=web\n"} {
		if !strings.Contains("\n"+got, "\n"+line) {
			t.Errorf("%q is missing in %q", line, got)
		}
	}
}

// The program runs after all orders, in the same process, marked like any other.
func TestLaunch(t *testing.T) {
	w := newWorld(t)
	w.Start()
	spec := sh("web", "echo $$; ulimit -Sn; cat /proc/self/oom_score_adj; grep -e SigBlk -e SigIgn -e NoNewPrivs /proc/self/status; exec sleep 1000")
	score := 321
	spec.Limits = map[string]configs.Limit{"nofile": {Soft: 77, Hard: 88}}
	spec.OOMScoreAdj, spec.NoNewPrivileges = &score, true
	born := w.begin(spec)
	want := fmt.Sprintf("%d\n77\n321\nSigBlk:\t0000000000000000\nSigIgn:\t0000000000000000\nNoNewPrivs:\t1\n", born.Pid)
	until(t, "it has printed all", func() bool { return len(w.printed("web")) >= len(want) })
	if got := w.printed("web"); got != want {
		t.Errorf("got %q, want %q", got, want)
	}
	s, err := procfs.Identify(born.Pid)
	if err != nil || s.Session != born.Pid || s.Ticks != born.Ticks {
		t.Errorf("it is %+v (%v), born %+v", s, err, born)
	}
	until(t, "it bears its mark", func() bool { m, f := markOf(born.Pid); return f == marked && m.service == "web" })
	w.Do(supervisor.Kill{Name: "web", Gen: 1, Pid: born.Pid, Ticks: born.Ticks, Sig: int(unix.SIGTERM)})
	if got := w.exited(born.Pid); got.Status.Signal != int(unix.SIGTERM) {
		t.Errorf("it ended as %+v", got.Status)
	}
}

// What a service's environment says to Go is said to its program, and not to the
// process that launches it.
func TestLaunchDoesNotObeyTheEnvironment(t *testing.T) {
	w := newWorld(t)
	w.Start()
	spec := sh("web", "echo $GOMEMLIMIT $GODEBUG $GOMAXPROCS")
	spec.Env = map[string]string{"GOMEMLIMIT": "much", "GODEBUG": "inittrace=1", "GOMAXPROCS": "1000000"}
	spec.NoNewPrivileges = true
	if got, want := w.ended(spec), "much inittrace=1 1000000\n"; got != want {
		t.Errorf("got %.300q, want %q", got, want)
	}
}

// Signals are as they are for anybody else: a shell would see to that itself.
func TestLaunchLeavesSignalsAlone(t *testing.T) {
	w := newWorld(t)
	w.Start()
	born := w.begin(&configs.Service{Name: "web", NoNewPrivileges: true, Command: configs.Command{Argv: []string{"sleep", "1000"}}})
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", born.Pid))
	if err != nil {
		t.Fatal(err)
	}
	for _, line := range []string{"SigBlk:\t0000000000000000\n", "SigIgn:\t0000000000000000\n"} {
		if !strings.Contains(string(text), line) {
			t.Errorf("%q is missing in %s", line, text)
		}
	}
}

// A reason comes before the exit of the process that had to give up.
func TestLaunchesThatFail(t *testing.T) {
	w := newWorld(t)
	w.Start()
	many := 40
	for i := range many {
		spec := sh(fmt.Sprint("web", i), "echo it ran")
		spec.TTY = "/dev/no-tty"
		w.Do(supervisor.Spawn{Name: spec.Name, Gen: 1, Spec: spec})
	}
	pids, told := map[int]string{}, map[string]bool{}
	for ended := 0; ended < many; {
		switch e := next(w, func(supervisor.Event) bool { return true }).(type) {
		case supervisor.Spawned:
			pids[e.Pid] = e.Name
		case supervisor.Launched:
			told[e.Name] = e.Why == "cannot take terminal /dev/no-tty: no such file or directory"
		case supervisor.Exited:
			if pids[e.Pid] == "" {
				continue // left by another test
			}
			ended++
			if !told[pids[e.Pid]] || e.Status.Code != 127 || w.printed(pids[e.Pid]) != "" {
				t.Fatalf("%s: %+v, told %v", pids[e.Pid], e, told)
			}
		}
	}
	w.launches.mu.Lock()
	defer w.launches.mu.Unlock()
	if len(w.launches.under) != 0 {
		t.Errorf("left are %v", w.launches.under)
	}
}

// A stop that comes before the program is there ends it all the same, whatever Go
// thinks of the signal.
func TestStopWhileLaunching(t *testing.T) {
	w := newWorld(t)
	w.Start()
	for _, signal := range []unix.Signal{unix.SIGTERM, unix.SIGUSR1, unix.SIGHUP, unix.SIGPIPE} {
		spec := sh("web"+unix.SignalName(signal), "exec sleep 1000")
		spec.NoNewPrivileges = true
		born := w.run(spec)
		w.Do(supervisor.Kill{Name: spec.Name, Gen: 1, Pid: born.Pid, Ticks: born.Ticks, Sig: int(signal)})
		if got := w.exited(born.Pid); got.Status.Signal != int(signal) {
			t.Errorf("%v: it ended as %+v", signal, got.Status)
		}
		if text, _ := os.ReadFile(w.err(spec.Name)); len(text) != 0 {
			t.Errorf("%v: it said %s", signal, text)
		}
	}
}

// A process that is killed half way says nothing but its exit.
func TestKilledWhileLaunching(t *testing.T) {
	w := newWorld(t)
	w.Start()
	fifo := filepath.Join(w.dir, "cgroup.procs")
	if err := unix.Mkfifo(fifo, 0o600); err != nil {
		t.Fatal(err)
	}
	spec := sh("web", "echo it ran")
	b := w.prepare(supervisor.Spawn{Name: "web", Gen: 1, Spec: spec})
	b.command(&configs.Service{NoNewPrivileges: true})
	b.orders.Cgroup = w.dir // it blocks there until somebody reads
	w.ready <- b
	born := next(w, func(e supervisor.Spawned) bool { return e.Name == "web" })
	w.Do(supervisor.Kill{Name: "web", Gen: 1, Pid: born.Pid, Ticks: born.Ticks, Sig: int(unix.SIGKILL)})
	if got := w.exited(born.Pid); got.Status.Signal != int(unix.SIGKILL) {
		t.Errorf("it ended as %+v", got.Status)
	}
	for _, ev := range w.early {
		if e, ok := ev.(supervisor.Launched); ok {
			t.Errorf("it was told %+v", e)
		}
	}
}

// The end of the kernel does not wait for a launch that hangs, nor take its silence
// for an answer.
func TestCloseWhileLaunching(t *testing.T) {
	k := &Kernel{done: make(chan struct{})}
	if err := k.launches.open(); err != nil {
		t.Fatal(err)
	}
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer w.Close()
	k.launches.begin(4711, func(why string) { t.Errorf("it was told %q", why) })
	if err := errors.Join(k.launches.pass(4711, int(r.Fd())), r.Close()); err != nil {
		t.Fatal(err)
	}
	parcel, err := link.Receive(k.launches.receive)
	if err != nil {
		t.Fatal(err)
	}
	pid, one := k.launches.take(parcel)
	if pid != 4711 || one == nil {
		t.Fatalf("the pipe is that of %d", pid)
	}
	k.launches.close()
	k.launched(pid, one)
	k.launches.await(4711, nil)
	if _, err := link.Receive(k.launches.receive); err == nil {
		t.Error("more is waited for")
	}
	_ = errors.Join(unix.Close(k.launches.send), unix.Close(k.launches.receive))
}

// A pipe for which there is no descriptor left holds up neither the service nor the exits.
func TestLaunchWithoutItsPipe(t *testing.T) {
	k := &Kernel{KernelOptions: KernelOptions{Log: slog.New(slog.DiscardHandler)}, done: make(chan struct{})}
	if err := k.launches.open(); err != nil {
		t.Fatal(err)
	}
	defer unix.Close(k.launches.send)
	k.launches.split <- false
	k.running.Go(k.hearLaunches)
	told := make(chan string, 1)
	k.launches.begin(4711, func(why string) { told <- why })
	if err := link.Sender(k.launches.send).Send(link.Message{"launch", "4711"}); err != nil {
		t.Fatal(err)
	}
	select {
	case why := <-told:
		if why != "" {
			t.Errorf("it was told %q", why)
		}
	case <-time.After(patience):
		t.Error("nobody is told how it went")
	}
	until(t, "it is over", func() bool { return k.launches.of(4711) == nil })
	close(k.done)
	k.launches.close()
	k.running.Wait()
}

// What can be known before a process is wasted on it fails the birth.
func TestBirthsThatAreRefused(t *testing.T) {
	needRoot(t)
	w := newWorld(t)
	w.Start()
	w.open()
	shut := filepath.Join(w.dir, "shut")
	if err := os.Mkdir(shut, 0o700); err != nil {
		t.Fatal(err)
	}
	secret := filepath.Join(shut, "secret")
	if err := os.WriteFile(secret, []byte("#!/bin/sh\n"), 0o755); err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		change func(*configs.Service)
		want   string
	}{
		"unknown user":  {func(s *configs.Service) { s.User = "no-web" }, "cannot run as user no-web: there is none of that name in /etc/passwd"},
		"unknown group": {func(s *configs.Service) { s.Group = "no-web" }, "cannot run as group no-web: there is none of that name in /etc/group"},
		"no env_file":   {func(s *configs.Service) { s.EnvFile = w.dir + "/gone" }, "cannot read env_file " + w.dir + "/gone: no such file or directory"},
		"capability": {func(s *configs.Service) { s.Capabilities = []string{"CAP_FLY"} },
			"cannot give the capability CAP_FLY: zinit does not have it itself"},
		"shut dir": {func(s *configs.Service) { s.User, s.Dir = "4242", shut },
			"cannot run /bin/true: user id 4242 has no right to execute or enter " + shut + " (mode 0700)"},
		"shut program": {func(s *configs.Service) { s.User, s.Command.Argv = "4242", []string{secret} },
			"cannot run " + secret + ": user id 4242 has no right to execute or enter " + shut + " (mode 0700)"},
		"dir of no use": {func(s *configs.Service) { s.User, s.Dir = "4242", "/gone" }, "cannot run /bin/true: working directory /gone: no such directory"},
	} {
		t.Run(name, func(t *testing.T) {
			spec := &configs.Service{Name: name, Command: configs.Command{Argv: []string{"/bin/true"}}}
			c.change(spec)
			w.Do(supervisor.Spawn{Name: name, Gen: 4, Spec: spec})
			got := next(w, func(e supervisor.SpawnFailed) bool { return e.Name == name && e.Gen == 4 })
			if got.Why != c.want {
				t.Errorf("got %q, want %q", got.Why, c.want)
			}
		})
	}
}

// A command is looked for with the eyes of the user: what is in root's own directory
// is none of theirs.
func TestFindsCommandsOfAUser(t *testing.T) {
	needRoot(t)
	w := newWorld(t)
	w.Start()
	w.open()
	for _, place := range []struct {
		dir  string
		mode os.FileMode
	}{{"mine", 0o700}, {"all", 0o755}} {
		dir := filepath.Join(w.dir, place.dir)
		if err := os.Mkdir(dir, place.mode); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(dir+"/tool", []byte("#!/bin/sh\necho "+place.dir+"\n"), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	for user, want := range map[string]string{"": "mine\n", "4242": "all\n"} {
		spec := &configs.Service{Name: "web" + user, User: user, Command: configs.Command{Argv: []string{"tool"}}}
		spec.Env = map[string]string{"PATH": w.dir + "/mine:" + w.dir + "/all:/bin"}
		if got := w.ended(spec); got != want {
			t.Errorf("user %q ran %q, want %q", user, got, want)
		}
	}
}

func TestWhereOutputGoes(t *testing.T) {
	w := newWorld(t)
	w.Start()
	for output, want := range map[configs.Output]string{
		configs.OutputRing: "files", configs.OutputNull: "/dev/null", configs.OutputInherit: "ours",
	} {
		spec := sh("web"+string(output), "exec sleep 1000")
		spec.Log.Stdout = output
		born := w.run(spec)
		for _, fd := range []string{"1", "2"} {
			got, err := os.Readlink(fmt.Sprintf("/proc/%d/fd/%s", born.Pid, fd))
			want := want
			switch want {
			case "files":
				want = map[string]string{"1": w.out(spec.Name), "2": w.err(spec.Name)}[fd]
			case "ours":
				want, _ = os.Readlink("/proc/self/fd/" + fd)
			}
			if err != nil || got != want {
				t.Errorf("%s: fd %s is %s (%v), want %s", output, fd, got, err, want)
			}
		}
		w.Do(supervisor.Kill{Pid: born.Pid, Ticks: born.Ticks, Sig: int(unix.SIGKILL)})
		w.exited(born.Pid)
	}
}

func TestBuiltinIsOurselves(t *testing.T) {
	p, err := finder{dir: "/", mode: "machine"}.find(configs.Command{Argv: []string{"sysctl"}, Builtin: true})
	if err != nil || p.path != "/proc/self/exe" || strings.Join(p.argv, " ") != "zinit-builtin sysctl machine" || p.held != -1 {
		t.Errorf("got %+v, %v", p, err)
	}
}
