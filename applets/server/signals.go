package server

import (
	"context"
	"os"
	"os/signal"
	"syscall"

	"zinit/configs"
	"zinit/supervisor"
)

// catchSignals takes over the signals that would end the server by accident, and those
// that mean something. It comes first: what arrives before the server is ready is
// obeyed when it is.
//
// SIGPIPE is caught, not ignored: services would inherit that it is ignored.
func catchSignals() <-chan os.Signal {
	signals := make(chan os.Signal, 16)
	signal.Notify(signals, syscall.SIGTERM, syscall.SIGINT, syscall.SIGHUP,
		syscall.SIGPIPE, syscall.SIGUSR1, syscall.SIGUSR2, syscall.SIGALRM, syscall.SIGPWR)
	return signals
}

// obey does what signals ask for, until ctx ends.
func (b *backend) obey(ctx context.Context, signals <-chan os.Signal) {
	for {
		select {
		case s := <-signals:
			b.signal(ctx, s)
		case <-ctx.Done():
			return
		}
	}
}

func (b *backend) signal(ctx context.Context, s os.Signal) {
	switch s {
	case syscall.SIGTERM, syscall.SIGINT:
		if b.shim != 0 {
			// The shim alone ends the system; it starts another server, which goes on.
			b.log.Info("restarting", "cause", nameOf(s))
			os.Exit(exitDone)
		}
		b.log.Info("shutting down", "cause", nameOf(s))
		if err := b.shutdown(ctx, nameOf(s), supervisor.GoalExit, 0); err != nil {
			b.log.Debug("it is shut down already", "err", err)
		}
	case syscall.SIGHUP:
		select {
		case b.hangups <- struct{}{}:
		default: // one that has not begun yet will read the same files
		}
	default:
		b.log.Debug("signal ignored", "signal", nameOf(s))
	}
}

// nameOf is a signal as people write it.
func nameOf(s os.Signal) string {
	if number, ok := s.(syscall.Signal); ok {
		return configs.Signal(number).String()
	}
	return s.String()
}

// shutdown begins the ordered shutdown and returns when it is accepted.
func (b *backend) shutdown(ctx context.Context, by string, goal supervisor.Goal, code int) error {
	_, err := b.driver.Ask(ctx, by, false, func(w supervisor.Wish) supervisor.Event {
		return supervisor.Shutdown{Wish: w, Goal: goal, Code: code}
	})
	return err
}

// reloader reloads at each SIGHUP, beside the other signals: it may take long.
func (b *backend) reloader(ctx context.Context) {
	for {
		select {
		case <-b.hangups:
			b.reloadBySignal(ctx)
		case <-ctx.Done():
			return
		}
	}
}

// reloadBySignal reloads and logs what came of it.
func (b *backend) reloadBySignal(ctx context.Context) {
	diff, err := b.reload(ctx, "SIGHUP", false)
	if err != nil {
		b.log.Error("cannot reload", "err", err)
		return
	}
	for _, p := range diff.Problems {
		b.log.Error(p.String())
	}
	b.log.Info("reloaded", "added", len(diff.Added), "removed", len(diff.Removed), "changed", len(diff.Changed),
		"restarted", len(diff.Restarted), "unchanged", diff.Unchanged, "errors", len(diff.Problems))
}
