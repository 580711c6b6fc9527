package logs

import (
	"encoding/binary"
	"errors"
	"time"

	"golang.org/x/sys/unix"
)

// errHeld says that the ring may not turn yet.
var errHeld = errors.New("the log file is behind")

// mayTurn returns errHeld while the ring of an ear would turn past what is not in
// its log file. What it will turn past all the same is counted.
func (p *pump) mayTurn(e *ear) error {
	c, spans := e.copy.Load(), e.spans()
	if c == nil || len(spans) < segments {
		return nil
	}
	next := spans[len(spans)-segments+1].base
	if c.hold(next) {
		return errHeld
	}
	c.miss(e.path, spans[0].base, next, p.buffer())
	return nil
}

// hold leaves an ear alone until its log file has made progress, or for as long as
// the patience lasts. Its bytes wait in the pipe.
func (p *pump) hold(e *ear) {
	if e.held {
		return
	}
	e.held = true
	e.holds++
	if e.loud {
		p.ignore(e)
	} else {
		p.ready.drop(e.fd)
	}
	hold := e.holds
	time.AfterFunc(patience, func() {
		p.post(func() {
			if c := e.copy.Load(); e.held && e.holds == hold {
				if c != nil {
					c.stall()
				}
				p.release(e)
			}
		})
	})
}

// release ends hold. It runs as an order.
func (p *pump) release(e *ear) {
	p.mu.Lock()
	known := p.ears[int32(e.fd)] == e
	p.mu.Unlock()
	if !e.held || !known {
		return
	}
	e.held = false
	if len(p.loud) < loudMax || !p.watch(e) {
		p.visit(e)
	}
}

// lastWords moves what waits in the pipe of an ear that will be forgotten, if that is
// to be copied. It waits for no log file.
func (p *pump) lastWords(e *ear) {
	c := e.copy.Load()
	if c == nil {
		return
	}
	for moved := int64(0); moved < widePipe; {
		c.stall()
		n := p.drain(e)
		if n <= 0 && !e.held {
			return
		}
		e.held = false
		moved += n
	}
}

// post has f run by the pump, and does not wait for it.
func (p *pump) post(f func()) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.closed {
		return
	}
	p.orders = append(p.orders, f)
	p.nudge()
}

// nudge wakes the pump. The lock is held.
func (p *pump) nudge() {
	one := binary.NativeEndian.AppendUint64(nil, 1)
	_, _ = unix.Write(p.wake, one) // it fails only when it is set already
}
