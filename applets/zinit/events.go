package zinit

import (
	"context"
	"fmt"
	"os"
	"os/signal"
	"syscall"

	"zinit/rpc"
)

func (s *session) eventsCommand() *command {
	return &command{
		name:        "events",
		usage:       "print each change of state as it happens, until Ctrl-C",
		arguments:   "[NAME…]",
		description: "With --json one JSON document a line.",
		options:     []*option{jsonFlag()},
		run:         s.events,
	}
}

func (s *session) events(c *commandLine) error {
	conn, err := s.connect(c)
	if err != nil {
		return err
	}
	ctx, stop := untilInterrupt(c.ctx)
	defer stop()
	events, err := conn.Events(ctx, c.names...)
	if err != nil {
		return interrupted(ctx, err)
	}
	for event, err := range events {
		if err == nil {
			if err = s.showEvent(c, event); err == nil {
				err = s.out.Flush()
			}
		}
		if err != nil {
			return interrupted(ctx, err)
		}
	}
	return ended(ctx)
}

func (s *session) showEvent(c *commandLine, e rpc.Event) error {
	if c.is("json") {
		return s.showJSONLine(e)
	}
	change := s.paint(stateColor(e.From), e.From) + " -> " + s.paint(stateColor(e.To), e.To)
	switch {
	case e.From == "":
		change = "new, " + s.paint(stateColor(e.To), e.To)
	case e.To == "":
		change = "removed"
	}
	_, err := fmt.Fprintf(s.out, "%s %s: %s%s\n", s.clock(e.TimeMs), e.Service, change, after(" - ", oneLine(e.Cause)))
	return err
}

// untilInterrupt is a context that Ctrl-C or SIGTERM ends: what goes on for ever
// ends so, and that is no error.
func untilInterrupt(ctx context.Context) (context.Context, context.CancelFunc) {
	return signal.NotifyContext(ctx, os.Interrupt, syscall.SIGTERM)
}

// interrupted drops the error that the end of the context brings with it. That the
// server shuts down means here that it has gone.
func interrupted(ctx context.Context, err error) error {
	switch {
	case ctx.Err() != nil:
		return nil
	case rpc.IsKind(err, rpc.ShuttingDown):
		return gone()
	}
	return err
}

// ended is what the end of a subscription means: nothing if we wished it.
func ended(ctx context.Context) error {
	if ctx.Err() != nil {
		return nil
	}
	return gone()
}

func gone() error {
	return &failure{code: exitUnreachable, text: "the server has ended", hint: "it was shut down or restarted"}
}
