package driver

import (
	"context"
	"errors"

	"zinit/supervisor"
)

// ErrEnded is what those get who ask a driver whose loop has ended.
var ErrEnded = errors.New("the server has shut down")

// call is something that is to happen on the loop, in the order of arrival.
type call func(*Driver)

func (d *Driver) call(c call) { c(d) }

// enter hands a call to the loop.
func (d *Driver) enter(ctx context.Context, c call) error {
	select {
	case d.calls <- c:
		return nil
	case <-d.ended:
		return ErrEnded
	case <-ctx.Done():
		return ctx.Err()
	}
}

// Ask posts the wish that make gives and waits for its answer. by says what is
// asked and by whom; wait is [supervisor.Wish.Wait]. When ctx ends first the wish's
// request is withdrawn, not its effect, and the error is that of ctx.
func (d *Driver) Ask(ctx context.Context, by string, wait bool, make func(supervisor.Wish) supervisor.Event) (supervisor.Answer, error) {
	wish := supervisor.Wish{ID: d.ids.Add(1), By: by, Wait: wait}
	reply := newReply()
	err := d.enter(ctx, func(d *Driver) {
		d.waiting[wish.ID] = reply
		d.step(make(wish))
	})
	if err != nil {
		return supervisor.Answer{}, err
	}
	select {
	case a := <-reply:
		return a, nil
	case <-d.ended:
		return lastWord(reply)
	case <-ctx.Done():
		d.withdraw(wish.ID)
		return supervisor.Answer{}, ctx.Err()
	}
}

// newReply makes a channel that the loop can always put one answer into.
func newReply() chan supervisor.Answer { return make(chan supervisor.Answer, 1) }

// lastWord is the answer that was given just before the end.
func lastWord(reply <-chan supervisor.Answer) (supervisor.Answer, error) {
	select {
	case a := <-reply:
		return a, nil
	default:
		return supervisor.Answer{}, ErrEnded
	}
}

// withdraw forgets a request whose asker has gone.
func (d *Driver) withdraw(id uint64) {
	_ = d.enter(context.Background(), func(d *Driver) { // an ended loop has forgotten it already
		if _, ok := d.waiting[id]; ok {
			delete(d.waiting, id)
			d.step(supervisor.Cancel{ID: id})
		}
	})
}

// answer passes the core's answer on to who asked.
func (d *Driver) answer(a supervisor.Answer) {
	if reply, ok := d.waiting[a.ID]; ok {
		delete(d.waiting, a.ID)
		reply <- a
	}
}

// Read runs look on the loop and waits for it. look must be quick and must not keep
// the core.
func (d *Driver) Read(ctx context.Context, look func(*supervisor.Core, supervisor.Instant)) error {
	done := make(chan struct{})
	err := d.enter(ctx, func(d *Driver) {
		look(d.core, d.kernel.Now())
		close(done)
	})
	if err != nil {
		return err
	}
	select {
	case <-done:
		return nil
	case <-d.ended:
		return ErrEnded
	}
}

// leave ends the loop: nobody waits for it any longer.
func (d *Driver) leave() {
	for w := range d.watches {
		close(w.changes)
	}
	close(d.ended)
}
