package proc

import (
	"bufio"
	"fmt"
	"log/slog"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/sys/unix"

	"zinit/configs"
	"zinit/proc/launch"
	"zinit/proc/procfs"
	"zinit/supervisor"
)

// TestMain lets the test binary be a server: it spawns what it is told to, tells
// the pids, and waits to be killed. And it is what carries out the orders of births.
func TestMain(m *testing.M) {
	if os.Args[0] == launch.Name {
		os.Exit(launch.Main(os.Args[1:], os.Environ()))
	}
	if life := os.Getenv("PROC_TEST_SERVER"); life != "" {
		serve(life)
		return
	}
	if text := os.Getenv("PROC_TEST_SAY"); text != "" {
		say(text)
		barrier() // as systemd-notify(1) does
		return
	}
	if path := os.Getenv("PROC_TEST_SPEAK"); path != "" {
		speakAsTold(path)
		return
	}
	if os.Getenv("PROC_TEST_THREADS") != "" {
		fmt.Printf("called on the first: %v\n", unix.Gettid() == os.Getpid())
		onThread(func() { fmt.Printf("runs on the first: %v\n", unix.Gettid() == os.Getpid()) })
		return
	}
	os.Exit(m.Run())
}

func serve(life string) {
	k, err := NewKernel(KernelOptions{
		Life: life, Env: []string{"PATH=/usr/bin:/bin"}, Log: slog.New(slog.DiscardHandler),
		Post: func(ev supervisor.Event, ack func()) {
			if e, ok := ev.(supervisor.Spawned); ok {
				fmt.Println(e.Name, e.Pid, e.Ticks)
			}
			if ack != nil {
				ack()
			}
		},
	})
	if err != nil {
		panic(err)
	}
	k.Start()
	input := bufio.NewScanner(os.Stdin)
	for input.Scan() {
		name, line, _ := strings.Cut(input.Text(), " ")
		spec := &configs.Service{Name: name, Command: configs.Command{Argv: []string{line}, Shell: true}}
		k.Do(supervisor.Spawn{Name: name, Gen: 3, Spec: spec})
	}
}

// former is a server that is about to die.
type former struct {
	t    *testing.T
	cmd  *exec.Cmd
	in   interface{ Write([]byte) (int, error) }
	out  *bufio.Scanner
	life string
}

func newFormer(t *testing.T) *former {
	t.Helper()
	return newFormerBy(t, exec.Command("/proc/self/exe"))
}

// newFormerBy has a server started by a command that execs this binary.
func newFormerBy(t *testing.T, cmd *exec.Cmd) *former {
	t.Helper()
	// Its orphans become ours, as if we were init.
	if err := unix.Prctl(unix.PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0); err != nil {
		t.Fatal(err)
	}
	f := &former{t: t, life: fmt.Sprint("life-", os.Getpid(), t.Name()), cmd: cmd}
	f.cmd.Env = []string{"PROC_TEST_SERVER=" + f.life}
	f.cmd.Stderr = os.Stderr
	in, err := f.cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	out, err := f.cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := f.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	f.in, f.out = in, bufio.NewScanner(out)
	return f
}

func (f *former) spawn(name, line string) supervisor.Record {
	f.t.Helper()
	fmt.Fprintln(f.in, name, line)
	r := supervisor.Record{State: supervisor.StateRunning, Gen: 3}
	if !f.out.Scan() {
		f.t.Fatal("the server says nothing")
	}
	if _, err := fmt.Sscan(f.out.Text(), &r.Name, &r.Pid, &r.Ticks); err != nil {
		f.t.Fatal(err)
	}
	return r
}

func (f *former) die() {
	_ = f.cmd.Process.Kill()
	_ = f.cmd.Wait()
}

func reapOrphan(t *testing.T, pid int) {
	t.Helper()
	if got, err := unix.Wait4(pid, nil, 0, nil); got != pid {
		t.Fatalf("cannot reap %d: %v", pid, err)
	}
}

