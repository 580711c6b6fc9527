package sim

import (
	"maps"
	"slices"
	"time"

	"zinit/supervisor"
)

// outage is how long it takes until a dead server has a successor.
const outage = 100 * time.Millisecond

// arm has the server die after so many more effects.
func (w *World) arm(effects int) { w.crashIn = effects }

// crash kills the server: what was only in its memory is gone, and so are the
// requests in flight. The files, the processes and the link stay.
func (w *World) crash() {
	w.note("%s ---- the server dies", clock(w.now))
	w.crashIn = -1
	w.down = true
	for w.quick && len(w.kernel.births) > 0 {
		w.bear() // the spawner does not wait for the rest of the step
	}
	w.pool = nil
	w.kernel.births = nil
	clear(w.kernel.awaits)
	clear(w.kernel.probes)
	if w.standalone {
		w.kernel.link = nil
	}
	if w.oracle != nil {
		w.oracle.crashed()
	}
}

// recover starts a successor.
func (w *World) recover() {
	w.advance(w.now.Add(outage))
	if w.standalone {
		w.kernel.link = nil
	}
	if !w.system.Booted {
		clear(w.disk) // not all of the boot was saved: it begins anew
	}
	past := w.adopt()
	lost := w.lost(past)
	w.down = false
	w.note("%s ---- a new server", clock(w.now))
	if w.oracle != nil {
		w.oracle.recovering(past)
		w.oracle.unheard(lost)
	}
	mind, ready := w.birth(w.set, past, w.system, w.now)
	w.mind = mind
	w.crashIn, w.rearm = w.rearm, -1
	if !w.took(nil, ready) {
		return
	}
	for _, ev := range lost {
		if w.ended != nil || !w.give(ev) { // before anything else: its pid may be given out again
			return
		}
	}
}

// adopt reads the records, fills in the pid of intents whose process bears their
// mark, and kills what no record knows.
func (w *World) adopt() []supervisor.Record {
	var past []supervisor.Record
	known := map[*process]bool{}
	for _, name := range slices.Sorted(maps.Keys(w.disk)) {
		rec := clone(w.disk[name])
		p := w.kernel.find(run{rec.Name, rec.Gen})
		if p != nil && rec.Pid == 0 && p.leader && (rec.State == supervisor.StateStarting || rec.State == supervisor.StateStopping) {
			rec.Pid, rec.Ticks = p.pid, p.ticks
		}
		if p != nil && rec.Pid == p.pid && rec.Ticks == p.ticks {
			known[p] = true
			p.heard = true
		}
		past = append(past, rec)
	}
	for _, p := range slices.Clone(w.kernel.procs) {
		if p.group() && !known[p] {
			w.note("%s (stray pid %d of %s is killed)", clock(w.now), p.pid, p.name)
			w.kernel.signal(p, sigKill, w.now)
		}
	}
	w.kernel.sweep()
	return past
}

// lost are the ends that nobody could see: a recorded process is gone, and no
// message of it is queued.
func (w *World) lost(past []supervisor.Record) []supervisor.Event {
	var events []supervisor.Event
	for _, rec := range past {
		if rec.Pid == 0 || rec.Dead {
			continue
		}
		p := w.kernel.find(run{rec.Name, rec.Gen})
		if p != nil && p.leader {
			continue
		}
		queued := slices.ContainsFunc(w.kernel.link, func(e exit) bool {
			return e.of != nil && e.of.run == run{rec.Name, rec.Gen}
		})
		if !queued {
			events = append(events, supervisor.Exited{
				Pid: rec.Pid, Ticks: rec.Ticks, Status: supervisor.Status{Unknown: true}, Left: p != nil && p.kids,
			})
		}
	}
	return events
}
