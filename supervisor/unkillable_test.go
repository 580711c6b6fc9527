package supervisor

import (
	"strings"
	"testing"
	"time"
)

// immortal takes a service's process out of the reach of signals, as the kernel does
// with one that sleeps in a dead file server.
func (w *world) immortal(name string) (pid int) {
	for pid, p := range w.procs {
		if p.Name == name {
			delete(w.procs, pid)
			return pid
		}
	}
	w.t.Fatalf("%s has no process", name)
	return 0
}

func TestUnkillableIsNamed(t *testing.T) {
	w := boot(t, service_("web"))
	pid := w.immortal("web")
	w.step(Stop{Wish: Wish{ID: 1, Wait: true}, Name: "web"})
	w.wait(12 * time.Second)
	w.is(states{"web": StateStopping})
	v, _ := w.core.View("web", w.now)
	if len(v.Left) != 1 || v.Left[0] != pid {
		t.Errorf("pid %d is left, and not named: %v", pid, v.Left)
	}
	if text := Sentence(w.core.Why("web", w.now), w.now); !v.Unkillable || !strings.Contains(text, "not even by SIGKILL") {
		t.Errorf("unkillable: %v, why: %s", v.Unkillable, text)
	}
	refusal := w.answers[1].Refusal
	if refusal == nil || refusal.Kind != HasFailed || !strings.Contains(refusal.Text, "web") {
		t.Errorf("the stop is answered with %+v", w.answers[1])
	}
	w.step(Exited{Pid: pid, Status: Status{Signal: 9}})
	w.is(states{"web": StateExited})
	if v, _ = w.core.View("web", w.now); len(v.Left) != 0 {
		t.Errorf("%v is left of what has ended", v.Left)
	}
}

// The shutdown does not wait for it longer than the stop timeout and a second.
func TestUnkillableDoesNotHoldUpTheShutdown(t *testing.T) {
	w := boot(t, service_("app", requires("db")), service_("db"))
	w.immortal("app")
	w.step(Shutdown{Wish: Wish{ID: 1}})
	w.wait(10 * time.Second)
	w.is(states{"db": StateRunning})
	w.wait(time.Second)
	w.is(states{"db": StateExited})
	if len(w.ended) != 1 {
		t.Errorf("ended %d times", len(w.ended))
	}
}

// Of a group whose leader is dead the others are left: its number may be anybody's.
func TestUnkillableMember(t *testing.T) {
	w := boot(t, service_("web"))
	w.lasting, w.stiff = true, true
	w.step(Stop{Name: "web"})
	w.end("web", Exited{Left: true, Status: Status{Signal: 15}})
	w.wait(15 * time.Second)
	if v, _ := w.core.View("web", w.now); !v.Unkillable || len(v.Left) != 0 {
		t.Errorf("unkillable %v, left %v", v.Unkillable, v.Left)
	}
}
