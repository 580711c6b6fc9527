package rpc

import (
	"context"
	"encoding/json"
)

// Backend answers the methods. Each runs on a goroutine of its own connection's;
// ctx ends when the peer has gone. An error is sent as it is when it is an
// *Error, and as an internal error otherwise.
type Backend interface {
	Ping(ctx context.Context) (Ping, error)
	Info(ctx context.Context) (Info, error)
	Shutdown(ctx context.Context, by Peer) error
	Doctor(ctx context.Context) ([]Check, error)

	List(ctx context.Context) ([]Service, error)
	Status(ctx context.Context, p Name) (Service, error)
	Stats(ctx context.Context) ([]Service, error) // of those that have processes
	Get(ctx context.Context, p Name) (json.RawMessage, error)
	Start(ctx context.Context, by Peer, p Order) (Service, error)
	Stop(ctx context.Context, by Peer, p Order) (Service, error)
	Restart(ctx context.Context, by Peer, p Order) (Service, error)
	Kill(ctx context.Context, by Peer, p Kill) error
	Why(ctx context.Context, p Name) (Why, error)
	Tree(ctx context.Context, p Name) ([]TreeNode, error) // empty name: all
	Add(ctx context.Context, by Peer, p Add) (Service, error)
	Remove(ctx context.Context, by Peer, p Remove) error
	Reload(ctx context.Context, by Peer, p DryRun) (Reload, error)
	StartAll(ctx context.Context, by Peer) (Bulk, error)
	StopAll(ctx context.Context, by Peer) (Bulk, error)
	DeleteAll(ctx context.Context, by Peer) (Bulk, error)

	Logs(ctx context.Context, p LogQuery) ([]Line, error)
	// Follow and Events call send for each item until ctx ends or send fails.
	// They call ready once, when nothing that happens later can be missed.
	Follow(ctx context.Context, p LogQuery, ready func(), send func(Line) error) error
	Events(ctx context.Context, p Names, ready func(), send func(Event) error) error

	DebugState(ctx context.Context) (json.RawMessage, error)
	DebugProcs(ctx context.Context, p Name) (Process, error)
}

// Peer is who is at the other end of a connection (SO_PEERCRED, unix(7)).
type Peer struct{ Pid, UID, GID int }
