package proc

import (
	"errors"
	"strings"
	"sync"

	"golang.org/x/sys/unix"

	"zinit/configs"
	"zinit/proc/cgroup"
	"zinit/proc/procfs"
	"zinit/supervisor"
)

// enclose makes the control group that a birth is to join. A service that has no
// limits runs without one too: then what escapes from it is looked for.
func (k *Kernel) enclose(b *birth, c configs.Cgroup) error {
	dir, kills, err := k.Cgroup.Make(b.name, cgroup.Limits{Memory: c.MemoryMax, CPU: c.CPUMax, Pids: c.PidsMax})
	switch {
	case err == nil:
		b.cgroup = dir
		k.oomKills.set(b.name, kills)
	case c != configs.Cgroup{}:
		return err
	case k.Cgroup.Why() == nil:
		k.Log.Warn("the service has no control group", "service", b.name, "err", err)
	}
	return nil
}

// enter moves a child just born into its control group, with what it may have
// forked before that. Of these, orphans stay outside, and are found by their mark.
func (k *Kernel) enter(b *birth, pid int) {
	if b.cgroup == "" {
		return
	}
	const most = 64 // in the time that a move takes
	line := []int{pid}
	for i := 0; i < len(line) && i < most; i++ {
		if err := cgroup.Join(b.cgroup, line[i]); err != nil {
			if errors.Is(err, unix.ENOENT) && strings.HasSuffix(b.name, probeSuffix) {
				return // it went with its service, and the command is about to
			}
			k.Log.Warn("the service is not in its control group", "service", b.name, "err", err)
			return
		}
		kids, _ := procfs.Children(line[i])
		line = append(line, kids...)
	}
}

// leave completes an exit with what the control group of its incarnation tells:
// whether the OOM killer did it, and whether something has escaped. An empty group
// is removed, but for a service that has failed by itself: its next process is due.
func (k *Kernel) leave(ev *supervisor.Exited) {
	who, ok := k.leaders.late(ev.Pid)
	if !ok || k.Cgroup.Why() != nil {
		return
	}
	killed := ev.Status.Signal == int(unix.SIGKILL)
	if killed {
		ev.Status.OOM = k.Cgroup.OOMKills(who.name) > k.oomKills.of(who.name)
	}
	if killed || ev.Status.Success() || k.leaders.wasSignaled(ev.Pid) {
		ev.Gone = k.Cgroup.Remove(who.name) && ev.Gone
	}
}

// purge kills what is left in the control group of an incarnation, and notes it as
// prey.
func (k *Kernel) purge(w *waiting) {
	pids := k.Cgroup.Members(w.Name)
	if len(pids) == 0 {
		return
	}
	all := k.Cgroup.Kill(w.Name)
	for _, pid := range pids {
		s, err := procfs.Identify(pid)
		switch {
		case err != nil || s.Zombie():
		case all:
			w.hunt.prey[pid] = s.Ticks
		default:
			k.shoot(s, w.hunt)
		}
	}
}

// oomKills is how many processes of a service's control group the OOM killer had
// killed when its incarnation began: mostly none, as most groups are new then.
type oomKills struct {
	mu     sync.Mutex
	before map[string]uint64
}

func (o *oomKills) set(name string, kills uint64) {
	o.mu.Lock()
	defer o.mu.Unlock()
	delete(o.before, name)
	if kills == 0 {
		return
	}
	if o.before == nil {
		o.before = map[string]uint64{}
	}
	o.before[name] = kills
}

// pardon notes that one of them was no process of the incarnation's, but its probe.
func (o *oomKills) pardon(name string) {
	o.set(name, o.of(name)+1)
}

func (o *oomKills) of(name string) uint64 {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.before[name]
}
