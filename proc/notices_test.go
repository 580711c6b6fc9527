package proc

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"zinit/configs"
	"zinit/supervisor"
)

// speakAsTold is a service that says to NOTIFY_SOCKET what it is told at a socket, and
// answers when that is done.
func speakAsTold(path string) {
	program, _ := os.Executable()
	orders, err := net.ListenUnixgram("unixgram", &net.UnixAddr{Name: path})
	if err != nil {
		panic(err)
	}
	buf := make([]byte, 1<<16)
	for {
		n, from, err := orders.ReadFromUnix(buf)
		if err != nil {
			panic(err)
		}
		how, text, _ := strings.Cut(string(buf[:n]), " ")
		answer := "done"
		switch how {
		case "say":
			say(text)
		case "child":
			answer = by(exec.Command(program), text)
		case "orphan": // in a session of its own
			answer = by(exec.Command("setsid", "-f", program), text)
		case "flood":
			for i := range 3000 {
				say(strings.ReplaceAll(text, "N", strconv.Itoa(i)))
			}
		case "barrier":
			barrier()
		}
		if _, err := orders.WriteToUnix([]byte(answer), from); err != nil {
			panic(err)
		}
	}
}

func say(text string) {
	conn, err := net.Dial("unixgram", os.Getenv("NOTIFY_SOCKET"))
	if err != nil {
		panic(err)
	}
	defer conn.Close()
	if _, err := io.WriteString(conn, text); err != nil {
		panic(err)
	}
}

// by has another process of the same program say something.
func by(cmd *exec.Cmd, text string) string {
	cmd.Env = append(os.Environ(), "PROC_TEST_SAY="+text)
	out, err := cmd.CombinedOutput()
	return fmt.Sprint("done ", err, string(out))
}

// barrier waits, as sd_notify_barrier(3) does, until all that was said is read.
func barrier() {
	read, write, err := os.Pipe()
	if err != nil {
		panic(err)
	}
	fd, err := unix.Socket(unix.AF_UNIX, unix.SOCK_DGRAM, 0)
	if err == nil {
		err = unix.Sendmsg(fd, []byte("BARRIER=1"), unix.UnixRights(int(write.Fd())), &unix.SockaddrUnix{Name: os.Getenv("NOTIFY_SOCKET")}, 0)
	}
	if err != nil {
		panic(err)
	}
	unix.Close(fd)
	write.Close()
	_, _ = io.Copy(io.Discard, read)
}

// speaking is a service that a test has speak.
type speaking struct {
	w *world
	supervisor.Spawned
	path string
	conn *net.UnixConn
}

// speaker starts one and begins its probe.
func (w *world) speaker(name string, interval time.Duration, env map[string]string) *speaking {
	w.t.Helper()
	s := &speaking{w: w, path: filepath.Join(w.dir, name+".sock")}
	spec := &configs.Service{Name: name, Command: configs.Command{Argv: []string{"/proc/self/exe"}}, Umask: 0o22, Env: map[string]string{"PROC_TEST_SPEAK": s.path}}
	for key, value := range env {
		spec.Env[key] = value
	}
	spec.Command.Argv[0], _ = os.Executable()
	spec.Health = &configs.Health{Type: configs.HealthNotify, Interval: interval, Timeout: patience, Retries: 3}
	s.Spawned = w.run(spec)
	w.Do(supervisor.Probe{Name: name, Gen: 1, Pid: s.Pid, Check: *spec.Health, Spec: spec})
	var err error
	if s.conn, err = net.ListenUnixgram("unixgram", &net.UnixAddr{Name: s.path + ".test"}); err != nil {
		w.t.Fatal(err)
	}
	w.t.Cleanup(func() { s.conn.Close() })
	until(w.t, name+" listening", func() bool {
		_, err := os.Stat(s.path)
		return err == nil
	})
	return s
}

// do has it do something, and waits until it is done.
func (s *speaking) do(order string) {
	s.w.t.Helper()
	if _, err := s.conn.WriteToUnix([]byte(order), &net.UnixAddr{Name: s.path, Net: "unixgram"}); err != nil {
		s.w.t.Fatal(err)
	}
	_ = s.conn.SetReadDeadline(time.Now().Add(patience))
	buf := make([]byte, 4096)
	n, err := s.conn.Read(buf)
	if err != nil || !bytes.HasPrefix(buf[:n], []byte("done")) {
		s.w.t.Fatalf("%s: %s, %v", order, buf[:n], err)
	}
}

