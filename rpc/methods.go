package rpc

import (
	"context"
	"encoding/json"
	"errors"
	"time"
)

// The names of the methods.
const (
	SystemPing       = "system.ping"
	SystemInfo       = "system.info"
	SystemShutdown   = "system.shutdown"
	SystemDoctor     = "system.doctor"
	ServiceList      = "service.list"
	ServiceStatus    = "service.status"
	ServiceGet       = "service.get"
	ServiceStart     = "service.start"
	ServiceStop      = "service.stop"
	ServiceRestart   = "service.restart"
	ServiceKill      = "service.kill"
	ServiceStats     = "service.stats"
	ServiceWhy       = "service.why"
	ServiceTree      = "service.tree"
	ServiceAdd       = "service.add"
	ServiceRemove    = "service.remove"
	ServiceReload    = "service.reload"
	ServiceStartAll  = "service.start_all"
	ServiceStopAll   = "service.stop_all"
	ServiceDeleteAll = "service.delete_all"
	LogsGet          = "logs.get"
	LogsFollow       = "logs.follow"
	EventsSubscribe  = "events.subscribe"
	DebugState       = "debug.state"
	DebugProcs       = "debug.procs"
)

// The names of the notifications.
const (
	NoteLog   = "log"
	NoteEvent = "event"
	NoteEnd   = "end"
)

// method is one row of the table. Exactly one of run and stream is set.
type method struct {
	waits  bool // may take long: runs beside the others
	run    func(ctx context.Context, b Backend, by Peer, params json.RawMessage) (any, error)
	stream func(b Backend, params json.RawMessage) (feed, error)
}

// feed runs a subscription whose params have been read. Each value given to send
// becomes the params of a notification.
type feed func(ctx context.Context, ready func(), send func(note string, value any) error) error

// methods is the table: name, params, call, result.
func methods() map[string]method {
	return map[string]method{
		SystemPing:       read(bare(Backend.Ping)),
		SystemInfo:       read(bare(Backend.Info)),
		SystemShutdown:   wish(done(bareWish(Backend.Shutdown))),
		SystemDoctor:     list(bare(Backend.Doctor)),
		ServiceList:      list(bare(Backend.List)),
		ServiceStatus:    read(Backend.Status, "name"),
		ServiceGet:       read(Backend.Get, "name"),
		ServiceStart:     wish(timed("start", Backend.Start), "name"),
		ServiceStop:      wish(timed("stop", Backend.Stop), "name"),
		ServiceRestart:   wish(timed("restart", Backend.Restart), "name"),
		ServiceKill:      wish(done(Backend.Kill), "name"),
		ServiceStats:     list(bare(Backend.Stats)),
		ServiceWhy:       read(Backend.Why, "name"),
		ServiceTree:      list(Backend.Tree),
		ServiceAdd:       wish(Backend.Add, "toml"),
		ServiceRemove:    wish(done(Backend.Remove), "name"),
		ServiceReload:    wish(Backend.Reload),
		ServiceStartAll:  wish(bulk(Backend.StartAll)),
		ServiceStopAll:   wish(bulk(Backend.StopAll)),
		ServiceDeleteAll: wish(bulk(Backend.DeleteAll)),
		LogsGet:          list(Backend.Logs),
		LogsFollow:       subscribe(NoteLog, Backend.Follow),
		EventsSubscribe:  subscribe(NoteEvent, Backend.Events),
		DebugState:       read(bare(Backend.DebugState)),
		DebugProcs:       read(Backend.DebugProcs, "name"),
	}
}

// read is a row for a method that only reads.
func read[P, R any](call func(Backend, context.Context, P) (R, error), required ...string) method {
	decode := decoder[P](required...)
	return method{run: func(ctx context.Context, b Backend, _ Peer, params json.RawMessage) (any, error) {
		p, err := decode(params)
		if err != nil {
			return nil, err
		}
		return call(b, ctx, p)
	}}
}

// list is a row for a method that reads an array: no result is [], not null.
func list[P, T any](call func(Backend, context.Context, P) ([]T, error)) method {
	return read(func(b Backend, ctx context.Context, p P) ([]T, error) {
		found, err := call(b, ctx, p)
		return array(found), err
	})
}

// wish is a row for a method that changes something, and may have to wait for it.
func wish[P, R any](call func(Backend, context.Context, Peer, P) (R, error), required ...string) method {
	decode := decoder[P](required...)
	return method{waits: true, run: func(ctx context.Context, b Backend, by Peer, params json.RawMessage) (any, error) {
		p, err := decode(params)
		if err != nil {
			return nil, err
		}
		return call(b, ctx, by, p)
	}}
}

// subscribe is a row for a subscription.
func subscribe[P, T any](note string, call func(Backend, context.Context, P, func(), func(T) error) error) method {
	decode := decoder[P]()
	return method{stream: func(b Backend, params json.RawMessage) (feed, error) {
		p, err := decode(params)
		if err != nil {
			return nil, err
		}
		return func(ctx context.Context, ready func(), send func(string, any) error) error {
			return call(b, ctx, p, ready, func(item T) error { return send(note, item) })
		}, nil
	}}
}

// timed gives an order the deadline that its params ask for.
func timed(verb string, call func(Backend, context.Context, Peer, Order) (Service, error)) func(Backend, context.Context, Peer, Order) (Service, error) {
	return func(b Backend, ctx context.Context, by Peer, p Order) (Service, error) {
		if p.TimeoutMs == 0 {
			return call(b, ctx, by, p)
		}
		limit := time.Duration(p.TimeoutMs) * time.Millisecond
		late := Errorf(Timeout, p.Name, "cannot %s %s: it was not done within %v", verb, p.Name, limit)
		ctx, cancel := context.WithTimeoutCause(ctx, limit, late)
		defer cancel()
		result, err := call(b, ctx, by, p)
		if errors.Is(err, context.DeadlineExceeded) {
			return result, late
		}
		return result, err
	}
}

// bare fits a method without params into the table.
func bare[R any](call func(Backend, context.Context) (R, error)) func(Backend, context.Context, None) (R, error) {
	return func(b Backend, ctx context.Context, _ None) (R, error) { return call(b, ctx) }
}

// bareWish is bare for a wish without a result.
func bareWish(call func(Backend, context.Context, Peer) error) func(Backend, context.Context, Peer, None) error {
	return func(b Backend, ctx context.Context, by Peer, _ None) error { return call(b, ctx, by) }
}

// bulk is bare for the wishes that concern all services.
func bulk(call func(Backend, context.Context, Peer) (Bulk, error)) func(Backend, context.Context, Peer, None) (Bulk, error) {
	return func(b Backend, ctx context.Context, by Peer, _ None) (Bulk, error) { return call(b, ctx, by) }
}

// done gives a wish without a result the result {}.
func done[P any](call func(Backend, context.Context, Peer, P) error) func(Backend, context.Context, Peer, P) (None, error) {
	return func(b Backend, ctx context.Context, by Peer, p P) (None, error) { return None{}, call(b, ctx, by, p) }
}
