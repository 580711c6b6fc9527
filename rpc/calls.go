package rpc

import (
	"context"
	"encoding/json"
)

// Ping asks who serves the socket.
func (c *Client) Ping(ctx context.Context) (Ping, error) {
	return call[Ping](ctx, c, SystemPing, None{})
}

// Info tells about the server.
func (c *Client) Info(ctx context.Context) (Info, error) {
	return call[Info](ctx, c, SystemInfo, None{})
}

// Shutdown begins the ordered shutdown; it returns when that is accepted.
func (c *Client) Shutdown(ctx context.Context) error {
	_, err := call[None](ctx, c, SystemShutdown, None{})
	return err
}

// Doctor says what the server's environment can do, and what is weaker for it.
func (c *Client) Doctor(ctx context.Context) ([]Check, error) {
	return call[[]Check](ctx, c, SystemDoctor, None{})
}

// List returns all services.
func (c *Client) List(ctx context.Context) ([]Service, error) {
	return call[[]Service](ctx, c, ServiceList, None{})
}

// Status returns one service.
func (c *Client) Status(ctx context.Context, name string) (Service, error) {
	return call[Service](ctx, c, ServiceStatus, Name{name})
}

// Stats returns the services that have processes, with what they use.
func (c *Client) Stats(ctx context.Context) ([]Service, error) {
	return call[[]Service](ctx, c, ServiceStats, None{})
}

// Get returns a service's definition: the tables of its file, with defaults.
func (c *Client) Get(ctx context.Context, name string) (json.RawMessage, error) {
	return call[json.RawMessage](ctx, c, ServiceGet, Name{name})
}

// Start starts a service with all that it needs, and waits until it is up or it is
// clear that it won't be, unless told not to wait.
func (c *Client) Start(ctx context.Context, p Order) (Service, error) {
	return call[Service](ctx, c, ServiceStart, p)
}

// Stop stops a service, after all that require it.
func (c *Client) Stop(ctx context.Context, p Order) (Service, error) {
	return call[Service](ctx, c, ServiceStop, p)
}

// Restart stops a service and starts it again, with those that require it.
func (c *Client) Restart(ctx context.Context, p Order) (Service, error) {
	return call[Service](ctx, c, ServiceRestart, p)
}

// Kill sends a signal, a name like SIGHUP or HUP or a number, to a service's process
// group; SIGTERM if signal is empty.
func (c *Client) Kill(ctx context.Context, name, signal string) error {
	p := Kill{Name: name}
	if signal != "" {
		text, err := json.Marshal(signal)
		if err != nil {
			return err
		}
		p.Signal = text
	}
	_, err := call[None](ctx, c, ServiceKill, p)
	return err
}

// Why explains a service's state.
func (c *Client) Why(ctx context.Context, name string) (Why, error) {
	return call[Why](ctx, c, ServiceWhy, Name{name})
}

// Tree returns a service with its dependencies, or all if the name is empty.
func (c *Client) Tree(ctx context.Context, name string) ([]TreeNode, error) {
	return call[[]TreeNode](ctx, c, ServiceTree, Name{name})
}

// Add adds a definition.
func (c *Client) Add(ctx context.Context, p Add) (Service, error) {
	return call[Service](ctx, c, ServiceAdd, p)
}

// Remove stops and drops a service.
func (c *Client) Remove(ctx context.Context, p Remove) error {
	_, err := call[None](ctx, c, ServiceRemove, p)
	return err
}

// Reload reads the configuration anew; with dryRun it only says what would change.
func (c *Client) Reload(ctx context.Context, dryRun bool) (Reload, error) {
	return call[Reload](ctx, c, ServiceReload, DryRun{dryRun})
}

// StartAll starts all services of class user.
func (c *Client) StartAll(ctx context.Context) (Bulk, error) {
	return call[Bulk](ctx, c, ServiceStartAll, None{})
}

// StopAll stops all services of class user.
func (c *Client) StopAll(ctx context.Context) (Bulk, error) {
	return call[Bulk](ctx, c, ServiceStopAll, None{})
}

// DeleteAll stops and drops all services of class user.
func (c *Client) DeleteAll(ctx context.Context) (Bulk, error) {
	return call[Bulk](ctx, c, ServiceDeleteAll, None{})
}

// Logs returns lines of output that are kept, the oldest first.
func (c *Client) Logs(ctx context.Context, p LogQuery) ([]Line, error) {
	return call[[]Line](ctx, c, LogsGet, p)
}

// DebugState returns everything the server knows.
func (c *Client) DebugState(ctx context.Context) (json.RawMessage, error) {
	return call[json.RawMessage](ctx, c, DebugState, None{})
}

// DebugProcs returns a service's processes.
func (c *Client) DebugProcs(ctx context.Context, name string) (Process, error) {
	return call[Process](ctx, c, DebugProcs, Name{name})
}
