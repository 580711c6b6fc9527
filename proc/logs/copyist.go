package logs

import (
	"fmt"
	"log/slog"
	"math"
	"runtime/debug"
	"strconv"
	"sync"
	"sync/atomic"
	"time"

	"golang.org/x/sys/unix"
)

const (
	smallHelping = 2 * maxLine          // bytes that a copyist reads at once, …
	bigHelpings  = 16                   // … but for so many, who read a helping
	firstRetry   = 2 * time.Millisecond // after an error of the log file
	lastRetry    = 5 * time.Second      // it doubles up to this
	unfinished   = time.Second          // so long a line may stay without an end
	farewell     = time.Second          // for what log files lack when the store is closed
	onePipeful   = 4096                 // PIPE_BUF, pipe(7): written as a whole or not at all
)

// copyist copies what a service writes into its log file. Its goroutine waits for the
// disk, so that nobody else has to; the ring is its queue.
//
// Before each write it notes where that begins, how long the file is, and how far it
// will have come. So a successor finds out how much of it was written, and a kill
// loses and doubles nothing in a regular file.
type copyist struct {
	name    string
	number  uint64 // of all copyists
	cursors [2]*copyCursor
	file    logFile
	wanted  atomic.Pointer[target]
	left    atomic.Pointer[string]
	former  atomic.Bool   // there is to be none, or another one, and it counts as a reader
	poke    chan struct{} // see copying
	haste   chan struct{}
	quit    chan struct{} // closed: write what there is, and end
	pump    *pump
	log     *slog.Logger
	big     chan struct{} // tokens for big buffers
	bookAt  string        // the path of the notebook

	mu      sync.Mutex // short; guards book
	book    *notebook  // nil: nothing is noted
	dropped bool       // there is to be none any more

	busy   time.Time // when all was last written
	buffer []byte
	torn   *copyCursor // whose line is not complete in the file; nil: the file ends with a line
	broken bool        // the last write failed, and that was said
	cannot bool        // so did the last rotation
	lost   int64       // lines since then
}

// run copies until the copyist is told to finish.
func (c *copyist) run() {
	debug.SetPanicOnFault(true) // see faulted
	defer c.end()
	retry, fresh := firstRetry, false
	for loose := false; ; {
		worked, err := c.turn(loose)
		loose = false
		if !worked && err == nil && fresh {
			if fresh = false; c.gather() {
				continue
			}
		}
		var wait <-chan time.Time
		switch {
		case err != nil:
			c.fails(err)
			wait = time.After(retry)
			retry = min(2*retry, lastRetry)
		case worked:
			retry, fresh = firstRetry, true
			select {
			case <-c.quit:
				c.finishUp()
				return
			default:
			}
			continue
		default:
			wait = c.idle()
		}
		poke := c.poke
		if err != nil {
			poke = nil
		}
		select {
		case <-poke:
		case <-wait:
			loose = err == nil
			c.rest()
		case <-c.quit:
			c.finishUp()
			return
		}
	}
}

// idle closes what is open, and says when to take what was left: a line that has no end
// yet, and the buffer. nil: nothing was.
func (c *copyist) idle() <-chan time.Time {
	for _, s := range c.cursors {
		s.close()
	}
	if c.cursors[0].more+c.cursors[1].more > 0 || c.buffer != nil {
		return time.After(unfinished)
	}
	return nil
}

// gather is called when all is written. Where that was so a moment ago too, it waits a
// little, unless the pump waits for us: it is cheaper for all to write much at once, and
// not to be woken for each piece.
func (c *copyist) gather() (waited bool) {
	last := c.busy
	if c.busy = time.Now(); c.busy.Sub(last) >= quiet {
		return false
	}
	select {
	case <-c.haste:
	case <-time.After(longestNap):
	case <-c.quit:
	}
	return true
}

// finishUp writes what there is now, if the file takes it.
func (c *copyist) finishUp() {
	ends := [2]int64{c.cursors[0].ear.end.Load(), c.cursors[1].ear.end.Load()}
	for c.cursors[0].pos < ends[0] || c.cursors[1].pos < ends[1] {
		worked, err := c.turn(true)
		if err != nil {
			c.fails(err)
			return
		}
		if !worked {
			return
		}
	}
}

// end frees what the copyist has.
func (c *copyist) end() {
	c.rest()
	for _, s := range c.cursors {
		c.release(s, s.stall())
		if c.left.Load() != nil {
			s.removeLeft()
		}
	}
	c.file.close()
	c.book.close()
	if c.former.Load() {
		for _, s := range c.cursors {
			s.ear.readers.Add(-1)
		}
	}
}