func TestAdopt(t *testing.T) {
	f := newFormer(t)
	web := f.spawn("web", "sleep 1000")
	told := f.spawn("told", "sleep 1000")
	code := f.spawn("code", "trap 'exit 42' TERM; while :; do sleep 0.02; done")
	stray := f.spawn("stray", "sleep 1000")
	f.die()

	w := newWorld(t)
	w.Life = f.life
	intent := supervisor.Record{Name: "web", Gen: 3, State: supervisor.StateStarting}
	unborn := supervisor.Record{Name: "unborn", Gen: 3, State: supervisor.StateStarting}
	past := supervisor.Record{Name: "past", Gen: 1, State: supervisor.StateRunning, Pid: web.Pid, Ticks: web.Ticks - 1}
	stopped := supervisor.Record{Name: "told", Gen: 3, State: supervisor.StateStopping}
	got := w.Adopt([]supervisor.Record{intent, code, unborn, past, stopped})
	if got[4].Pid != told.Pid || got[4].Ticks != told.Ticks {
		t.Errorf("the intent that was told to stop became %+v, want pid %d", got[4], told.Pid)
	}
	if got[0].Pid != web.Pid || got[0].Ticks != web.Ticks {
		t.Errorf("the intent became %+v, want pid %d", got[0], web.Pid)
	}
	if got[2].Pid != 0 {
		t.Errorf("what was not born has pid %d", got[2].Pid)
	}
	// Nobody but the watch is to tell of the ends: this kernel is not started,
	// and the test reaps like init would.
	reapOrphan(t, stray.Pid)
	if err := unix.Kill(code.Pid, unix.SIGTERM); err != nil {
		t.Fatal(err)
	}
	reapOrphan(t, code.Pid)
	e := w.exited(code.Pid)
	if e.Ticks != code.Ticks || e.Status != (supervisor.Status{Code: 42}) && !e.Status.Unknown {
		t.Errorf("got %+v, want code 42 or unknown", e)
	}
	t.Logf("exit status of an adopted process: %+v", e.Status)

	if err := unix.Kill(told.Pid, unix.SIGKILL); err != nil {
		t.Fatal(err)
	}
	reapOrphan(t, told.Pid)
	w.exited(told.Pid)
	w.kill(supervisor.Spawned{Pid: web.Pid, Ticks: web.Ticks}, unix.SIGTERM)
	w.Do(supervisor.Await{Name: "web", Gen: 3, Pid: web.Pid, Escaped: true})
	reapOrphan(t, web.Pid)
	w.exited(web.Pid)
	w.gone("web")
}

// escaping is a command whose child leaves the group and prints its pid to file.
func escaping(wrap, file string) string {
	return wrap + " setsid sh -c 'echo $$ > " + file + "; exec sleep 1000' & sleep 1000"
}

// pidIn waits for a pid in a file.
func pidIn(t *testing.T, file string) (pid int) {
	t.Helper()
	until(t, "a pid is in "+file, func() bool {
		text, _ := os.ReadFile(file)
		n, _ := fmt.Sscan(string(text), &pid)
		return n == 1
	})
	killAfter(t, pid)
	return pid
}

// What an adopted service let go is found by its mark, or was seen to go.
func TestAdoptedEscapee(t *testing.T) {
	for name, wrap := range map[string]string{"marked": "", "wiped": "env -i"} {
		t.Run(name, func(t *testing.T) {
			f := newFormer(t)
			file := filepath.Join(t.TempDir(), "pid")
			web := f.spawn("web", escaping(wrap, file))
			escaped := pidIn(t, file)
			f.die()
			w := newWorld(t)
			w.Life = f.life
			w.self = web.Pid // as if the orphans went to another, from whom they do not descend
			w.Adopt([]supervisor.Record{web})
			w.Start()
			if !procfs.Alive(web.Pid, web.Ticks) {
				t.Fatal("it did not live on")
			}
			w.kill(supervisor.Spawned{Name: "web", Pid: web.Pid, Ticks: web.Ticks}, unix.SIGKILL)
			w.exited(web.Pid)
			w.Do(supervisor.Await{Name: "web", Gen: 3, Pid: web.Pid, Escaped: true})
			if e := w.gone("web"); len(e.Left) > 0 {
				t.Errorf("left: %v", e.Left)
			}
			if s, err := procfs.Identify(escaped); err == nil && !s.Zombie() {
				t.Errorf("%+v is still there", s)
			}
		})
	}
}

// reads counts the read system calls of this process so far, proc_pid_io(5).
func reads(t *testing.T) (n int) {
	t.Helper()
	text, err := os.ReadFile("/proc/self/io")
	if err != nil {
		t.Skip(err)
	}
	for line := range strings.Lines(string(text)) {
		_, _ = fmt.Sscanf(line, "syscr: %d", &n)
	}
	return n
}

// The end of many adopted services takes a few sweeps over /proc, not one for each,
// and after it no more is swept than if there had never been any.
func TestManyAdopted(t *testing.T) {
	const count = 60
	f := newFormer(t)
	var web []supervisor.Record
	for i := range count {
		web = append(web, f.spawn(fmt.Sprint("web", i), "exec sleep 1000"))
	}
	last := f.spawn("last", "exec sleep 1000")
	f.die()
	w := newWorld(t)
	w.Life = f.life
	w.Adopt(append(web, last))
	w.Start()
	before := reads(t)
	_, suspects := w.suspects()
	marksOf(suspects)
	sweep := reads(t) - before
	for _, r := range web {
		w.kill(supervisor.Spawned{Name: r.Name, Pid: r.Pid, Ticks: r.Ticks}, unix.SIGKILL)
	}
	for _, r := range web {
		w.exited(r.Pid)
	}
	before = reads(t)
	for _, r := range web {
		w.Do(supervisor.Await{Name: r.Name, Gen: 3, Pid: r.Pid, Escaped: true})
		until(t, "it is taken", func() bool { // so that each could have a sweep of its own
			w.asked.mu.Lock()
			defer w.asked.mu.Unlock()
			return len(w.asked.items) == 0
		})
	}
	for _, r := range web {
		w.gone(r.Name)
	}
	if took := reads(t) - before; took > count/2*sweep {
		t.Errorf("%d reads for %d services, with %d for a sweep", took, count, sweep)
	}
	if !w.adopted.Load() {
		t.Error("one lives, and that is forgotten")
	}
	w.kill(supervisor.Spawned{Name: "last", Pid: last.Pid, Ticks: last.Ticks}, unix.SIGKILL)
	w.exited(last.Pid)
	w.Do(supervisor.Await{Name: "last", Gen: 3, Pid: last.Pid, Escaped: true})
	w.gone("last")
	if w.adopted.Load() {
		t.Error("none lives, and still all of /proc is swept")
	}
}

