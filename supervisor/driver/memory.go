package driver

import (
	"runtime/debug"
	"time"

	"zinit/supervisor"
)

const (
	// many is how many steps and records leave behind what is worth giving back.
	many = 256
	// silence is how long nothing may happen before it is given back.
	silence = time.Second
)

// memory gives back, once all is quiet, what a boot or another burst has used: the
// collector of an idle server has no reason to run, and what it would find stays
// with the process, several times what the services need. It costs one wake-up a
// burst.
type memory struct {
	work int
	last supervisor.Instant
}

// used notes some work.
func (m *memory) used(now supervisor.Instant, work int) {
	m.work += work
	m.last = now
}

// due is when to give back, if there is something to.
func (m *memory) due() (supervisor.Instant, bool) {
	return m.last.Add(silence), m.work >= many
}

// rest gives back if it is time.
func (m *memory) rest(now supervisor.Instant) {
	if at, ok := m.due(); ok && at <= now {
		m.work = 0
		debug.FreeOSMemory()
	}
}
