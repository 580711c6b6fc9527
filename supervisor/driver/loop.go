package driver

import (
	"log/slog"
	"sync/atomic"
	"time"

	"zinit/supervisor"
)

const (
	// callers is how many wishes and questions may wait for the loop before those
	// who ask wait themselves.
	callers = 64
	// fruitless is the pause after a tick that left its deadline where it was: a
	// core that forgets a deadline must not cost a whole processor.
	fruitless = time.Millisecond
)

// Driver owns the core. Make one with [New], give it a world and a past with
// [Driver.Recover], then let [Driver.Run] have a goroutine. All other methods may
// be called from any goroutine at any time.
type Driver struct {
	store *Store
	log   *slog.Logger

	inbox *inbox
	calls chan call
	ids   atomic.Uint64
	ended chan struct{} // closed when Run returns

	// What follows belongs to the loop.
	kernel  Kernel
	core    *supervisor.Core
	booted  bool // the boot's records are complete on file
	waiting map[uint64]chan<- supervisor.Answer
	watches map[*watch]struct{}
	changed []supervisor.Change // not told yet
	spare   []letter
	ticked  supervisor.Instant // the deadline that the last tick was for
	end     *supervisor.End
	memory  memory
}

// New makes a driver that keeps its records in store.
func New(store *Store, log *slog.Logger) *Driver {
	return &Driver{
		store:   store,
		log:     log,
		inbox:   newInbox(),
		calls:   make(chan call, callers),
		ended:   make(chan struct{}),
		waiting: map[uint64]chan<- supervisor.Answer{},
		watches: map[*watch]struct{}{},
	}
}

// Post takes an event of the world. It never blocks; after the end of Run the event
// is dropped.
func (d *Driver) Post(ev supervisor.Event, ack func()) {
	d.inbox.put(letter{event: ev, ack: ack})
}

// Ended is closed once Run has returned.
func (d *Driver) Ended() <-chan struct{} { return d.ended }

// Run is the loop. It returns when the core says that the shutdown is complete.
func (d *Driver) Run() supervisor.End {
	defer d.leave()
	timer := time.NewTimer(0)
	defer timer.Stop()
	for {
		d.tell()
		if d.end != nil {
			return *d.end
		}
		select {
		case <-d.inbox.wake:
			d.open()
		case c := <-d.calls:
			d.call(c)
		case <-timer.C:
			d.tick()
		}
		d.rearm(timer)
	}
}

// open takes the letters that are there, one step each.
func (d *Driver) open() {
	letters := d.inbox.take(d.spare)
	for _, l := range letters {
		if d.end != nil {
			break // not saved, not acknowledged: its source keeps it
		}
		d.step(l.event)
		if l.ack != nil {
			l.ack()
		}
	}
	clear(letters)
	d.spare = letters
}

// step is one event's whole way but for its acknowledgement.
func (d *Driver) step(ev supervisor.Event) {
	d.perform(d.core.Step(d.kernel.Now(), ev))
}

// perform carries out what a step came to.
func (d *Driver) perform(r supervisor.Ready) {
	d.memory.used(d.kernel.Now(), 1+len(r.Save))
	d.save(r)
	for _, a := range r.Do {
		d.do(a)
	}
	d.changed = append(d.changed, r.Changed...)
}

// save puts on file what must be there before anything is done.
//
// The system's record goes first, so that a shutdown under way goes on whatever
// becomes of the services' records. At the first boot it goes last: it is the mark
// that the records of all services are there, and without it the boot begins anew.
func (d *Driver) save(r supervisor.Ready) {
	if r.System != nil && d.booted {
		d.store.SaveSystem(*r.System)
	}
	for i := range r.Save {
		d.store.Save(&r.Save[i])
	}
	if r.System != nil && !d.booted {
		d.store.SaveSystem(*r.System)
		d.booted = r.System.Booted
	}
	for _, a := range r.Do {
		if f, ok := a.(supervisor.Forget); ok {
			d.store.Remove(f.Name)
		}
	}
}

func (d *Driver) do(a supervisor.Action) {
	switch a := a.(type) {
	case supervisor.Answer:
		d.answer(a)
	case supervisor.End:
		d.end = &a
	default:
		d.kernel.Do(a)
	}
}

// tick says that a deadline may have passed, tries again what could not be saved,
// and gives memory back when it is time.
func (d *Driver) tick() {
	d.store.Retry()
	d.memory.rest(d.kernel.Now())
	if until, ok := d.core.Deadline(); ok && until <= d.kernel.Now() {
		d.ticked = until
		d.step(supervisor.Tick{})
	}
}

// rearm sets the timer to the next deadline, or stops it: an idle server sleeps.
func (d *Driver) rearm(timer *time.Timer) {
	wait, ok := d.next()
	if !ok {
		timer.Stop()
		return
	}
	timer.Reset(wait)
}

// next is how long to sleep, and whether there is anything to wake for.
func (d *Driver) next() (wait time.Duration, ok bool) {
	until, ok := d.core.Deadline()
	if ok {
		wait = max(until.Sub(d.kernel.Now()), 0)
		if until == d.ticked {
			wait = max(wait, fruitless)
		}
	}
	if d.store.Failing() && (!ok || wait > retryEvery) {
		wait, ok = retryEvery, true
	}
	if at, used := d.memory.due(); used && (!ok || wait > at.Sub(d.kernel.Now())) {
		wait, ok = max(at.Sub(d.kernel.Now()), 0), true
	}
	return wait, ok
}