// heard waits until all that was said so far is read, and gives what came of it.
func (s *speaking) heard() []supervisor.Event {
	s.w.t.Helper()
	s.do("barrier")
	for {
		select {
		case ev := <-s.w.events:
			s.w.early = append(s.w.early, ev)
			continue
		default:
		}
		evs := slices.DeleteFunc(s.w.early, func(ev supervisor.Event) bool {
			_, end := ev.(supervisor.Exited) // of a former test's process, perhaps
			return end
		})
		s.w.early = nil
		return evs
	}
}

func notified(w *world, match func(supervisor.Notified) bool) supervisor.Notified {
	w.t.Helper()
	return next(w, match)
}

func TestNotify(t *testing.T) {
	w := newWorld(t)
	w.Start()
	web := w.speaker("web", time.Hour, nil)
	if evs := web.heard(); len(evs) != 0 {
		t.Errorf("before it speaks: %+v", evs)
	}
	web.do("say READY=1\nSTATUS=serving\nX=y")
	if got := w.probed("web"); got != (supervisor.Probed{Name: "web", Gen: 1}) {
		t.Errorf("%+v", got)
	}
	if got := notified(w, func(supervisor.Notified) bool { return true }); got.Name != "web" || got.Gen != 1 || *got.Status != "serving" {
		t.Errorf("%+v", got)
	}
	web.do("say RELOADING=1")
	notified(w, func(n supervisor.Notified) bool { return n.Phase == supervisor.PhaseReloading && n.Status == nil })
	web.do("say READY=1")
	w.probed("web") // which ends that
	web.do(fmt.Sprintf("say MAINPID=%d", web.Pid))
	notified(w, func(n supervisor.Notified) bool { return n.Main == web.Pid })
	web.do("say STOPPING=1\nEXTEND_TIMEOUT_USEC=2000000")
	notified(w, func(n supervisor.Notified) bool {
		return n.Phase == supervisor.PhaseStopping && n.Extend == 2*time.Second
	})
	for _, broken := range []string{"say ", "say \x00\xff\n=\n", "say " + strings.Repeat("x", 20000)} {
		web.do(broken)
	}
	web.do("say STATUS=still heard")
	notified(w, func(n supervisor.Notified) bool { return n.Status != nil && *n.Status == "still heard" })
}

func TestNotifyEnvironment(t *testing.T) {
	w := newWorld(t)
	w.Start()
	spec := sh("web", "echo $NOTIFY_SOCKET $WATCHDOG_USEC $WATCHDOG_PID")
	spec.Env = map[string]string{"NOTIFY_SOCKET": "/own"}
	spec.Health = &configs.Health{Type: configs.HealthNotify, Interval: 1500 * time.Millisecond}
	w.exited(w.run(spec).Pid)
	if got := w.printed("web"); got != notifyAddress(w.Life)+" 1500000\n" {
		t.Errorf("%q", got)
	}
	spec.Health.Type = configs.HealthTCP
	w.exited(w.run(spec).Pid)
	if got := w.printed("web"); got != "/own\n" {
		t.Errorf("%q", got)
	}
}

// READY before the core has heard of the birth is not lost.
func TestReadyAtOnce(t *testing.T) {
	w := newWorld(t)
	w.Start()
	spec := &configs.Service{Name: "web", Umask: 0o22, Env: map[string]string{"PROC_TEST_SAY": "READY=1"}}
	program, _ := os.Executable()
	spec.Command = configs.Command{Argv: []string{program + "; exec sleep 1000"}, Shell: true}
	spec.Health = &configs.Health{Type: configs.HealthNotify, Interval: time.Hour}
	w.run(spec)
	w.probed("web")
}

