package proc

import (
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"zinit/proc/procfs"
)

// TestUsage looks at a service with a child that has a session of its own and burns
// processor time, beside one that sleeps.
func TestUsage(t *testing.T) {
	w := newWorld(t)
	w.Start()
	orphan := w.run(sh("orphan", "(sleep 60 & ) ; exec sleep 60"))
	defer w.kill(orphan, unix.SIGKILL)
	until(t, "the orphan counts", func() bool { return w.UsageOf("orphan", orphan.Pid).Processes == 2 })
	busy := w.run(sh("busy", "setsid sh -c 'while :; do :; done' & exec sleep 60"))
	idle := w.run(sh("idle", "exec sleep 60 5<&0 6<&0"))
	leaders := map[string]int{"busy": busy.Pid, "idle": idle.Pid, "none": 1 << 30}
	defer w.kill(busy, unix.SIGKILL)
	defer w.kill(idle, unix.SIGKILL)
	var used map[string]procfs.Usage
	until(t, "busy has used 50 ms of processor time", func() bool {
		used = w.Usage(leaders)
		return used["busy"].CPU >= 50*time.Millisecond
	})
	if n := used["busy"].Processes; n != 2 {
		t.Errorf("busy has %d processes, want 2", n)
	}
	if u := used["idle"]; u.Processes != 1 || u.Descriptors != 5 || u.CPU > 40*time.Millisecond || u.Memory < 4096 || u.Memory > 64<<20 {
		t.Errorf("idle uses %+v", u)
	}
	if n := w.UsageOf("busy", busy.Pid).Processes; n != 2 {
		t.Errorf("busy alone has %d processes, want 2", n)
	}
	if u := w.UsageOf("idle", idle.Pid); u.Processes != 1 || u.Descriptors != 5 || u.Memory < 4096 {
		t.Errorf("idle alone uses %+v", u)
	}
	if u, ok := used["none"]; ok {
		t.Errorf("none uses %+v", u)
	}
}
