package proc

import (
	"fmt"
	"os"
	"time"

	"golang.org/x/sys/unix"
)

// catchMost is how much of the end of a probe's output is kept.
const catchMost = 4 << 10

// catch is a pipe for the output of a probe. It is read as long as the probe runs, and
// no longer: who else holds it does not matter.
type catch struct {
	read  *os.File
	write int
	tail  []byte        // belongs to drain until over is closed
	over  chan struct{} // nil: it was never read
}

func newCatch() (*catch, error) {
	var ends [2]int
	if err := unix.Pipe2(ends[:], unix.O_CLOEXEC|unix.O_NONBLOCK); err != nil {
		return nil, fmt.Errorf("cannot make a pipe: %w", err)
	}
	c := &catch{read: os.NewFile(uintptr(ends[0]), "probe"), write: ends[1], over: make(chan struct{})}
	go c.drain()
	return c, nil
}

// lend makes the pipe the birth's stdout and stderr. The spawner, which has none of our
// descriptors, opens it by its path: that of the thread we are on, which is not the
// spawner's once that has one (Kernel.apart). /proc/self is the first thread, which may
// be. The pipe becomes the user's for the sake of programs that open /dev/stdout.
func (c *catch) lend(b *birth) error {
	b.stdout = fmt.Sprintf("/proc/self/task/%d/fd/%d", unix.Gettid(), c.write)
	b.stderr = b.stdout
	if b.as == nil {
		return nil
	}
	if err := unix.Fchown(c.write, b.as.UID, b.as.GID); err != nil {
		return fmt.Errorf("cannot give a pipe to user id %d: %w", b.as.UID, err)
	}
	return nil
}

// drain reads until stop. A flood is taken slowly, and costs its writer.
func (c *catch) drain() {
	defer close(c.over)
	buf := make([]byte, catchMost)
	for {
		n, err := c.read.Read(buf)
		c.keep(buf[:n])
		if err != nil {
			return
		}
		if n == len(buf) {
			time.Sleep(time.Millisecond)
		}
	}
}

func (c *catch) keep(text []byte) {
	c.tail = append(c.tail, text...)
	if surplus := len(c.tail) - catchMost; surplus > 0 {
		c.tail = append(c.tail[:0], c.tail[surplus:]...)
	}
}

// stop ends the reading, and gives the end of what was written.
func (c *catch) stop() []byte {
	_ = c.read.SetReadDeadline(time.Unix(1, 0))
	<-c.over
	// What is in the pipe still, which is no more than it holds.
	_ = c.read.SetReadDeadline(time.Time{})
	if raw, err := c.read.SyscallConn(); err == nil {
		_ = raw.Read(func(fd uintptr) bool {
			buf := make([]byte, 1<<16)
			if n, err := unix.Read(int(fd), buf); err == nil {
				c.keep(buf[:n])
			}
			return true
		})
	}
	return c.tail
}

func (c *catch) close() {
	_ = c.read.Close()
	<-c.over
	_ = unix.Close(c.write)
}
