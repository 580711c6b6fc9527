package zinit

import (
	"context"
	"fmt"
	"time"

	"zinit/rpc"
)

// pipelined is how many orders are under way at once on the one connection. The
// server takes 64.
const pipelined = 32

// orderCall is service.start, stop or restart.
type orderCall func(*rpc.Client, context.Context, rpc.Order) (rpc.Service, error)

// outcomeOf is what became of one order.
type outcomeOf struct {
	service rpc.Service
	err     error
}

// order gives one order for each of the services named, all at once, and tells in
// the order of the names what became of them.
func (s *session) order(c *commandLine, call orderCall) error {
	names, err := someNames(c)
	if err != nil {
		return err
	}
	limit, err := timeout(c)
	if err != nil {
		return err
	}
	if _, err := s.connect(c); err != nil {
		return err
	}
	wait := !c.is("no-wait")
	params := rpc.Order{Wait: &wait, TimeoutMs: limit.Milliseconds(), NoDeps: c.is("no-deps")}
	var shown []rpc.Service
	codes := make([]int, 0, len(names))
	for i, result := range s.giveOrders(c, names, params, call) {
		r := <-result
		code := exitCode(r.err)
		codes = append(codes, code)
		if code == exitUnreachable {
			return r.err
		}
		shown = append(shown, s.tell(c, names[i], r)...)
	}
	if c.is("json") {
		if err := s.showOrders(names, shown); err != nil {
			return err
		}
	}
	return toldWorst(codes...)
}

// giveOrders begins all orders and gives a channel for each of their outcomes.
func (s *session) giveOrders(c *commandLine, names []string, params rpc.Order, call orderCall) []chan outcomeOf {
	results := make([]chan outcomeOf, len(names))
	room := make(chan struct{}, pipelined)
	limit := time.Duration(params.TimeoutMs) * time.Millisecond
	if limit > 0 {
		limit += lateLimit
	}
	for i := range names {
		results[i] = make(chan outcomeOf, 1)
	}
	go func() {
		for i, name := range names {
			room <- struct{}{}
			params := params
			params.Name = name
			go func() {
				sv, err := ask(s, c, limit, (func(*rpc.Client, context.Context, rpc.Order) (rpc.Service, error))(call), params)
				results[i] <- outcomeOf{sv, err}
				<-room
			}()
		}
	}()
	return results
}

// tell says what became of one service, and gives what --json is to show of it.
func (s *session) tell(c *commandLine, name string, r outcomeOf) []rpc.Service {
	if r.err != nil {
		s.complain(r.err)
		if !c.is("json") || exitCode(r.err) == exitUnknown {
			return nil
		}
		sv, err := ask(s, c, answerLimit, (*rpc.Client).Status, name)
		if err != nil {
			return nil
		}
		return []rpc.Service{sv}
	}
	if f := r.service.Failure; f != nil && f.Type == "stop_timeout" && r.service.State == "exited" {
		s.warn(name+" did not stop in time and was killed (SIGKILL)", "")
	}
	if len(r.service.Leftover) > 0 {
		s.warn("some of "+name+" is left: "+leftWords(r.service.Leftover), "")
	}
	if !c.is("json") {
		fmt.Fprintln(s.out, outcome(r.service))
		s.out.Flush()
	}
	return []rpc.Service{r.service}
}

// showOrders prints the services as JSON: one where one was named, else an array.
func (s *session) showOrders(names []string, shown []rpc.Service) error {
	if len(names) > 1 {
		return s.showJSON(array(shown))
	}
	if len(shown) == 0 {
		return nil // it does not exist: stderr says so
	}
	return s.showJSON(shown[0])
}

// timeout reads --timeout; 0 is none.
func timeout(c *commandLine) (time.Duration, error) {
	text := c.text("timeout")
	if text == "" && !c.has("timeout") {
		return 0, nil
	}
	d, err := span(text)
	if err != nil || d < time.Millisecond {
		return 0, usagef(c, "--timeout %q is no time span above 0 like 30s or 5m", text)
	}
	return d, nil
}

// span reads a time span: 5m, 1h30m, 250ms, or a bare number of seconds.
func span(text string) (time.Duration, error) {
	if d, err := time.ParseDuration(text + "s"); err == nil && isNumber(text) {
		return d, nil
	}
	return time.ParseDuration(text)
}

func isNumber(text string) bool {
	for _, r := range text {
		if (r < '0' || r > '9') && r != '.' {
			return false
		}
	}
	return text != ""
}
