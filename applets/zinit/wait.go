package zinit

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"zinit/rpc"
)

func (s *session) waitCommand() *command {
	return &command{
		name:      "wait",
		usage:     "wait until services are up, or down; change nothing",
		arguments: "NAME…",
		description: "It ends with exit code 1 as soon as a service has failed for good that should come up, and\n" +
			"with 5 when the time is over.",
		options: []*option{
			{name: "up", usage: "until they are up (this is the default)"},
			{name: "down", usage: "until they have no process"},
			timeoutFlag(), jsonFlag(),
		},
		run: s.wait,
	}
}

// waiter is one wait under way.
type waiter struct {
	*session
	c    *commandLine
	down bool
	open map[string]bool // those whose condition does not hold yet
	seen map[string]rpc.Service
}

func (s *session) wait(c *commandLine) error {
	names, err := someNames(c)
	if err != nil {
		return err
	}
	if c.is("up") && c.is("down") {
		return usagef(c, "--up and --down exclude each other")
	}
	limit, err := timeout(c)
	if err != nil {
		return err
	}
	w := &waiter{session: s, c: c, down: c.is("down"), open: map[string]bool{}, seen: map[string]rpc.Service{}}
	if err := w.await(names, limit); err != nil {
		return err
	}
	shown := make([]rpc.Service, 0, len(names))
	for _, name := range names {
		shown = append(shown, w.seen[name])
		if !c.is("json") {
			fmt.Fprintln(s.out, outcome(w.seen[name]))
		}
	}
	if c.is("json") {
		return s.showOrders(names, shown)
	}
	return nil
}

// await subscribes first and asks then, so that no change can fall between; each
// change is a reason to ask again, and nothing else is.
func (w *waiter) await(names []string, limit time.Duration) error {
	conn, err := w.connect(w.c)
	if err != nil {
		return err
	}
	ctx, cancel := bounded(w.c.ctx, limit)
	defer cancel()
	events, err := conn.Events(ctx, names...)
	if err != nil {
		return w.late(ctx, limit, err)
	}
	for _, name := range names {
		w.open[name] = true
		if err := w.look(name); err != nil {
			return err
		}
	}
	if len(w.open) == 0 {
		return nil
	}
	for event, err := range events {
		if err == nil && w.open[event.Service] {
			err = w.look(event.Service)
		}
		if err != nil {
			return w.late(ctx, limit, err)
		}
		if len(w.open) == 0 {
			return nil
		}
	}
	return w.late(ctx, limit, ended(ctx))
}

// look asks how a service is. It is an error if the condition can't come true.
func (w *waiter) look(name string) error {
	sv, err := ask(w.session, w.c, answerLimit, (*rpc.Client).Status, name)
	if old, known := w.seen[name]; known && w.down && rpc.IsKind(err, rpc.NotFound) {
		old.State, old.Pid = "removed", 0
		sv, err = old, nil
	}
	if err != nil {
		return err
	}
	w.seen[name] = sv
	switch {
	case w.down && !alive(sv), !w.down && sv.Up:
		delete(w.open, name)
	case !w.down && sv.State == "failed":
		return &failure{code: exitFailed, text: outcome(sv), hint: "zinit why " + name}
	}
	return nil
}

// alive says whether a service has processes, or, for a target, is up.
func alive(sv rpc.Service) bool {
	return sv.State == "starting" || sv.State == "running" || sv.State == "stopping"
}

// late turns the end of the time into words; another error stays.
func (w *waiter) late(ctx context.Context, limit time.Duration, err error) error {
	if !errors.Is(ctx.Err(), context.DeadlineExceeded) {
		return interrupted(ctx, err)
	}
	var words []string
	for _, name := range w.c.names {
		switch v, known := w.seen[name]; {
		case !w.open[name]:
		case known:
			words = append(words, outcome(v))
		default:
			words = append(words, name+": the server has not said yet")
		}
	}
	return &failure{code: exitTimeout, text: fmt.Sprintf("it did not come true within %v: %s", limit, strings.Join(words, "; "))}
}
