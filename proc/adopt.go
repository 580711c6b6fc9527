package proc

import (
	"maps"
	"os"
	"slices"
	"time"

	"zinit/proc/cgroup"
	"zinit/proc/procfs"
	"zinit/supervisor"
)

// Adopt takes over what a former server of this life left behind: it begins to
// watch the live processes of the records, which are no children of ours, finds
// by their mark the processes of intents, and kills those of our life that belong
// to no record. It gives the records with pids and ticks filled in.
func (k *Kernel) Adopt(records []supervisor.Record) []supervisor.Record {
	if len(records) == 0 {
		return nil
	}
	past := records
	records = slices.Clone(records)
	all, ours := k.ours()
	if k.seek(records, all, ours) {
		// A child between fork and exec shows the former server's environment.
		time.Sleep(20 * time.Millisecond)
		all, ours = k.ours()
		k.seek(records, all, ours)
	}
	births := readBirths(k.Births)
	registered(records, births.pids, all)
	k.unregistered(records, births)
	k.watched = map[int]bool{}
	for i, r := range records {
		if r.Pid == 0 {
			continue
		}
		k.take(r)
		if procfs.Alive(r.Pid, r.Ticks) { // it was no such kill so far
			k.oomKills.set(r.Name, k.Cgroup.OOMKills(r.Name))
		}
		if k.Ears != nil {
			k.outputs.add(r.Name, k.Ears.Outputs(r.Name))
		}
		if isIntent(past[i]) && r.Ticks != 0 {
			k.enter(&birth{name: r.Name, cgroup: k.Cgroup.Home(r.Name)}, r.Pid)
		}
	}
	k.killStrays(records, all, ours)
	for _, r := range records {
		k.Cgroup.Kill(cgroup.ProbeOf(r.Name)) // no probe has begun yet
	}
	return records
}

// registered fills in the pids of intents that the register of births knows: of
// processes that have overwritten their mark, and of those that have ended since.
// The end of these is on the link, or will be said to be unknown.
func registered(records []supervisor.Record, born map[incarnation]int, all procfs.Table) {
	for i, r := range records {
		pid := born[incarnation{r.Name, r.Gen}]
		if !isIntent(r) || pid == 0 {
			continue
		}
		records[i].Pid = pid
		// Another process may have the number by now: ours leads a session and is no
		// older than the intent.
		if s, ok := all[pid]; ok && s.Session == pid && bornSince(s, r.Born) {
			records[i].Ticks = s.Ticks
		}
	}
}

// unregistered finds the process of the fork in which the server died, if that has
// ended as well, or is about to: a leader of a session whose parent is the shim, and
// whom nobody knows. It is younger than the last birth in the register, and so has a
// higher pid: an exit that is only told again has a lower one. Without a shim its end
// went unseen, and the intent is carried out again.
func (k *Kernel) unregistered(records []supervisor.Record, births register) {
	at := slices.IndexFunc(records, func(r supervisor.Record) bool {
		return isIntent(r) && incarnation{r.Name, r.Gen} == births.last
	})
	if at < 0 || k.Shim == 0 || births.pid == 0 {
		return
	}
	// A process on its way into its exec, or out of its life, is neither marked nor
	// dead for a moment, which on a busy machine is long.
	const looks, pause = 10, 5 * time.Millisecond
	for range looks {
		pid, ticks, unsure := k.nameless(births)
		if pid != 0 {
			records[at].Pid, records[at].Ticks = pid, ticks
		}
		if pid != 0 || !unsure {
			return
		}
		time.Sleep(pause)
	}
}

// nameless looks once for the process of the last fork: among the processes first,
// then on the link, where the shim puts an end before it reaps. unsure: there is one
// that may be it and does not show it yet.
func (k *Kernel) nameless(births register) (pid int, ticks uint64, unsure bool) {
	for pid, s := range procfs.All() {
		if s.Ppid != k.self || pid <= births.pid || pid == os.Getpid() {
			continue
		}
		m, found := markOf(pid)
		switch {
		case s.Zombie() && s.Session != pid:
		case s.Zombie(), found == marked && m == (mark{service: births.last.name, life: k.Life, gen: births.last.gen}) && s.Session == pid:
			return pid, s.Ticks, false
		case found != marked:
			unsure = true
		}
	}
	for m, ok := k.receiver.First(); ok; m, ok = k.receiver.PeekNext() {
		if e, isExit := m.Exit(); isExit && e.Led && e.Pid > births.pid {
			return e.Pid, e.Ticks, false
		}
	}
	return 0, 0, unsure
}

