package server

import (
	"context"
	"errors"
	"slices"
	"time"

	"zinit/proc/logs"
	"zinit/rpc"
	"zinit/supervisor"
	"zinit/supervisor/driver"
)

func (b *backend) Logs(ctx context.Context, p rpc.LogQuery) ([]rpc.Line, error) {
	if err := b.heard(ctx, p.Names); err != nil {
		return nil, err
	}
	all, more, err := b.ears.Query(ctx, query(p))
	if err != nil {
		return nil, err
	}
	return whole(all, more)
}

// whole is an answer with all lines that were asked for, or none: whoever gets the
// newest of them must have asked for so few, and not take them for all.
func whole(all []logs.Line, more bool) ([]rpc.Line, error) {
	if more {
		return nil, rpc.Errorf(rpc.TooLarge, "", "cannot show all these lines: the newest %d fit in one answer; ask for so many with lines, or for fewer with since_ms", len(all))
	}
	return lines(all), nil
}

func (b *backend) Follow(ctx context.Context, p rpc.LogQuery, ready func(), send func(rpc.Line) error) error {
	if err := b.heard(ctx, p.Names); err != nil {
		return err
	}
	follow := b.ears.Follow
	if p.Once {
		follow = b.ears.All
	}
	err := follow(ctx, query(p), ready, func(l logs.Line) error { return send(line(l)) })
	if errors.Is(err, logs.ErrClosed) {
		return farewellTo(ctx)
	}
	return err
}

// heard says which of some names is that of nobody who has logs.
func (b *backend) heard(ctx context.Context, names []string) error {
	return b.mustExist(ctx, slices.DeleteFunc(slices.Clone(names), func(name string) bool { return name == logs.Unclaimed }))
}

// mustExist says which of some names is that of no service.
func (b *backend) mustExist(ctx context.Context, names []string) error {
	missing := ""
	err := b.look(ctx, func(c *supervisor.Core, now supervisor.Instant) {
		for _, name := range names {
			if _, ok := c.View(name, now); !ok {
				missing = name
				return
			}
		}
	})
	if err == nil && missing != "" {
		err = unknown(missing)
	}
	return err
}

func query(p rpc.LogQuery) logs.Query {
	q := logs.Query{Names: p.Names, Lines: p.Lines, Stream: p.Stream}
	if p.SinceMs > 0 {
		q.Since = time.UnixMilli(p.SinceMs)
	}
	return q
}

func (b *backend) Events(ctx context.Context, p rpc.Names, ready func(), send func(rpc.Event) error) error {
	if err := b.mustExist(ctx, p.Names); err != nil {
		return err
	}
	err := b.driver.Watch(ctx, ready, func(changes []supervisor.Change) error {
		at := clockAt(b.kernel.Now())
		for _, c := range changes {
			if len(p.Names) > 0 && !slices.Contains(p.Names, c.Name) {
				continue
			}
			if err := send(at.event(c)); err != nil {
				return err
			}
		}
		return nil
	})
	switch {
	case errors.Is(err, driver.ErrSlow):
		return rpc.Errorf(rpc.Denied, "", "%v", err)
	case errors.Is(err, driver.ErrEnded):
		return farewellTo(ctx)
	default:
		return err
	}
}

// farewellTo holds a subscriber until the very end: who waits for the server's end
// wants to see nothing left of it.
func farewellTo(ctx context.Context) error {
	<-ctx.Done()
	return ctx.Err()
}
