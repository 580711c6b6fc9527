package server

import (
	"context"

	"zinit/proc/procfs"
	"zinit/rpc"
	"zinit/supervisor"
)

// Stats is the list of those services that have processes, with what these use.
func (b *backend) Stats(ctx context.Context) ([]rpc.Service, error) {
	all, err := b.List(ctx)
	if err != nil {
		return nil, err
	}
	leaders := map[string]int{}
	for _, s := range all {
		if s.Pid != 0 {
			leaders[s.Name] = s.Pid
		}
	}
	used := b.kernel.Usage(leaders)
	var shown []rpc.Service
	for _, s := range all {
		if s.Pid != 0 {
			s.Stats = stats(used[s.Name])
			shown = append(shown, s)
		}
	}
	return shown, nil
}

// measured adds to one service what it uses, if it has a process.
func (b *backend) measured(s rpc.Service, v supervisor.View) rpc.Service {
	if s.Pid != 0 {
		s.Stats = stats(b.kernel.UsageOf(v.Name, s.Pid))
	}
	return s
}

func stats(u procfs.Usage) *rpc.Stats {
	return &rpc.Stats{
		CPUMs:       u.CPU.Milliseconds(),
		MemoryBytes: u.Memory,
		Processes:   u.Processes,
		Descriptors: u.Descriptors,
	}
}
