package server

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"

	"zinit/configs"
	"zinit/rpc"
	"zinit/supervisor"
)

func (b *backend) Shutdown(ctx context.Context, by rpc.Peer) error {
	b.log.Info("shutting down", "cause", fmt.Sprintf("request by uid %d, pid %d", by.UID, by.Pid))
	return fault(b.shutdown(ctx, fmt.Sprintf("shutdown by uid %d", by.UID), b.mode.end(), 0))
}

func (b *backend) Start(ctx context.Context, by rpc.Peer, p rpc.Order) (rpc.Service, error) {
	return b.order(ctx, by, "start", p, func(w supervisor.Wish) supervisor.Event {
		return supervisor.Start{Wish: w, Name: p.Name, NoDeps: p.NoDeps}
	})
}

func (b *backend) Stop(ctx context.Context, by rpc.Peer, p rpc.Order) (rpc.Service, error) {
	return b.order(ctx, by, "stop", p, func(w supervisor.Wish) supervisor.Event {
		return supervisor.Stop{Wish: w, Name: p.Name}
	})
}

func (b *backend) Restart(ctx context.Context, by rpc.Peer, p rpc.Order) (rpc.Service, error) {
	return b.order(ctx, by, "restart", p, func(w supervisor.Wish) supervisor.Event {
		return supervisor.RestartService{Wish: w, Name: p.Name}
	})
}

// order carries out a start, stop or restart, and shows the service at its end. The
// deadline of ctx is what timeout_ms asks for.
func (b *backend) order(ctx context.Context, by rpc.Peer, what string, p rpc.Order, wish func(supervisor.Wish) supervisor.Event) (rpc.Service, error) {
	wait := p.Wait == nil || *p.Wait
	_, err := b.ask(ctx, by, what, wait, wish)
	if errors.Is(err, context.DeadlineExceeded) {
		return rpc.Service{}, b.late(context.WithoutCancel(ctx), what, p)
	}
	if err != nil {
		return rpc.Service{}, err
	}
	return b.Status(ctx, rpc.Name{Name: p.Name})
}

// late is the error of an order that took too long, with how things stand.
func (b *backend) late(ctx context.Context, what string, p rpc.Order) error {
	limit := time.Duration(p.TimeoutMs) * time.Millisecond
	text := fmt.Sprintf("cannot %s %s within %v", what, p.Name, limit)
	if why, err := b.Why(ctx, rpc.Name{Name: p.Name}); err == nil {
		text += ": " + why.Text
	}
	return rpc.Errorf(rpc.Timeout, p.Name, "%s", text)
}

func (b *backend) Kill(ctx context.Context, by rpc.Peer, p rpc.Kill) error {
	signal, err := signalOf(p.Signal)
	if err != nil {
		return &rpc.Error{Code: rpc.CodeInvalidParams, Message: err.Error()}
	}
	_, err = b.ask(ctx, by, "kill "+signal.String(), true, func(w supervisor.Wish) supervisor.Event {
		return supervisor.Signal{Wish: w, Name: p.Name, Signal: int(signal)}
	})
	return err
}

// signalOf reads a name or a number.
func signalOf(param json.RawMessage) (configs.Signal, error) {
	if len(param) == 0 || string(param) == "null" {
		return configs.SIGTERM, nil
	}
	var name string
	if err := json.Unmarshal(param, &name); err != nil {
		name = strings.TrimSpace(string(param))
	}
	return configs.ParseSignal(name)
}

func (b *backend) StartAll(ctx context.Context, by rpc.Peer) (rpc.Bulk, error) {
	result, err := b.ask(ctx, by, "start-all", true, func(w supervisor.Wish) supervisor.Event {
		return supervisor.StartAll{Wish: w}
	})
	return bulk(result), err
}

func (b *backend) StopAll(ctx context.Context, by rpc.Peer) (rpc.Bulk, error) {
	result, err := b.ask(ctx, by, "stop-all", true, func(w supervisor.Wish) supervisor.Event {
		return supervisor.StopAll{Wish: w}
	})
	return bulk(result), err
}

func (b *backend) DeleteAll(ctx context.Context, by rpc.Peer) (rpc.Bulk, error) {
	result, err := b.ask(ctx, by, "delete-all", true, func(w supervisor.Wish) supervisor.Event {
		return supervisor.DeleteAll{Wish: w}
	})
	return bulk(result), err
}