// As long as something of an adopted service lives, its mark is looked for.
func TestAdoptedUntilTheLast(t *testing.T) {
	f := newFormer(t)
	file := filepath.Join(t.TempDir(), "pid")
	web, db := f.spawn("web", escaping("", file)), f.spawn("db", "exec sleep 1000")
	escaped := pidIn(t, file)
	f.die()
	w := newWorld(t)
	w.Life = f.life
	w.self = web.Pid
	w.Adopt([]supervisor.Record{web, db})
	w.Start()
	end := func(r supervisor.Record, escaped, adopted bool) {
		t.Helper()
		w.Do(supervisor.Kill{Name: r.Name, Gen: 3, Pid: r.Pid, Ticks: r.Ticks, Sig: int(unix.SIGTERM)})
		w.exited(r.Pid)
		w.Do(supervisor.Await{Name: r.Name, Gen: 3, Pid: r.Pid, Escaped: escaped})
		w.gone(r.Name)
		if w.adopted.Load() != adopted {
			t.Errorf("after %s it is %v that something adopted is left", r.Name, !adopted)
		}
	}
	end(web, false, true)
	end(db, true, true)
	w.Do(supervisor.Await{Name: "web", Gen: 4, Pid: web.Pid, Escaped: true})
	w.gone("web")
	if s, err := procfs.Identify(escaped); err == nil && !s.Zombie() {
		t.Errorf("%+v is still there", s)
	}
	w.Do(supervisor.Await{Name: "web", Gen: 4, Pid: web.Pid, Escaped: true})
	w.gone("web")
	if w.adopted.Load() {
		t.Error("nothing is left, and still all of /proc is swept")
	}
}

// A leader whose parent does not reap it holds nobody up.
func TestAdoptedZombie(t *testing.T) {
	f := newFormer(t)
	web := f.spawn("web", "exec sleep 1000")
	f.die()
	w := newWorld(t)
	w.Life = f.life
	w.Adopt([]supervisor.Record{web})
	w.kill(supervisor.Spawned{Pid: web.Pid, Ticks: web.Ticks}, unix.SIGTERM)
	if e := w.exited(web.Pid); !e.Status.Unknown || e.Left {
		t.Errorf("got %+v", e)
	}
	// At the first look: no thorough one is waited for.
	pending := map[int]*waiting{web.Pid: {Await: supervisor.Await{Name: "web", Gen: 3, Pid: web.Pid, Escaped: true}}}
	w.check(pending, []int{web.Pid}, false)
	w.gone("web")
	if s, err := procfs.Identify(web.Pid); err != nil || !s.Zombie() {
		t.Errorf("it is %+v, %v, and not a zombie", s, err)
	}
	reapOrphan(t, web.Pid)
}

func TestLost(t *testing.T) {
	f := newFormer(t)
	live := f.spawn("live", "sleep 1000")
	dead := f.spawn("dead", "sleep 1000 & exec sleep 1001")
	f.die()
	until(t, "it has a child", func() bool { s, _ := procfs.Identify(dead.Pid); return s.Command == "sleep" })
	if err := unix.Kill(dead.Pid, unix.SIGKILL); err != nil {
		t.Fatal(err)
	}
	reapOrphan(t, dead.Pid)
	w := newWorld(t)
	w.Life = f.life
	ended := supervisor.Record{Name: "ended", Gen: 3, Pid: 1 << 22, Dead: true, State: supervisor.StateStopping}
	records := w.Adopt([]supervisor.Record{live, dead, ended})
	lost := w.Lost(records)
	want := supervisor.Exited{Pid: dead.Pid, Ticks: dead.Ticks, Status: supervisor.Status{Unknown: true}, Left: true}
	if len(lost) != 1 || lost[0] != want {
		t.Errorf("lost are %+v, want %+v", lost, want)
	}
	w.Start()
	for _, r := range records[:2] {
		w.kill(supervisor.Spawned{Pid: r.Pid, Ticks: 0}, unix.SIGKILL)
		w.Do(supervisor.Await{Name: r.Name, Gen: 3, Pid: r.Pid})
		w.gone(r.Name)
	}
}