// A server that dies before READY is on file leaves it to the next one.
func TestReadyWaitsUntilItIsSaved(t *testing.T) {
	w := newWorld(t)
	post, acks := w.Post, make(chan func(), 1)
	w.Post = func(ev supervisor.Event, ack func()) {
		if _, is := ev.(supervisor.Probed); is && ack != nil {
			acks <- ack
			ack = nil
		}
		post(ev, ack)
	}
	w.Start()
	web := w.speaker("web", time.Hour, nil)
	queued := func() (is bool) {
		w.notices.mu.Lock()
		defer w.notices.mu.Unlock()
		raw, err := w.notices.file.SyscallConn()
		if err == nil {
			err = raw.Control(func(fd uintptr) {
				_, _, err := unix.Recvfrom(int(fd), make([]byte, 1), unix.MSG_PEEK|unix.MSG_DONTWAIT)
				is = err == nil
			})
		}
		if err != nil {
			t.Fatal(err)
		}
		return is
	}
	web.do("say READY=1")
	w.probed("web")
	if !queued() {
		t.Error("it is gone before it is saved")
	}
	select {
	case ack := <-acks:
		ack()
	default:
		t.Error("nobody minds whether it is saved")
	}
	until(t, "it is forgotten", func() bool { return !queued() })
	web.do("say STATUS=more")
	notified(w, func(n supervisor.Notified) bool { return n.Status != nil })
}

// The short-lived child of a service speaks for it, and what has left its session.
func TestNotifyByOthersOfTheService(t *testing.T) {
	w := newWorld(t)
	w.Start()
	web := w.speaker("web", time.Hour, nil)
	web.do("orphan READY=1")
	w.probed("web")
	web.do("child STATUS=by a child")
	notified(w, func(n supervisor.Notified) bool { return *n.Status == "by a child" })
}

// Who is of no service, or of another, does not speak for one.
func TestNotifyLiars(t *testing.T) {
	w := newWorld(t)
	w.Start()
	web, db := w.speaker("web", time.Hour, nil), w.speaker("db", time.Hour, nil)
	t.Setenv("NOTIFY_SOCKET", notifyAddress(w.Life))
	say("READY=1") // by the test itself, of no service
	if evs := web.heard(); len(evs) != 0 {
		t.Errorf("heard of a stranger: %+v", evs)
	}
	mark := fmt.Sprintf("ZINIT_SERVICE=web\nZINIT_RUN=%s.1\n", w.Life)
	db.do("say " + mark + "READY=1")
	if got := next(w, func(supervisor.Probed) bool { return true }); got.Name != "db" {
		t.Errorf("heard as %s", got.Name)
	}
	if evs := web.heard(); len(evs) != 0 {
		t.Errorf("heard: %+v", evs)
	}
}

// One that wears the mark of another user's service does not speak for it.
func TestNotifyForgedMark(t *testing.T) {
	if os.Geteuid() != 0 {
		t.Skip("only root can be two users")
	}
	w := newWorld(t)
	w.Start()
	web := w.speaker("web", time.Hour, nil)
	program, err := os.Open("/proc/self/exe")
	if err != nil {
		t.Fatal(err)
	}
	defer program.Close()
	for _, c := range []struct {
		name string
		uid  uint32
		want int
	}{{"nobody's", 65534, 0}, {"root's", 0, 1}} {
		t.Run(c.name, func(t *testing.T) {
			cmd := exec.Command("/proc/self/fd/3") // the directory of the program is closed to others
			cmd.ExtraFiles = []*os.File{program}
			// The child of a test is no descendant of a service: only its mark speaks for it.
			cmd.Env = []string{"ZINIT_SERVICE=web", "ZINIT_RUN=" + w.Life + ".1", "PROC_TEST_SAY=STATUS=" + c.name, "NOTIFY_SOCKET=" + notifyAddress(w.Life)}
			cmd.Dir = "/"
			cmd.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: c.uid, Gid: c.uid}}
			if out, err := cmd.CombinedOutput(); err != nil && !errors.Is(err, unix.ECHILD) { // reaped by the kernel under test
				t.Fatalf("%v: %s", err, out)
			}
			if evs := web.heard(); len(evs) != c.want {
				t.Errorf("heard: %+v", evs)
			}
			<-time.After(voiceRest)
		})
	}
}

// A MAINPID outside of the service's process group is refused, and said so once.
func TestMainPidOfAStranger(t *testing.T) {
	var log lines
	w := newWorld(t)
	w.Log = slog.New(slog.NewTextHandler(&log, nil))
	w.Start()
	web, db := w.speaker("web", time.Hour, nil), w.speaker("db", time.Hour, nil)
	for _, pid := range []int{db.Pid, 1, os.Getpid(), 1 << 30} {
		web.do(fmt.Sprintf("say MAINPID=%d", pid))
	}
	if evs := web.heard(); len(evs) != 0 {
		t.Errorf("%+v", evs)
	}
	if n := strings.Count(log.String(), "MAINPID refused"); n != 1 {
		t.Errorf("%d warnings:\n%s", n, log.String())
	}
}

