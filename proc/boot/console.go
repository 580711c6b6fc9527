package boot

import (
	"fmt"
	"sync"
	"syscall"
	"time"
)

// consoleLines is how many lines wait for a console before more are dropped.
const consoleLines = 256

// Console writes lines to a descriptor without ever making its user wait: a
// console that nobody reads, that is closed, full or broken costs lines, which
// are counted and owned up to.
type Console struct {
	lines chan string

	mu   sync.Mutex
	lost int
	open int        // lines given and not yet written
	idle *sync.Cond // open is 0
}

// NewConsole begins to write to a descriptor, which stays its owner's.
func NewConsole(fd int) *Console {
	c := &Console{lines: make(chan string, consoleLines)}
	c.idle = sync.NewCond(&c.mu)
	go c.run(fd)
	return c
}

// Print queues a line, or drops it. It never blocks.
func (c *Console) Print(line string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	select {
	case c.lines <- line:
		c.open++
	default:
		c.lost++
	}
}

// Flush waits until all is written, but no longer than so long.
func (c *Console) Flush(most time.Duration) {
	done := make(chan struct{})
	go func() {
		defer close(done)
		c.mu.Lock()
		defer c.mu.Unlock()
		for c.open > 0 {
			c.idle.Wait()
		}
	}()
	select {
	case <-done:
	case <-time.After(most):
	}
}

func (c *Console) run(fd int) {
	for line := range c.lines {
		if n := c.takeLost(); n > 0 {
			write(fd, fmt.Sprintf("zinit-pid1: %d lines lost: nobody read this console\n", n))
		}
		write(fd, line)
		c.written()
	}
}

func (c *Console) takeLost() int {
	c.mu.Lock()
	defer c.mu.Unlock()
	n := c.lost
	c.lost = 0
	return n
}

func (c *Console) written() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.open--
	if c.open == 0 {
		c.idle.Broadcast()
	}
}

// write writes all of it, or gives up at an error: there is nobody to tell. A
// descriptor that somebody made non-blocking is waited for.
func write(fd int, text string) {
	for rest := []byte(text); len(rest) > 0; {
		n, err := syscall.Write(fd, rest)
		switch err {
		case nil:
			rest = rest[n:]
		case syscall.EINTR:
		case syscall.EAGAIN:
			time.Sleep(10 * time.Millisecond)
		default:
			return
		}
	}
}
