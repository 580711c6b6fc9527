package pid1

import (
	"sync"
	"syscall"
)

// child is a process of the shim's own: its death is no service's. The shim's
// loop starts it, and the reaper asks whose death it has before it.
type child struct {
	mu  sync.Mutex // held from the fork until the pid is known
	pid int        // 0: none runs
}

// fork runs what forks, and remembers the pid that it gives.
func (c *child) fork(do func() (pid int, err error)) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	pid, err := do()
	if err == nil {
		c.pid = pid
	}
	return err
}

// own takes the child's death, and no other.
func (c *child) own(pid int) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	if pid != c.pid {
		return false
	}
	c.pid = 0
	return true
}

// alive says whether it runs.
func (c *child) alive() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.pid != 0
}

// kill ends it, if it runs.
func (c *child) kill() {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.pid != 0 {
		_ = syscall.Kill(c.pid, syscall.SIGKILL)
	}
}
