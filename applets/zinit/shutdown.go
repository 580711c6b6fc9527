package zinit

import (
	"context"
	"errors"
	"fmt"
	"time"

	"zinit/rpc"
)

func (s *session) shutdownCommand() *command {
	return &command{
		name:        "shutdown",
		usage:       "stop all services in order, then the server",
		description: "It returns when the server has ended.",
		options:     []*option{noWaitFlag(), timeoutFlag(), jsonFlag()},
		run:         s.shutdown,
	}
}

// shutdown watches the events for their end: the server closes the connection with
// its own end, and not before.
func (s *session) shutdown(c *commandLine) error {
	if err := noArguments(c); err != nil {
		return err
	}
	limit, err := timeout(c)
	if err != nil {
		return err
	}
	conn, err := s.connect(c)
	if err != nil {
		return err
	}
	ctx, cancel := bounded(c.ctx, limit)
	defer cancel()
	events, err := conn.Events(ctx)
	if err != nil {
		return err
	}
	if _, err := ask(s, c, answerLimit, done(bareDone((*rpc.Client).Shutdown)), rpc.None{}); err != nil {
		return err
	}
	if !c.is("no-wait") {
		for _, err := range events {
			if err != nil {
				break
			}
		}
		if ctx.Err() != nil {
			return shutdownLate(ctx, limit)
		}
	}
	if c.is("json") {
		return s.showJSON(rpc.None{})
	}
	if c.is("no-wait") {
		fmt.Fprintln(s.out, "shutdown: under way")
	} else {
		fmt.Fprintln(s.out, "shutdown: done")
	}
	return nil
}

func shutdownLate(ctx context.Context, limit time.Duration) error {
	if !errors.Is(ctx.Err(), context.DeadlineExceeded) {
		return ctx.Err()
	}
	return &failure{code: exitTimeout, text: fmt.Sprintf("the shutdown was not done within %v", limit), hint: "it goes on"}
}

// bareDone fits a method without params and without a result into done.
func bareDone(method func(*rpc.Client, context.Context) error) func(*rpc.Client, context.Context, rpc.None) error {
	return func(conn *rpc.Client, ctx context.Context, _ rpc.None) error { return method(conn, ctx) }
}
