package proc

import (
	"fmt"
	"time"

	"zinit/supervisor"
)

// ping notes a sign of life. The first WATCHDOG=1 starts the watchdog.
func (v *voices) ping(one *voice, alive bool) {
	if one.check == nil {
		return
	}
	one.pinged = time.Now()
	if one.missed > 0 {
		one.missed, one.owed = 0, true
	}
	if alive && one.watchdog == nil {
		one.watchdog = time.AfterFunc(one.check.Interval, func() { v.silent(one) })
	}
}

// silent is called when the watchdog runs out: the service was silent for the interval,
// or the timer is older than its last sign of life.
func (v *voices) silent(one *voice) {
	v.mu.Lock()
	defer v.mu.Unlock()
	if one.watchdog == nil {
		return
	}
	interval := one.check.Interval
	if since := time.Since(one.pinged); since < interval {
		one.watchdog.Reset(interval - since)
		return
	}
	one.missed++
	one.watchdog.Reset(interval)
	v.fail(one, fmt.Sprintf("no watchdog message for %v", time.Duration(one.missed)*interval))
}

// triggerMost bounds the failures that stand for WATCHDOG=trigger.
const triggerMost = 100

// trigger has a service that says it is stuck fail as often as it takes. It need not
// say so again within the interval.
func (v *voices) trigger(one *voice) {
	if one.check == nil || time.Since(one.stuck) < one.check.Interval {
		return
	}
	one.stuck, one.owed = time.Now(), false
	for range min(one.check.Retries, triggerMost) {
		v.fail(one, "the service says that it is stuck (WATCHDOG=trigger)")
	}
}

func (v *voices) fail(one *voice, why string) {
	v.post(supervisor.Probed{Name: one.name, Gen: one.gen, Err: why}, nil)
}

// stopWatchdog ends the watchdog, until the next WATCHDOG=1.
func (one *voice) stopWatchdog() {
	if one.watchdog != nil {
		one.watchdog.Stop()
		one.watchdog, one.missed = nil, 0
	}
}
