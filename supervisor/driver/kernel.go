package driver

import "zinit/supervisor"

// Kernel is what the loop needs of the world. proc has the real one, sim a
// simulated one. No method blocks: what comes of an action arrives as an event,
// through the function that the kernel was made with.
type Kernel interface {
	// Now is the time since boot (CLOCK_BOOTTIME).
	Now() supervisor.Instant
	// Do carries out Spawn, Kill, Await, Probe, Unprobe, Relog, Forget and GiveUp.
	Do(supervisor.Action)
}

// World is a kernel that a former server's processes may live in.
type World interface {
	Kernel
	// Adopt compares the records with what lives: it fills in the pid of an intent
	// whose process was born after all and begins to watch over what still runs.
	Adopt([]supervisor.Record) []supervisor.Record
	// Lost gives the exits of the recorded processes that are gone and that nobody
	// else will tell of.
	Lost([]supervisor.Record) []supervisor.Exited
	// Start lets the exits come in.
	Start()
}

// Post is how the world tells the loop of an event. ack, unless it is nil, is
// called once the event is saved: only then may its source forget it.
type Post func(ev supervisor.Event, ack func())