// bornSince says whether a process began after an instant, give or take a tick.
func bornSince(s procfs.Stat, at supervisor.Instant) bool {
	const tick = supervisor.Instant(time.Second / 100) // USER_HZ, as proc(5) counts
	return (supervisor.Instant(s.Ticks)+1)*tick >= at
}

// take takes over one live process. Below a shim it is still the shim's child,
// and its end comes by the link like any other.
func (k *Kernel) take(r supervisor.Record) {
	if k.Shim != 0 {
		if !r.Dead && procfs.Alive(r.Pid, r.Ticks) {
			k.leaders.add(r.Pid, r.Ticks, incarnation{r.Name, r.Gen})
		}
		return
	}
	k.adopted.Store(true)
	if r.Dead {
		return
	}
	k.leaders.adopt(r.Pid, r.Ticks, incarnation{r.Name, r.Gen}) // before its end can be seen
	if k.watched[r.Pid] = k.watch.add(r.Pid, r.Ticks); !k.watched[r.Pid] {
		k.leaders.remove(r.Pid)
	}
}

// Lost gives the exits that nobody will tell of: recorded processes that are
// gone since before Adopt, which must have been asked before.
func (k *Kernel) Lost(records []supervisor.Record) []supervisor.Exited {
	if k.Shim != 0 {
		return nil // the shim tells of each before it reaps it: it is on the link
	}
	var lost []supervisor.Exited
	for _, r := range records {
		if r.Pid != 0 && !r.Dead && !k.watched[r.Pid] {
			lost = append(lost, supervisor.Exited{
				Pid: r.Pid, Ticks: r.Ticks, Status: supervisor.Status{Unknown: true}, Left: groupExists(r.Pid),
			})
		}
	}
	return lost
}

// ours are the processes that carry the mark of our life.
func (k *Kernel) ours() (all procfs.Table, ours map[int]mark) {
	all = procfs.All()
	var pids []int
	for pid, s := range all {
		if !s.Zombie() && !s.Kernel() && pid != k.self {
			pids = append(pids, pid)
		}
	}
	ours = marksOf(pids)
	maps.DeleteFunc(ours, func(_ int, m mark) bool { return m.life != k.Life })
	return all, ours
}

// isIntent says whether a birth was on its way when the record was saved. It may have
// been told to stop since: then the record says so, and has no pid either.
func isIntent(r supervisor.Record) bool {
	return (r.State == supervisor.StateStarting || r.State == supervisor.StateStopping) && r.Pid == 0
}

// seek fills in the processes of intents; it says whether one is left without.
func (k *Kernel) seek(records []supervisor.Record, all procfs.Table, ours map[int]mark) (open bool) {
	for i, r := range records {
		if !isIntent(r) {
			continue
		}
		for pid, m := range ours {
			if m.service == r.Name && m.gen == r.Gen && !m.probe && all[pid].Session == pid {
				records[i].Pid, records[i].Ticks = pid, all[pid].Ticks
			}
		}
		open = open || records[i].Pid == 0
	}
	return open
}

// killStrays kills the marked processes of services or generations that no
// record knows, and of intents whose leader was not found.
func (k *Kernel) killStrays(records []supervisor.Record, all procfs.Table, ours map[int]mark) {
	known := map[mark]bool{}
	heads := map[int]bool{}
	for _, r := range records {
		known[mark{service: r.Name, life: k.Life, gen: r.Gen}] = !isIntent(r)
		heads[r.Pid] = r.Pid != 0
	}
	for pid, m := range ours {
		s := all[pid]
		if known[m] || heads[pid] || heads[s.Pgid] || heads[s.Session] {
			continue
		}
		k.Log.Warn("killing a process that is left of a former run", "service", m.service, "pid", pid)
		if err := killOne(pid, s.Ticks); err != nil {
			k.Log.Error("process stays", "err", err)
		}
	}
}