// rest gives back what only somebody at work needs.
func (c *copyist) rest() {
	for _, s := range c.cursors {
		s.close()
	}
	if len(c.buffer) > smallHelping {
		<-c.big
	}
	c.buffer = nil
}

// turn writes the next bytes. It is false where there are none, or with loose not
// set only the beginning of a line.
func (c *copyist) turn(loose bool) (worked bool, err error) {
	defer faulted(&err)
	c.turnTo(*c.wanted.Load())
	s, text, err := c.next(loose)
	if err != nil || s == nil {
		return false, err
	}
	if err := c.file.ready(); err != nil {
		return false, err
	}
	if s.lost > 0 {
		if err := c.tell(s); err != nil {
			return false, err
		}
	}
	return true, c.write(s, text)
}

// next chooses the stream that is to come, the one whose bytes are older, and reads.
func (c *copyist) next(loose bool) (*copyCursor, []byte, error) {
	for _, s := range c.cursors {
		if err := s.look(); err != nil {
			return nil, nil, fmt.Errorf("cannot read the log: %w", err)
		}
	}
	a, b := c.cursors[0], c.cursors[1]
	if b.more > 0 && (a.more == 0 || b.came() < a.came()) || c.torn == b {
		a, b = b, a
	}
	for _, pair := range [][2]*copyCursor{{a, b}, {b, a}} {
		s, other := pair[0], pair[1]
		if s.more == 0 && s.lost == 0 {
			continue
		}
		was := s.pos
		text, err := c.take(s, other, loose)
		if err != nil || len(text) > 0 || s.lost > 0 || s.pos > was {
			return s, text, err
		}
	}
	return nil, nil, nil
}

// take reads from one stream what is not newer than what the other one has.
func (c *copyist) take(s, other *copyCursor, loose bool) ([]byte, error) {
	if s.more == 0 || s.lost > 0 && !s.ragged {
		return nil, nil // a loss is told alone
	}
	limit := int64(math.MaxInt64)
	if other.more > 0 {
		limit = max(other.came(), s.came())
	}
	end, broken := s.until(limit)
	if c.torn == s {
		end = s.pos + 1 // the rest of its line
	}
	c.enlarge(s.more)
	return s.take(c.buffer, end, broken, loose)
}

// enlarge sees to a buffer for so many bytes: a big one, if there is one to be had.
func (c *copyist) enlarge(more int64) {
	if c.buffer == nil {
		c.buffer = make([]byte, smallHelping)
	}
	if more <= smallHelping || len(c.buffer) > smallHelping {
		return
	}
	select {
	case c.big <- struct{}{}:
		c.buffer = make([]byte, helping)
	default:
	}
}

// turnTo goes on with another file, or another size.
func (c *copyist) turnTo(t target) {
	if t == c.file.target {
		return
	}
	if t.path != c.file.path {
		c.file.close()
		c.torn = nil
	}
	c.file.target = t
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.dropped {
		return
	}
	c.book.close()
	var err error
	if c.book, err = makeNotebook(c.bookAt, t, place{at: c.places(), stream: -1}); err != nil {
		c.log.Error("the log file may miss or repeat lines when the server is restarted", "service", c.name, "err", err)
	}
}

// drop removes the notebook: there is nothing to go on with after a restart.
func (c *copyist) drop() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.dropped = true
	unix.Unlink(c.bookAt)
}

// release lets the pump go on that has waited for a stream.
func (c *copyist) release(s *copyCursor, held bool) {
	if held {
		c.pump.post(func() { c.pump.release(s.ear) })
	}
}

// fails says once that the file takes nothing; nobody waits for it any more. A pipe that
// is full has the patience that a slow disk has.
func (c *copyist) fails(err error) {
	c.rest()
	if err == unix.EAGAIN {
		return
	}
	for _, s := range c.cursors {
		c.release(s, s.stall())
	}
	if !c.broken {
		c.broken, c.lost = true, 0
		c.log.Error("cannot write log file; what the ring turns past is counted until that is put right; zinit logs has the newest",
			"service", c.name, "file", c.file.path, "err", err)
	}
}

// works says that the file takes output again.
func (c *copyist) works() {
	if c.broken {
		c.broken = false
		c.log.Info("log file is written again", "service", c.name, "file", c.file.path, "lost_lines", c.lost)
	}
}

// leave tells that the segments are about to get another name, and how it ends: with
// a number, as a former service of this name may have a file that takes nothing. nil:
// there is nobody to tell.
func (c *copyist) leave() string {
	if c == nil {
		return ""
	}
	left := ".left" + strconv.FormatUint(c.number, 10)
	c.left.Store(&left)
	c.drop()
	return left
}

// finish tells the copyist to end when all is in the file.
func (c *copyist) finish() {
	if c != nil {
		close(c.quit)
	}
}
