package server

import (
	"context"
	"encoding/json"

	"zinit/proc"
	"zinit/rpc"
	"zinit/supervisor"
)

// everything is the result of debug.state: what the server knows, as it knows it.
type everything struct {
	Info       rpc.Info          `json:"info"`
	System     supervisor.System `json:"system"`
	NowMs      int64             `json:"now_ms"`                // since boot, as all instants below
	DeadlineMs int64             `json:"deadline_ms,omitempty"` // the next one
	Warnings   []string          `json:"warnings"`
	Services   []known           `json:"services"`
	Broken     string            `json:"broken,omitempty"` // an invariant that does not hold
}

// known is what the server knows of one service: its record, and what follows from it.
type known struct {
	supervisor.Record
	Kind      string              `json:"kind"`
	IsUp      bool                `json:"is_up"`
	Held      bool                `json:"held"`
	WaitingOn []supervisor.Reason `json:"waiting_on,omitempty"`
}

func (b *backend) DebugState(ctx context.Context) (json.RawMessage, error) {
	info, err := b.Info(ctx)
	if err != nil {
		return nil, err
	}
	all := everything{Info: info, Warnings: []string{}, Services: []known{}}
	err = b.look(ctx, func(c *supervisor.Core, now supervisor.Instant) { all.fill(c, now) })
	if err != nil {
		return nil, err
	}
	return json.Marshal(all)
}

func (e *everything) fill(c *supervisor.Core, now supervisor.Instant) {
	e.System = c.System()
	e.NowMs = now.Sub(0).Milliseconds()
	if until, ok := c.Deadline(); ok {
		e.DeadlineMs = until.Sub(0).Milliseconds()
	}
	for _, w := range c.Warnings() {
		e.Warnings = append(e.Warnings, w.String())
	}
	for _, v := range c.Views(now) {
		e.Services = append(e.Services, known{v.Record, v.Kind, v.IsUp, v.Held, v.WaitingOn})
	}
	if err := c.Check(); err != nil {
		e.Broken = err.Error()
	}
}

func (b *backend) DebugProcs(ctx context.Context, p rpc.Name) (rpc.Process, error) {
	view, _, err := b.view(ctx, p.Name)
	if err != nil {
		return rpc.Process{}, err
	}
	tree, ok := b.kernel.Tree(p.Name, view.Pid)
	if !ok && len(tree.Children) == 0 {
		return rpc.Process{}, rpc.Errorf(rpc.NotRunning, p.Name, "%s has no process", p.Name)
	}
	return process(tree), nil
}

func process(p proc.Process) rpc.Process {
	shown := rpc.Process{
		Pid:      p.Pid,
		Ppid:     p.Ppid,
		Pgid:     p.Pgid,
		Command:  p.Command,
		State:    p.State,
		Children: make([]rpc.Process, len(p.Children)),
	}
	for i, child := range p.Children {
		shown.Children[i] = process(child)
	}
	return shown
}
