package server

import (
	"context"
	"log/slog"
	"os"

	"zinit/proc"
	"zinit/proc/link"
	"zinit/proc/logs"
	"zinit/supervisor"
)

// mode is how the server runs, as system.info says it.
type mode string

const (
	standalone mode = "standalone" // without the shim
	container  mode = "container"
	machine    mode = "machine"
)

func modeOf(pid1, contained bool) mode {
	switch {
	case !pid1:
		return standalone
	case contained:
		return container
	default:
		return machine
	}
}

// end is what a shutdown that names no goal comes to.
func (m mode) end() supervisor.Goal {
	if m == machine {
		return supervisor.GoalPowerOff
	}
	return supervisor.GoalExit
}

// shim is our end of the link to zinit-pid1; 0: there is none.
type shim link.Sender

// linkEnd is the descriptor at which the shim hands it over.
const linkEnd = shim(3)

// send tells the shim something. It blocks while its queue is full.
func (s shim) send(log *slog.Logger, words ...string) {
	if err := link.Sender(s).Send(words); err != nil {
		log.Error("zinit-pid1 cannot be told", "what", words[0], "err", err)
	}
}

// hold has the shim keep a service's pipes open, so that what is in them outlives
// both the service and the server.
func (s shim) hold(log *slog.Logger) func(name string, files []int) {
	if s == 0 {
		return nil
	}
	return func(name string, files []int) {
		if err := link.Sender(s).SendFiles(link.Message{"hold", name}, files...); err != nil {
			log.Error("zinit-pid1 does not hold the output", "service", name, "err", err)
		}
	}
}

// keep has the shim keep a socket, whose queue so outlives the server. What it kept by
// this name before it lets go.
func (s shim) keep(log *slog.Logger, name string, fd int) {
	if s == 0 {
		return
	}
	if err := link.Sender(s).SendFiles(link.Message{"keep", name}, fd); err != nil {
		log.Error("zinit-pid1 does not keep the socket", "socket", name, "err", err)
	}
}

// kept is the socket that a former server has had kept by this name. It is negative
// where there is none.
func (s shim) kept(name string) (fd int, ok bool) {
	if s == 0 {
		return -1, false
	}
	return link.KeptAs(os.Getenv(link.KeptVariable), name)
}

// notifyKept names the socket of sd_notify(3) for the shim.
const notifyKept = "notify"

// notifySocket is the socket at which services speak: the kept one, or one that is kept from
// now on. 0: the kernel is to make its own when it needs it.
func (s shim) notifySocket(log *slog.Logger, life string) int {
	if s == 0 {
		return 0
	}
	if fd, ok := s.kept(notifyKept); ok {
		return fd
	}
	fd, err := proc.NotifySocket(life)
	if err != nil {
		log.Error("what services say while no server runs will be lost", "err", err)
		return 0
	}
	s.keep(log, notifyKept, fd)
	return fd
}

// pid is the shim's: it is our parent. 0: there is none.
func (s shim) pid() int {
	if s == 0 {
		return 0
	}
	return os.Getppid()
}

// held is the ears of services whose pipes the shim holds too.
type held struct {
	*logs.Store
	shim shim
}

// Forget drops what is kept of a service, at both places.
func (h held) Forget(name string) {
	h.Store.Forget(name)
	if h.shim != 0 {
		_ = link.Sender(h.shim).Send(link.Message{"free", name})
	}
}

// fromShim does what the shim asks for. It returns when that is on file.
func (b *backend) fromShim(m link.Message) {
	switch {
	case len(m) == 2 && m[0] == "stop":
		if err := b.shutdown(context.Background(), "zinit-pid1", supervisor.Goal(m[1]), 0); err != nil {
			b.log.Debug("it is shut down already", "err", err)
		}
	case len(m) == 1 && m[0] == "reload":
		select {
		case b.hangups <- struct{}{}:
		default: // one that has not begun yet will read the same files
		}
	default:
		b.log.Error("not understood from zinit-pid1", "message", m)
	}
}

// giveUp acts on the final failure of a critical service: it ends a container,
// with the service's code, and gives a machine's operator a shell.
func (b *backend) giveUp(a supervisor.GiveUp) {
	b.log.Error("a critical service has failed for good", "service", a.Name, "code", a.Code)
	switch b.mode {
	case container:
		go func() {
			by := "failure of the critical service " + a.Name
			if err := b.shutdown(context.Background(), by, supervisor.GoalExit, a.Code); err != nil {
				b.log.Debug("it is shut down already", "err", err)
			}
		}()
	case machine:
		go b.shim.send(b.log, "emergency")
	}
}
