package proc

import (
	"sync"

	"zinit/supervisor"
)

// others are our children that lead no service, as those of probes: the core has
// no business with them. Who made one is told of its end.
type others struct {
	mu   sync.Mutex
	told map[int]func(supervisor.Status) // by pid
}

// add takes in a child. It belongs into the done of its birth: so its end comes later.
func (o *others) add(pid int, told func(supervisor.Status)) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.told == nil {
		o.told = map[int]func(supervisor.Status){}
	}
	o.told[pid] = told
}

// take gives whom to tell of the end of a child, once; nil: it is none of these.
func (o *others) take(pid int) func(supervisor.Status) {
	o.mu.Lock()
	defer o.mu.Unlock()
	told := o.told[pid]
	delete(o.told, pid)
	return told
}

// has says whether a process is one of them.
func (o *others) has(pid int) bool {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.told[pid] != nil
}
