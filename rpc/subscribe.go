package rpc

import (
	"context"
	"sync"
)

// ending is the params of the notification "end".
type ending struct {
	Error *Error `json:"error,omitempty"`
}

// subscribe starts a subscription. A request that wants no answer could not tell the
// notifications' subscription, so it gets none.
func (c *session) subscribe(ctx context.Context, m method, r request) error {
	if r.silent() {
		return nil
	}
	run, err := m.stream(c.backend, r.Params)
	if err == nil {
		err = c.mayStream()
	}
	if err != nil {
		return c.answer(r, nil, err)
	}
	c.last++
	s := &subscription{session: c, id: c.last, request: r}
	if c.streams.Add(1) == 1 {
		c.streaming.Add(1)
	}
	c.begin(func() {
		defer func() {
			if c.streams.Add(-1) == 0 {
				c.streaming.Add(-1)
			}
		}()
		s.run(ctx, run)
	})
	return nil
}

// mayStream refuses a subscription too many: for this connection, or, as connections
// with subscriptions never make room for others, for all of them. One in four is for
// those who ask something.
func (c *session) mayStream() error {
	switch most := c.limits.Connections * 3 / 4; {
	case c.streams.Load() >= int64(c.limits.Streams):
		return Errorf(Denied, "", "cannot subscribe: this connection has %d subscriptions already", c.limits.Streams)
	case c.streams.Load() == 0 && c.streaming.Load() >= int64(most):
		return Errorf(Denied, "", "cannot subscribe: %d connections have subscriptions already", most)
	}
	return nil
}

// subscription is one that is under way.
type subscription struct {
	*session
	id      uint64
	request request
	once    sync.Once // for the answer, which comes before all notifications
}

// run feeds the subscription until the peer or the server goes, or the backend can't
// go on.
func (s *subscription) run(ctx context.Context, run feed) {
	err := run(ctx, s.ready, s.send)
	if err == nil {
		err = ctx.Err()
	}
	refused := false
	s.once.Do(func() {
		if refused = err != nil; refused {
			s.answer(s.request, nil, err)
		} else {
			s.answer(s.request, Subscription{s.id}, nil)
		}
	})
	if !refused {
		s.end(err)
	}
	s.out.flush()
}

// ready answers the request. The first line may come before the backend says so.
func (s *subscription) ready() {
	s.once.Do(func() {
		s.answer(s.request, Subscription{s.id}, nil)
		s.out.flush()
	})
}

// send sends one notification. It waits for a peer that is slow to read, and fails
// when that has been dropped.
func (s *subscription) send(note string, params any) error {
	s.ready()
	frame, err := noteFrame(note, s.id, params)
	if err != nil {
		return err
	}
	return s.out.send(frame)
}

// end says that nothing more will come.
func (s *subscription) end(err error) {
	var last ending
	if err != nil {
		last.Error = answerable(err)
	}
	frame, err := noteFrame(NoteEnd, s.id, last)
	if err == nil {
		s.out.put(frame)
	}
}
