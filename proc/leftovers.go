package proc

import (
	"context"
	"sync"
	"time"

	"zinit/proc/cgroup"
	"zinit/supervisor"
)

// leftoversEvery is the shortest time between two looks for what probes have left
// behind: each may have to read all processes there are.
const leftoversEvery = supervisor.Instant(2 * time.Second)

// leftovers are processes that have escaped from the group of a probe's command: each
// turn of a probe may leave one.
type leftovers struct {
	mu   sync.Mutex
	next supervisor.Instant // not before then
}

// clear kills what a turn of a service's probe has left behind: all of it where there
// are control groups. Unless the probe was ended: then its group may be the next one's
// by now, or ends with the service's.
func (k *Kernel) clear(turn context.Context, service string) {
	if group := cgroup.ProbeOf(service); k.Cgroup.Why() == nil && turn.Err() != context.Canceled {
		k.Cgroup.Kill(group)
		k.Cgroup.Remove(group) // or, if it is not empty yet, after the next turn
	}
	k.leftovers.clear(k)
}

// clear kills those of all probes that have ended. It is called when one has. What
// comes too soon is left to the next turn, or to the end of the service.
func (l *leftovers) clear(k *Kernel) {
	if !l.mu.TryLock() {
		return
	}
	defer l.mu.Unlock()
	if Now() < l.next {
		return
	}
	all, suspects := k.suspects()
	if all == nil {
		return
	}
	l.next = Now() + leftoversEvery
	marks := marksOf(suspects)
	k.awaitBirth() // a command just born is known now
	for pid, m := range marks {
		if s := all[pid]; m.probe && m.life == k.Life && !k.others.has(s.Session) {
			if err := killOne(pid, s.Ticks); err != nil {
				k.Log.Warn("what a probe has left behind stays", "service", m.service, "pid", pid, "err", err)
			}
		}
	}
}
