package logs

import (
	"bytes"
	"time"

	"golang.org/x/sys/unix"
)

// loss is what could not be kept at the place where the ear stands.
type loss struct {
	at    int64 // offset in the stream
	lines int64
	bytes int64
	open  bool // the last lost line has not ended yet
	when  time.Time
	told  bool // it was reported
}

// discard reads a quantum and drops it, as cause keeps it from being written.
func (p *pump) discard(e *ear, cause error) int64 {
	now := e.losing()
	var moved int64
	for moved < quantum {
		n, err := unix.Read(e.fd, p.buffer())
		if err != nil || n <= 0 {
			break
		}
		now.count(p.scratch[:n])
		moved += int64(n)
		if n < scratch {
			break
		}
	}
	if moved > 0 {
		p.lose(e, now, moved, cause)
	}
	return moved
}

// losing is the loss that is under way, or begins.
func (e *ear) losing() loss {
	now := loss{at: e.end.Load(), when: time.Now()}
	if l := e.loss.Load(); l != nil {
		now.lines, now.bytes, now.open, now.told = l.lines, l.bytes, l.open, l.told
	}
	return now
}

// lose publishes a loss to which moved bytes were added.
func (p *pump) lose(e *ear, now loss, moved int64, cause error) {
	if now.bytes == moved && now.when.Sub(e.warned) >= warning { // the first ones
		e.warned, now.told = now.when, true
		p.log.Warn("cannot write log; output is dropped and counted until that is put right",
			"service", e.service, "stream", e.stream, "error", cause)
	}
	e.loss.Store(&now)
	if e.current != nil && e.current.data >= 0 && !e.full() {
		// For a successor. Where not even this can be written, he will not know.
		_ = e.current.note(now.when, now.lines)
	}
}

// count adds dropped bytes. A line that was begun counts as a whole one.
func (l *loss) count(b []byte) {
	l.bytes += int64(len(b))
	l.lines += int64(bytes.Count(b, []byte{'\n'}))
	open := b[len(b)-1] != '\n'
	if l.open {
		l.lines--
	}
	if open {
		l.lines++
	}
	l.open = open
}
