package procfs

import (
	"sync"
	"sync/atomic"
	"time"
)

// Census shares a reading of all of /proc among those who ask for one at the same
// time. Each gets one that began after he asked, which he must not change.
type Census struct {
	asking atomic.Int32
	mu     sync.Mutex
	began  time.Time // of the last reading
	all    Table     // kept for as long as somebody asks
}

// Read is All, shared. Any goroutine may call.
func (c *Census) Read() Table {
	asked := time.Now()
	c.asking.Add(1)
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.all == nil || c.began.Before(asked) {
		c.began = time.Now()
		c.all = All()
	}
	all := c.all
	if c.asking.Add(-1) == 0 {
		c.all = nil
	}
	return all
}
