package server

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"zinit/proc"
	"zinit/proc/logs"
	"zinit/rpc"
	"zinit/supervisor"
	"zinit/supervisor/driver"
)

// backend answers the methods of the protocol. Its methods run on the connections'
// goroutines; all that they know of services they ask the driver.
type backend struct {
	options
	log     *slog.Logger
	driver  *driver.Driver
	kernel  *proc.Kernel
	ears    *logs.Store
	shim    shim
	started time.Time
	sink    *syslogSink // nil: syslog is not received

	// files holds a token while somebody reads or writes the directories, so that a
	// reload sees all of what a request writes, or nothing, and of two reloads the
	// later one counts.
	files   chan struct{}
	hangups chan struct{} // a SIGHUP that waits for its reload
}

var _ rpc.Backend = (*backend)(nil)

// ask posts a wish and gives its result. what is the word for it: "start".
func (b *backend) ask(ctx context.Context, by rpc.Peer, what string, wait bool, wish func(supervisor.Wish) supervisor.Event) (any, error) {
	return b.wish(ctx, fmt.Sprintf("%s by uid %d", what, by.UID), wait, wish)
}

// wish is ask for those who are no peers.
func (b *backend) wish(ctx context.Context, by string, wait bool, wish func(supervisor.Wish) supervisor.Event) (any, error) {
	answer, err := b.driver.Ask(ctx, by, wait, wish)
	if err != nil {
		return nil, fault(err)
	}
	if answer.Refusal != nil {
		return nil, refused(answer.Refusal)
	}
	return answer.Result, nil
}

// fault makes of an error of the driver what a peer may get.
func fault(err error) error {
	if errors.Is(err, driver.ErrEnded) {
		return rpc.Errorf(rpc.ShuttingDown, "", "%v", err)
	}
	return err
}

// refused is a refusal of the core's in the words of the protocol.
func refused(r *supervisor.Refusal) error {
	e := rpc.Errorf(rpc.Kind(r.Kind), r.Service, "%s", r.Text)
	if r.Hint != "" {
		e.Data.Hint = r.Hint
	}
	return e
}

// look reads something from the core.
func (b *backend) look(ctx context.Context, see func(*supervisor.Core, supervisor.Instant)) error {
	return fault(b.driver.Read(ctx, see))
}

// view is what there is to see of one service. The error is that there is none.
func (b *backend) view(ctx context.Context, name string) (supervisor.View, clock, error) {
	var view supervisor.View
	var at clock
	known := false
	err := b.look(ctx, func(c *supervisor.Core, now supervisor.Instant) {
		view, known = c.View(name, now)
		at = clockAt(now)
	})
	if err == nil && !known {
		err = unknown(name)
	}
	return view, at, err
}

func unknown(name string) error {
	return rpc.Errorf(rpc.NotFound, name, "there is no service %s", name)
}

// lockFiles takes the token of the files; the function it returns gives it back.
func (b *backend) lockFiles(ctx context.Context) (release func(), err error) {
	select {
	case b.files <- struct{}{}:
		return func() { <-b.files }, nil
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}
