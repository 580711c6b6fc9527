package driver

import (
	"cmp"
	"context"
	"errors"
	"log/slog"

	"zinit/supervisor"
)

// backlog is how many rounds of the loop a watcher may be behind before it is
// dropped. A boot of a thousand services is some two thousand rounds.
const backlog = 4096

// ErrSlow is what a watcher gets that has fallen too far behind.
var ErrSlow = errors.New("too slow: changes were lost")

// watch is one that is told of every change. The loop writes to it and closes it.
type watch struct {
	changes chan []supervisor.Change
	slow    bool // why it was closed; written before that
}

// Watch calls send with the changes as they happen, in their order, until ctx ends,
// send fails, the loop ends ([ErrEnded]) or the watcher falls too far behind
// ([ErrSlow]). ready is called once, before the first send, when nothing that
// happens later can be missed. send must not change or keep the slice.
func (d *Driver) Watch(ctx context.Context, ready func(), send func([]supervisor.Change) error) error {
	w := &watch{changes: make(chan []supervisor.Change, backlog)}
	if err := d.enter(ctx, func(d *Driver) { d.watches[w] = struct{}{} }); err != nil {
		return err
	}
	defer d.unwatch(w)
	ready()
	for {
		select {
		case changes, ok := <-w.changes:
			if !ok {
				return w.why()
			}
			if err := send(changes); err != nil {
				return err
			}
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

func (w *watch) why() error {
	if w.slow {
		return ErrSlow
	}
	return ErrEnded
}

func (d *Driver) unwatch(w *watch) {
	_ = d.enter(context.Background(), func(d *Driver) { delete(d.watches, w) }) // an ended loop tells nobody
}

// tell gives what has changed to those who watch. A watcher whose channel is full is
// dropped: the loop waits for nobody.
func (d *Driver) tell() {
	if len(d.changed) == 0 {
		return
	}
	for _, c := range d.changed {
		d.note(c)
	}
	for w := range d.watches {
		select {
		case w.changes <- d.changed:
		default:
			w.slow = true
			close(w.changes)
			delete(d.watches, w)
		}
	}
	d.changed = nil // the watchers share it
}

// note logs one change: what went wrong as a warning, how it came up and ended as
// information, the rest for those who search for a fault.
func (d *Driver) note(c supervisor.Change) {
	level := slog.LevelDebug
	switch c.To {
	case supervisor.StateFailed:
		level = slog.LevelWarn
	case supervisor.StateStopping:
		// Its process will end as it was told to, which says nothing.
		if c.Cause.Kind == supervisor.CauseHealth || c.Cause.Kind == supervisor.CauseTimer {
			level = slog.LevelWarn
		}
	case supervisor.StateRunning, supervisor.StateExited, supervisor.StateBlocked:
		level = slog.LevelInfo
	}
	if d.log.Enabled(context.Background(), level) {
		d.log.Log(context.Background(), level, c.Name+" is "+word(c.To), "was", word(c.From), "cause", c.Cause.String())
	}
}

// word is a state, or that there is none: the service was not there.
func word(s supervisor.State) string { return cmp.Or(string(s), "gone") }
