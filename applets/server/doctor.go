package server

import (
	"context"
	"log/slog"

	"zinit/proc/cgroup"
	"zinit/proc/doctor"
	"zinit/rpc"
)

func (b *backend) Doctor(context.Context) ([]rpc.Check, error) {
	var shown []rpc.Check
	for _, c := range doctor.Examine(doctor.Place{Mode: string(b.mode), RunDir: runDir(b.socket), Groups: b.kernel.Cgroup}) {
		shown = append(shown, rpc.Check(c))
	}
	return shown, nil
}

// groups opens the place for the services' control groups. A machine should have one.
func (m mode) groups(log *slog.Logger) *cgroup.Tree {
	place, level := cgroup.Guest, slog.LevelDebug
	switch m {
	case machine:
		place, level = cgroup.Machine, slog.LevelWarn
	case container:
		place = cgroup.Container
	}
	tree := cgroup.Open(place)
	if err := tree.Why(); err != nil {
		log.Log(context.Background(), level, "services have no control groups", "err", err)
	}
	return tree
}
