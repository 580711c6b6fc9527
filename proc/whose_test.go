package proc

import (
	"os"
	"strconv"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"zinit/proc/procfs"
	"zinit/supervisor"
)

// pidIn waits for a file with a pid in it.
func (w *world) pidIn(path string) int {
	w.t.Helper()
	pid := 0
	until(w.t, "a pid in "+path, func() bool {
		text, _ := os.ReadFile(path)
		if !strings.HasSuffix(string(text), "\n") {
			return false
		}
		pid, _ = strconv.Atoi(strings.TrimSpace(string(text)))
		return pid > 1
	})
	return pid
}

func (w *world) isWhose(what string, pid int, want string) {
	w.t.Helper()
	service, gen, ok := w.Whose(pid)
	if service != want || ok != (want != "") || ok && gen != 1 {
		w.t.Errorf("%s, pid %d, belongs to %q %d %v, want %q", what, pid, service, gen, ok, want)
	}
}

func TestWhose(t *testing.T) {
	w := newWorld(t)
	w.Start()
	child, hidden, orphan := w.dir+"/child", w.dir+"/hidden", w.dir+"/orphan"
	web := w.run(sh("web", "sleep 1000 & echo $! >"+child+
		"; env -i /usr/bin/setsid /bin/sh -c 'echo $$ >"+hidden+"; exec sleep 1000' &"+
		" (setsid sh -c 'echo $$ >"+orphan+"; exec sleep 1000' &); wait"))
	db := w.run(sh("db", "sleep 1000"))
	w.isWhose("the leader", web.Pid, "web")
	w.isWhose("another leader", db.Pid, "db")
	w.isWhose("a child", w.pidIn(child), "web")
	w.isWhose("a child in a session of its own without a mark", w.pidIn(hidden), "web")
	w.isWhose("an orphan in a session of its own", w.pidIn(orphan), "web")
	w.isWhose("the server", os.Getpid(), "")
	w.isWhose("its parent", os.Getppid(), "")
	w.isWhose("nobody", 1<<22+1, "")
	for _, pid := range []int{w.pidIn(child), w.pidIn(hidden), w.pidIn(orphan)} {
		if s, err := procfs.Identify(pid); err == nil {
			_ = killOne(pid, s.Ticks)
		}
	}
}

// What a process has said last is heard after its end.
func TestWhoseWasIt(t *testing.T) {
	w := newWorld(t)
	w.Start()
	child := w.dir + "/child"
	web := w.run(sh("web", "env -i /bin/sh -c 'echo $$ >"+child+"; exec sleep 1000' & exec true"))
	pid := w.pidIn(child)
	w.exited(web.Pid)
	until(t, "the leader is reaped", func() bool { _, err := procfs.Identify(web.Pid); return err != nil })
	w.isWhose("the leader that was", web.Pid, "web")
	w.isWhose("who is left in its session", pid, "web")
	s, err := procfs.Identify(pid)
	if err != nil {
		t.Fatal(err)
	}
	_ = killOne(pid, s.Ticks)
	until(t, "the other is reaped", func() bool { _, err := procfs.Identify(pid); return err != nil })
	w.isWhose("the other that was", pid, "web")
}

// An adopted one is its service's too.
func TestWhoseIsAdopted(t *testing.T) {
	var l leaders
	l.adopt(500, 7, incarnation{"web", 3})
	if who, ok := l.whose(500); !ok || who != (incarnation{"web", 3}) {
		t.Error(who, ok)
	}
	l.end(600) // an orphan that nobody knew
	l.remove(600)
	if who, ok := l.late(600); ok {
		t.Error(who)
	}
}

// What is remembered is bounded.
func TestWhoseForgets(t *testing.T) {
	var b bygone
	var s senders
	for pid := range 3 * bygoneMost {
		b.add(pid, &leader{})
		s.add(pid, sender{at: supervisor.Instant(pid)})
	}
	if len(b.pids) != bygoneMost || len(b.line) != bygoneMost || len(s.all) > sendersMost {
		t.Error(len(b.pids), len(b.line), len(s.all))
	}
	if _, ok := b.pids[3*bygoneMost-1]; !ok {
		t.Error("the newest is not there")
	}
}

// TestWhoseAtBirth asks for a process whose birth is not known yet: it may speak before
// the spawner does.
func TestWhoseAtBirth(t *testing.T) {
	w := newWorld(t)
	w.Start()
	born := w.run(sh("web", "exec env -i A=b sleep 60"))
	defer w.kill(born, unix.SIGKILL)
	until(t, "it has no mark", func() bool { _, found := markOf(born.Pid); return found == unmarked })
	w.leaders.remove(born.Pid)
	w.leaders.mu.Lock()
	w.leaders.gone = bygone{}
	w.leaders.mu.Unlock()
	w.forking.Lock() // as the spawner does
	answer := make(chan string, 1)
	go func() {
		service, _, _ := w.Whose(born.Pid)
		answer <- service
	}()
	select {
	case service := <-answer:
		w.forking.Unlock()
		t.Fatalf("the answer is %q while the birth is under way", service)
	case <-time.After(10 * time.Millisecond):
	}
	w.leaders.add(born.Pid, born.Ticks, incarnation{"shop", 2})
	w.forking.Unlock()
	if service := <-answer; service != "shop" {
		t.Errorf("it is %q's", service)
	}
}
