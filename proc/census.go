package proc

import (
	"sync"
	"sync/atomic"

	"zinit/supervisor"
)

// census shares a reading of all of /proc among those who ask for one at the same
// time. Each gets one that began after he asked, which he must not change.
type census struct {
	asking atomic.Int32
	mu     sync.Mutex
	began  supervisor.Instant // of the last reading
	all    map[int]stat       // kept for as long as somebody asks
}

func (c *census) read() map[int]stat {
	asked := Now()
	c.asking.Add(1)
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.all == nil || c.began < asked {
		c.began = Now()
		c.all = processes()
	}
	all := c.all
	if c.asking.Add(-1) == 0 {
		c.all = nil
	}
	return all
}
