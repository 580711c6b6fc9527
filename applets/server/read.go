package server

import (
	"context"
	"encoding/json"
	"os"

	"zinit/applets/version"
	"zinit/configs"
	"zinit/rpc"
	"zinit/supervisor"
)

func (b *backend) Ping(context.Context) (rpc.Ping, error) {
	return rpc.Ping{Version: version.Number, Pid: os.Getpid()}, nil
}

func (b *backend) Info(ctx context.Context) (rpc.Info, error) {
	info := rpc.Info{
		Version:    version.Number,
		Mode:       string(b.mode),
		Pid:        os.Getpid(),
		StartedMs:  b.started.UnixMilli(),
		Socket:     b.socket,
		ConfigDirs: b.dirs,
		States:     map[string]int{},
	}
	err := b.look(ctx, func(c *supervisor.Core, now supervisor.Instant) {
		for _, v := range c.Views(now) {
			info.States[string(v.State)]++
		}
	})
	return info, err
}

func (b *backend) List(ctx context.Context) ([]rpc.Service, error) {
	var views []supervisor.View
	var at clock
	err := b.look(ctx, func(c *supervisor.Core, now supervisor.Instant) {
		views, at = c.Views(now), clockAt(now)
	})
	shown := make([]rpc.Service, len(views))
	for i, v := range views {
		shown[i] = at.service(v)
	}
	return shown, err
}

func (b *backend) Status(ctx context.Context, p rpc.Name) (rpc.Service, error) {
	view, at, err := b.view(ctx, p.Name)
	if err != nil {
		return rpc.Service{}, err
	}
	return b.measured(at.service(view), view), nil
}

func (b *backend) Get(ctx context.Context, p rpc.Name) (json.RawMessage, error) {
	view, _, err := b.view(ctx, p.Name)
	if err != nil {
		return nil, err
	}
	if view.Failure.Kind == supervisor.FailConfig {
		return nil, rpc.Errorf(rpc.InvalidConfig, p.Name, "%s has no definition: %s", p.Name, view.ConfigError)
	}
	return json.Marshal(view.Spec)
}

// rootLines is how much output of the root of a why is shown.
const rootLines = 5

func (b *backend) Why(ctx context.Context, p rpc.Name) (rpc.Why, error) {
	var chain []supervisor.Link
	var now supervisor.Instant
	err := b.look(ctx, func(c *supervisor.Core, at supervisor.Instant) {
		chain, now = c.Why(p.Name, at), at
	})
	if err != nil {
		return rpc.Why{}, err
	}
	if len(chain) == 0 {
		return rpc.Why{}, unknown(p.Name)
	}
	why := rpc.Why{
		Name:  p.Name,
		State: string(chain[0].View.State),
		Text:  supervisor.Sentence(chain, now),
		Chain: make([]rpc.WhyLink, len(chain)),
	}
	for i, link := range chain {
		why.Chain[i] = whyLink(link)
	}
	root := &why.Chain[len(chain)-1]
	tail, err := b.ears.Tail(root.Service, rootLines)
	root.Log = lines(tail)
	return why, err
}

func whyLink(l supervisor.Link) rpc.WhyLink {
	link := rpc.WhyLink{
		Service: l.Service,
		State:   string(l.View.State),
		Reason:  string(l.Reason),
		Cause:   l.View.Cause.String(),
	}
	if l.View.State == "" {
		link.Reason, link.Cause = string(supervisor.ReasonMissing), ""
	}
	if link.Reason == "" {
		link.Reason = string(l.View.Failure.Kind)
	}
	link.ExitCode, link.Signal = lastRun(l.View.Record)
	return link
}

func (b *backend) Tree(ctx context.Context, p rpc.Name) ([]rpc.TreeNode, error) {
	var views []supervisor.View
	err := b.look(ctx, func(c *supervisor.Core, now supervisor.Instant) { views = c.Views(now) })
	if err != nil {
		return nil, err
	}
	byName := make(map[string]supervisor.View, len(views))
	for _, v := range views {
		byName[v.Name] = v
	}
	if _, ok := byName[p.Name]; p.Name != "" && !ok {
		return nil, unknown(p.Name)
	}
	shown := []rpc.TreeNode{}
	reached := below(p.Name, byName)
	for _, v := range views {
		if p.Name == "" || reached[v.Name] {
			shown = append(shown, treeNode(v))
		}
	}
	return shown, nil
}

// below is a service and all that it needs, wants, follows or conflicts with,
// transitively but for the conflicts.
func below(name string, byName map[string]supervisor.View) map[string]bool {
	reached := map[string]bool{name: true}
	for open := []string{name}; len(open) > 0; {
		spec := byName[open[0]].Spec
		open = open[1:]
		if spec == nil {
			continue
		}
		for _, names := range [][]string{spec.Requires, spec.After, spec.Wants} {
			for _, n := range names {
				if !reached[n] {
					reached[n] = true
					open = append(open, n)
				}
			}
		}
	}
	if spec := byName[name].Spec; spec != nil {
		for _, n := range spec.Conflicts {
			reached[n] = true
		}
	}
	return reached
}

func treeNode(v supervisor.View) rpc.TreeNode {
	spec := v.Spec
	if spec == nil {
		spec = &configs.Service{}
	}
	return rpc.TreeNode{
		Name:      v.Name,
		Kind:      v.Kind,
		State:     string(v.State),
		Requires:  present(spec.Requires),
		After:     present(spec.After),
		Wants:     present(spec.Wants),
		Conflicts: present(spec.Conflicts),
	}
}
