package rpc

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"net"
	"os"
	"sync"
	"sync/atomic"
	"time"
)

// session is one connection. The goroutine of run reads its requests and answers
// those that only read; wishes and subscriptions have goroutines of their own.
type session struct {
	*server
	conn *net.UnixConn
	peer Peer
	in   *receiver
	out  *sender

	slots   chan struct{}  // as many as requests may be under way
	active  sync.WaitGroup // requests and subscriptions under way
	streams atomic.Int64
	last    uint64 // subscription; run's own
	busy    atomic.Int64
	since   atomic.Int64 // Unix nanoseconds of the last sign of life
}

func newSession(s *server, conn *net.UnixConn, peer Peer) *session {
	c := &session{server: s, conn: conn, peer: peer,
		in:    newReceiver(conn, s.limits.Patience),
		out:   newSender(conn, s.limits.Queue, s.limits.Patience),
		slots: make(chan struct{}, s.limits.Requests)}
	c.touch()
	return c
}

// run serves the connection until its peer or the server goes, and closes it.
func (c *session) run(ctx context.Context) {
	defer c.conn.Close()
	// A read that waits for the next request ends with the server, and a write that
	// nobody takes does not hold its end up.
	defer context.AfterFunc(ctx, func() {
		c.conn.CloseRead()
		c.out.hasten(min(c.limits.Patience, farewell))
	})()
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	var writing sync.WaitGroup
	writing.Go(func() {
		defer cancel() // without a way to answer there is nothing to wait for
		c.out.run()
	})

	fault := c.read(ctx)
	if fault == nil {
		c.rest(ctx)
	} else {
		c.out.put(errorFrame(nil, fault))
	}
	cancel()
	c.active.Wait()
	c.out.close()
	writing.Wait()
	if fault != nil {
		c.conn.CloseWrite()
		c.in.discard()
	}
}

// read takes requests until the peer sends no more, the server ends, or a frame is
// so malformed that the next can't be found: then it returns what to tell the peer.
func (c *session) read(ctx context.Context) *Error {
	for ctx.Err() == nil {
		if !c.in.ready() {
			c.out.flush()
		}
		frame, err := c.in.next()
		if err != nil {
			return lastWord(err)
		}
		c.touch()
		r, fault := parseRequest(frame)
		switch {
		case fault != nil && fault.Code == CodeParse:
			return fault
		case fault != nil:
			err = c.out.put(errorFrame(r.ID, fault))
		default:
			err = c.handle(ctx, r)
		}
		if err != nil {
			return nil
		}
	}
	return nil
}

// lastWord is what a peer is told whose frame could not be read, or nil if it has
// gone.
func lastWord(err error) *Error {
	if fault, ok := errors.AsType[*Error](err); ok {
		return fault
	}
	switch {
	case errors.Is(err, os.ErrDeadlineExceeded):
		return Errorf(Timeout, "", "cannot read the frame: its rest did not come in time")
	case errors.Is(err, io.ErrUnexpectedEOF):
		return &Error{Code: CodeParse, Message: "cannot read the frame: it ends too early"}
	default:
		return nil
	}
}

// rest waits until all that is under way is done, or nobody is left to wait for it.
func (c *session) rest(ctx context.Context) {
	done := make(chan struct{})
	go func() {
		c.active.Wait()
		close(done)
	}()
	c.out.flush()
	gone, stop := c.in.watch()
	defer stop()
	select {
	case <-done:
	case <-gone:
	case <-ctx.Done():
	}
}

// handle carries out one request. The error says that the connection is over.
func (c *session) handle(ctx context.Context, r request) error {
	m, known := c.methods[r.Method]
	switch {
	case !known:
		return c.answer(r, nil, &Error{Code: CodeMethodNotFound, Message: "there is no method " + quoted(r.Method)})
	case m.stream != nil:
		return c.subscribe(ctx, m, r)
	case m.waits:
		return c.start(ctx, m, r)
	default:
		result, err := m.run(ctx, c.backend, c.peer, r.Params)
		return c.answer(r, result, err)
	}
}

// answer puts the answer of a request, if it wants one.
func (c *session) answer(r request, result any, err error) error {
	if r.silent() {
		return nil
	}
	if err != nil {
		return c.out.put(errorFrame(r.ID, answerable(err)))
	}
	return c.out.put(resultFrame(r.ID, result))
}

// start carries out a wish beside the others, as soon as there is a slot for it.
func (c *session) start(ctx context.Context, m method, r request) error {
	if err := c.slot(ctx); err != nil {
		return err
	}
	c.begin(func() {
		defer func() { <-c.slots }()
		result, err := m.run(ctx, c.backend, c.peer, r.Params)
		c.answer(r, result, err)
		c.out.flush()
	})
	return nil
}

// slot takes a slot. While none is free nothing is read, so that somebody else has to
// notice when the peer goes.
func (c *session) slot(ctx context.Context) error {
	select {
	case c.slots <- struct{}{}:
		return nil
	default:
	}
	c.out.flush()
	gone, stop := c.in.watch()
	defer stop()
	select {
	case c.slots <- struct{}{}:
		return nil
	case <-gone:
		return io.EOF
	case <-ctx.Done():
		return ctx.Err()
	}
}

// begin runs f on a goroutine that the session waits for.
func (c *session) begin(f func()) {
	c.busy.Add(1)
	c.active.Go(func() {
		defer c.touch()
		defer c.busy.Add(-1)
		f()
	})
}

// touch notes a sign of life.
func (c *session) touch() { c.since.Store(time.Now().UnixNano()) }

// idleFor is how long nothing has been under way; 0 while something is.
func (c *session) idleFor() time.Duration {
	if c.busy.Load() > 0 {
		return 0
	}
	return time.Since(time.Unix(0, c.since.Load()))
}

// quoted shortens what a peer sent and makes it fit to be shown.
func quoted(s string) string {
	text, err := json.Marshal(s[:min(len(s), 64)])
	if err != nil {
		return "of that name"
	}
	return string(text)
}
