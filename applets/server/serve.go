package server

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"net"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"time"

	"zinit/configs"
	"zinit/proc"
	"zinit/proc/logs"
	"zinit/rpc"
	"zinit/supervisor/driver"
)

// serve runs the server and gives its exit code. The error is why it could not
// start.
func serve(o options, log *slog.Logger) (int, error) {
	signals := catchSignals()
	for _, warning := range o.warnings {
		log.Warn(warning)
	}
	if err := mayListen(o.socket); err != nil {
		return 0, err
	}
	run, err := proc.OpenRunDir(runDir(o.socket))
	if err != nil {
		return 0, err
	}
	defer run.Close()
	listener, err := rpc.Listen(o.socket)
	if err != nil {
		return 0, err
	}
	defer listener.Close()
	parts, err := assemble(o, run, log)
	if err != nil {
		return 0, err
	}
	return parts.live(run, listener, signals), nil
}

// mayListen refuses what is no socket before anything is made beside it.
func mayListen(socket string) error {
	about, err := os.Lstat(socket)
	if err == nil && about.Mode().Type() != fs.ModeSocket {
		return fmt.Errorf("cannot listen on %s: there is something that is no socket; remove it, or choose another path", socket)
	}
	return nil
}

// assemble opens what the run directory holds and recovers from it.
func assemble(o options, run *proc.RunDir, log *slog.Logger) (*backend, error) {
	below := shim(0)
	if o.mode != standalone {
		below = linkEnd
	}
	ears, err := logs.Open(logs.Options{Dir: run.Path(), Log: log, Hold: below.hold(log), Holder: below.pid()})
	if err != nil {
		return nil, err
	}
	store, err := driver.OpenStore(run.Root(), log)
	if err != nil {
		return nil, errors.Join(err, ears.Close())
	}
	d := driver.New(store, log)
	b := &backend{
		options: o, log: log, driver: d, ears: ears, shim: below,
		started: time.Now(), files: make(chan struct{}, 1), hangups: make(chan struct{}, 1),
	}
	b.kernel, err = proc.NewKernel(proc.KernelOptions{
		Life: run.Life(), Ears: held{ears, below}, Env: os.Environ(), Log: log, Post: d.Post,
		Cgroup: o.mode.groups(log), Mode: string(o.mode),
		Births: filepath.Join(run.Path(), "births"),
		Shim:   int(below), Order: b.fromShim, GiveUp: b.giveUp,
		Notify: below.notifySocket(log, run.Life()),
	})
	if err != nil {
		return nil, errors.Join(err, ears.Close())
	}
	b.sink = b.openSyslog(run.Root())
	if err := d.Recover(b.kernel, b.firstLoad); err != nil {
		return nil, errors.Join(err, ears.Close())
	}
	return b, nil
}

// firstLoad reads the directories for a boot and says what is wrong with them.
func (b *backend) firstLoad() configs.Set {
	set := b.load()
	set.Target = b.target
	for _, p := range slices.DeleteFunc(set.Unread, b.mayMiss) {
		b.log.Warn(p.Message, "dir", p.File)
	}
	b.report(set)
	return set
}

// report logs what is wrong, or odd, with files.
func (b *backend) report(set configs.Set) {
	for _, p := range set.Problems {
		b.log.Error(p.String())
	}
	for _, p := range set.Warnings {
		b.log.Warn(p.String())
	}
}

// live serves the peers and obeys the signals until the shutdown is complete. It
// gives the exit code.
//
// The kernel is not closed: it may have to wait for a birth from a dead file server,
// and the process ends anyway.
func (b *backend) live(run *proc.RunDir, listener net.Listener, signals <-chan os.Signal) (code int) {
	ctx, cancel := context.WithCancel(context.Background())
	served := make(chan struct{})
	go func() {
		defer close(served)
		if err := rpc.Serve(ctx, listener, b, rpc.Limits{}); err != nil {
			b.log.Error("the control socket does not answer any more", "err", err)
		}
	}()
	go b.obey(ctx, signals)
	go b.reloader(ctx)
	go b.sink.run()
	out := b.startConsole(ctx, run.Root())
	b.log.Info("zinit-server is ready", "pid", os.Getpid(), "socket", b.socket)
	end := b.driver.Run()
	b.log.Info("the shutdown is complete")
	b.sink.farewell()
	b.closeEars()
	if b.shim != 0 {
		out.farewell()
		// The records stay: until the shim has acted on it the end may be repeated.
		b.shim.send(b.log, "end", string(end.Goal), strconv.Itoa(end.Code))
	} else {
		b.clear(run)
	}
	cancel()
	<-served
	return end.Code
}

// clear leaves nothing behind but the lock. The peers that wait for the end are let
// go after it.
func (b *backend) clear(run *proc.RunDir) {
	b.kernel.Cgroup.Close()
	if err := run.Clear(); err != nil {
		b.log.Error("the run directory is left behind", "err", err)
	}
}

// closeEars takes in what the services, which have ended, have written last, and has it
// written to log files and the console.
func (b *backend) closeEars() {
	b.ears.Settle()
	if err := b.ears.Close(); err != nil {
		b.log.Error("cannot close the logs", "err", err)
	}
}
