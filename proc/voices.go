package proc

import (
	"sync"
	"time"

	"zinit/configs"
	"zinit/proc/probe"
	"zinit/supervisor"
)

// voices are what services say of themselves, sd_notify(3).
type voices struct {
	post func(ev supervisor.Event, saved func())

	mu sync.Mutex
	of map[string]*voice // by service
}

// voice is that of one incarnation. What it says is told at once, but if it says more
// than it has rested for, then later, together, the newest of each kind.
type voice struct {
	incarnation
	check  *configs.Health // from Probe to Unprobe, if what it says counts as its health
	mute   bool            // it does not count: the Unprobe has come, or the Probe is of another kind
	ready  bool            // it has said READY=1
	warned bool            // that it names a process which is not its

	owed    bool                // a success is to be told
	news    supervisor.Notified // to be told
	told    time.Time           // when something was told last
	telling *time.Timer         // nil: nothing was late yet

	watchdog *time.Timer // nil: it does not run
	pinged   time.Time
	missed   int       // how often in a row
	stuck    time.Time // when it last said that it is
}

// voiceRest is the shortest time between two tellings of one service.
const voiceRest = 100 * time.Millisecond

// voice is an incarnation's, which replaces one of the past; nil: it is of the past
// itself. The caller has the lock.
func (v *voices) voice(who incarnation) *voice {
	one := v.of[who.name]
	if one != nil && one.gen == who.gen {
		return one
	}
	if one != nil && one.gen > who.gen {
		return nil
	}
	if one != nil {
		one.hush()
	}
	if v.of == nil {
		v.of = map[string]*voice{}
	}
	one = &voice{incarnation: who}
	one.news.Name, one.news.Gen = who.name, who.gen
	v.of[who.name] = one
	return one
}

// begin has what an incarnation says count as its health.
func (v *voices) begin(a supervisor.Probe) {
	v.mu.Lock()
	defer v.mu.Unlock()
	one := v.voice(incarnation{a.Name, a.Gen})
	if one == nil {
		return
	}
	one.stopWatchdog()
	one.check, one.mute, one.owed = &a.Check, false, one.ready
	v.tell(one, nil)
}

// end ends that, or keeps it from beginning; what else it says is passed on still.
func (v *voices) end(who incarnation) {
	v.mu.Lock()
	defer v.mu.Unlock()
	if one := v.voice(who); one != nil {
		one.stopWatchdog()
		one.check, one.mute = nil, true
	}
}

// forget drops a service.
func (v *voices) forget(name string) {
	v.mu.Lock()
	defer v.mu.Unlock()
	if one := v.of[name]; one != nil {
		one.hush()
		delete(v.of, name)
	}
}

// close ends all.
func (v *voices) close() {
	v.mu.Lock()
	defer v.mu.Unlock()
	for _, one := range v.of {
		one.hush()
	}
	clear(v.of)
}

// hear takes in what an incarnation says. The channel is closed when it may be
// forgotten: that it is ready it says once, and this must be on file before.
func (v *voices) hear(who incarnation, n probe.Notice) <-chan struct{} {
	v.mu.Lock()
	defer v.mu.Unlock()
	one := v.voice(who)
	if one == nil {
		return saved()
	}
	first := n.Ready && !one.ready
	one.take(n)
	if n.Alive || n.Ready {
		v.ping(one, n.Alive)
	}
	if n.Stuck {
		v.trigger(one)
	}
	if first {
		done := make(chan struct{})
		v.tell(one, func() { close(done) })
		return done
	}
	if time.Since(one.told) >= voiceRest {
		v.tell(one, nil)
	} else {
		one.later(v)
	}
	return saved()
}

// take notes what is to be told. READY ends a reload that was not told yet.
func (one *voice) take(n probe.Notice) {
	if n.Ready {
		one.ready, one.owed = true, true
		if one.news.Phase == supervisor.PhaseReloading {
			one.news.Phase = ""
		}
	}
	if n.Reloading && !n.Ready {
		one.news.Phase = supervisor.PhaseReloading
	}
	if n.Stopping {
		one.news.Phase = supervisor.PhaseStopping
	}
	if n.Status != nil {
		one.news.Status = n.Status
	}
	if n.Main != 0 {
		one.news.Main = n.Main
	}
	if n.Extend != 0 {
		one.news.Extend = n.Extend
	}
}

// later tells it when the voice has rested.
func (one *voice) later(v *voices) {
	if one.telling != nil {
		return
	}
	one.telling = time.AfterFunc(voiceRest-time.Since(one.told), func() {
		v.mu.Lock()
		defer v.mu.Unlock()
		if one.telling != nil {
			v.tell(one, nil)
		}
	})
}

// tell posts what there is to be told: a greeting, too, from one whose birth the core
// has not heard of yet. saved, unless it is nil, is called when its health is on file,
// or does not matter.
func (v *voices) tell(one *voice, saved func()) {
	if one.telling != nil {
		one.telling.Stop()
		one.telling = nil
	}
	if one.owed && !one.mute {
		one.owed, one.told = false, time.Now()
		v.post(supervisor.Probed{Name: one.name, Gen: one.gen}, saved)
	} else if saved != nil {
		saved()
	}
	nothing := supervisor.Notified{Name: one.name, Gen: one.gen}
	if one.news != nothing {
		v.post(one.news, nil)
		one.news, one.told = nothing, time.Now()
	}
}

// refuse says, once for each incarnation, that MAINPID was not believed.
func (v *voices) refuse(k *Kernel, who incarnation, pid int) {
	v.mu.Lock()
	defer v.mu.Unlock()
	if one := v.voice(who); one != nil && !one.warned {
		one.warned = true
		k.Log.Warn("MAINPID refused: the process is not in the service's process group", "service", who.name, "pid", pid)
	}
}

// hush ends its timers.
func (one *voice) hush() {
	one.stopWatchdog()
	one.check = nil
	if one.telling != nil {
		one.telling.Stop()
		one.telling = nil
	}
}
