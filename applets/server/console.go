package server

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"slices"
	"syscall"
	"time"

	"zinit/proc/logs"
	"zinit/supervisor"
)

// The values of ZINIT_CONSOLE. Without it lines have the prefix where more than one
// service is defined.
const (
	consolePrefix = "prefix" // always
	consoleRaw    = "raw"    // never
	consoleOff    = "off"
)

const (
	// atOnce is PIPE_BUF, pipe(7): a write of so many bytes to a pipe is done as a
	// whole or not at all, whenever the server is killed.
	atOnce = 4096
	// consoleFarewell is how long the console may take for its last lines.
	consoleFarewell = time.Second
	firstRetry      = 100 * time.Millisecond
	lastRetry       = 5 * time.Second
)

// stdout is where a container's services are to be heard. It is the descriptor that
// the shim was started with, never a path: /dev/stdout may be a socket, or another
// user's.
const stdout = 1

// console copies the output of all services to our stdout.
//
// The logs are its queue: it follows them like any client, at the pace of who reads
// the container's output. When nobody does, its goroutine waits in write(2), the
// rings turn, and what they turn past is counted and told of in place. So it holds
// up nobody and no memory grows.
//
// How far it has come is noted for each stream after each write, and a write is of
// whole lines that a pipe takes whole or not at all: after a kill -9 the next server
// goes on behind the last write, and loses nothing that the rings still hold. Killed
// between the write and the note, it repeats what was in that write, 4 kB at most.
// The other way round, lines would be lost.
type console struct {
	fd     int
	ears   *logs.Store
	places *places
	mode   string                         // of ZINIT_CONSOLE
	count  func() (services int, ok bool) // not ok: nobody knows any more
	log    *slog.Logger

	several bool             // services when they were last counted
	chunk   []byte           // whole lines that are not written yet
	next    map[string]int64 // where that leaves each stream
	broken  bool             // the last write failed
	done    chan struct{}    // closed when it has ended
}

// startConsole begins to copy, in a container where nobody has switched it off.
func (b *backend) startConsole(ctx context.Context, dir *os.Root) *console {
	if b.mode != container || b.console == consoleOff {
		return nil
	}
	places, err := openPlaces(dir)
	if err != nil {
		b.log.Error("services' output may be repeated on the console when the server is restarted", "err", err)
	}
	c := &console{
		fd: stdout, ears: b.ears, places: places, mode: b.console, count: b.services, log: b.log,
		next: map[string]int64{}, done: make(chan struct{}),
	}
	go c.run(ctx)
	return c
}

// services counts the services that are defined, until the shutdown is complete.
func (b *backend) services() (n int, ok bool) {
	err := b.look(context.Background(), func(c *supervisor.Core, _ supervisor.Instant) { n = c.Services() })
	return n, err == nil
}

// prefixed says whether lines are to say whose they are. It is asked for each batch:
// services come and go.
func (c *console) prefixed() bool {
	if c.mode != "" {
		return c.mode == consolePrefix
	}
	if n, ok := c.count(); ok {
		c.several = n > 1
	}
	return c.several
}

func (c *console) run(ctx context.Context) {
	defer close(c.done)
	defer c.places.close()
	err := c.ears.Resume(ctx, c.places.all(), func(steps []logs.Step) error { return c.copy(ctx, steps) })
	if err != nil && !errors.Is(err, logs.ErrClosed) && ctx.Err() == nil {
		c.log.Error("services' output is not on the console any more", "err", err)
	}
}

// copy writes a batch of lines.
func (c *console) copy(ctx context.Context, steps []logs.Step) error {
	prefix := c.prefixed()
	for _, step := range steps {
		line := formatLine(step.Line, prefix)
		if len(c.chunk)+len(line) > atOnce {
			if err := c.flush(ctx); err != nil {
				return err
			}
		}
		c.chunk = append(c.chunk, line...)
		c.next[step.Ear] = step.Next
	}
	return c.flush(ctx)
}

// formatLine is a line as the console shows it: as it was written, for a program
// that reads it may want the bytes.
func formatLine(l logs.Line, prefix bool) []byte {
	var line []byte
	if prefix {
		line = append(line, l.Service+" | "...)
	}
	if l.Lost > 0 {
		return fmt.Appendf(line, "[… %d lines lost]\n", l.Lost)
	}
	return append(append(line, l.Text...), '\n')
}

// flush writes the chunk and notes how far that was. It fails when ctx ends.
func (c *console) flush(ctx context.Context) error {
	retry := firstRetry
	for rest := c.chunk; len(rest) > 0; {
		n, err := syscall.Write(c.fd, rest)
		rest = rest[max(n, 0):]
		switch {
		case err == nil:
			c.works()
			continue
		case err == syscall.EINTR:
			continue
		case err != syscall.EAGAIN:
			c.fails(err)
		}
		select {
		case <-time.After(retry):
			retry = min(2*retry, lastRetry)
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	c.places.save(c.next)
	c.chunk = c.chunk[:0]
	clear(c.next)
	return nil
}

// fails says once that the console is broken.
func (c *console) fails(err error) {
	if !c.broken {
		c.broken = true
		c.log.Warn("cannot write services' output to the console; zinit logs has it", "err", err)
	}
}

// works says that it is not.
func (c *console) works() {
	if c.broken {
		c.broken = false
		c.log.Info("services' output is on the console again")
	}
}

// farewell waits for the last lines, for as long as a reader may take for them. The
// logs are closed, so nothing comes after them.
func (c *console) farewell() {
	if c == nil {
		return
	}
	select {
	case <-c.done:
	case <-time.After(consoleFarewell):
		c.log.Warn("the last output of services is not on the console: nobody reads it")
	}
}

// parseConsole reads ZINIT_CONSOLE.
func parseConsole(word string) (string, error) {
	if !slices.Contains([]string{"", consolePrefix, consoleRaw, consoleOff}, word) {
		return "", fmt.Errorf("unknown ZINIT_CONSOLE %q: use prefix, raw or off", word)
	}
	return word, nil
}