type lines struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (l *lines) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.Write(p)
}

func (l *lines) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.String()
}

// A flood reaches the core as a trickle, its newest line last, and others are heard.
func TestNotifyFlood(t *testing.T) {
	w := newWorld(t)
	w.Start()
	web, db := w.speaker("web", time.Hour, nil), w.speaker("db", time.Hour, nil)
	flooded := make(chan struct{})
	go func() {
		defer close(flooded)
		web.do("flood READY=1\nRELOADING=1\nWATCHDOG=1\nMAINPID=1\nSTATUS=line N")
	}()
	db.do("say READY=1")
	next(w, func(p supervisor.Probed) bool { return p.Name == "db" })
	<-flooded
	told := 0
	notified(w, func(n supervisor.Notified) bool { told++; return n.Status != nil && *n.Status == "line 2999" })
	if told > 300 {
		t.Errorf("%d tellings of 3000 messages", told)
	}
	next(w, func(p supervisor.Probed) bool { return p.Name == "web" && p.Err == "" })
}

func TestWatchdog(t *testing.T) {
	w := newWorld(t)
	w.Start()
	web := w.speaker("web", 150*time.Millisecond, nil)
	web.do("say READY=1")
	w.probed("web")
	<-time.After(400 * time.Millisecond)
	if evs := web.heard(); len(evs) != 0 {
		t.Errorf("a watchdog that nobody has woken: %+v", evs)
	}
	web.do("say WATCHDOG=1")
	for i := range 3 {
		want := fmt.Sprintf("no watchdog message for %v", time.Duration(i+1)*150*time.Millisecond)
		if got := w.probed("web"); got.Err != want {
			t.Errorf("%+v, not %s", got, want)
		}
	}
	web.do("say WATCHDOG=1")
	next(w, func(p supervisor.Probed) bool { return p.Err == "" })
	w.Do(supervisor.Unprobe{Name: "web", Gen: 1})
	w.early = nil
	<-time.After(400 * time.Millisecond)
	web.do("say READY=1")
	if evs := web.heard(); len(evs) != 0 {
		t.Errorf("after the end: %+v", evs)
	}
}

func TestWatchdogTrigger(t *testing.T) {
	w := newWorld(t)
	w.Start()
	web := w.speaker("web", time.Hour, nil)
	web.do("say READY=1")
	w.probed("web")
	web.do("flood WATCHDOG=trigger")
	evs := web.heard()
	if len(evs) != 3 { // as often as there are retries
		t.Errorf("%+v", evs)
	}
}

// Who takes the address while nobody holds it keeps no service from being heard.
func TestNotifyAddressIsTaken(t *testing.T) {
	w := newWorld(t)
	w.Start()
	squatter, err := NotifySocket(w.Life)
	if err != nil {
		t.Fatal(err)
	}
	defer unix.Close(squatter)
	w.speaker("web", time.Hour, nil).do("say READY=1")
	w.probed("web")
}

// What is said while there is no server is heard by the next one, if somebody has
// kept the socket.
func TestNotifySocketIsKept(t *testing.T) {
	life := fmt.Sprintf("test-%d-%d", os.Getpid(), time.Now().UnixNano())
	fd, err := NotifySocket(life)
	if err != nil {
		t.Fatal(err)
	}
	defer unix.Close(fd)
	t.Setenv("NOTIFY_SOCKET", notifyAddress(life))
	say("READY=1")
	copied, err := unix.FcntlInt(uintptr(fd), unix.F_DUPFD_CLOEXEC, 3)
	if err != nil {
		t.Fatal(err)
	}
	heard := make(chan string, 1)
	w := newWorld(t)
	w.Life, w.Notify = life, copied
	w.Log = slog.New(slog.NewTextHandler(writer(func(line string) { heard <- line }), &slog.HandlerOptions{Level: slog.LevelDebug}))
	w.Start()
	if err := w.listen(); err != nil {
		t.Fatal(err)
	}
	if line := <-heard; !strings.Contains(line, "notification of no service") {
		t.Error(line)
	}
}

type writer func(string)

func (f writer) Write(p []byte) (int, error) { f(string(p)); return len(p), nil }
