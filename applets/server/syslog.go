package server

import (
	"context"
	"errors"
	"log/slog"
	"os"
	"time"

	"zinit/proc/logs"
	"zinit/proc/syslog"
	"zinit/supervisor"
)

const (
	// syslogPath is where the C libraries' syslog(3) sends to.
	syslogPath = "/dev/log"
	// syslogKept names the socket for the shim.
	syslogKept = "log"
	// syslogPlace is a file in the run directory: which file the socket is bound to.
	syslogPlace = "syslog"
	// namesFor is how long the names of the services are taken for granted.
	namesFor = time.Second
)

// recorder is who keeps messages.
type recorder interface {
	// Record keeps what a service says by other ways than its output.
	Record(service string, text []byte) error
	// Recorded returns when all that was recorded is where a kill does not reach it.
	Recorded()
}

// owners knows whose a process is.
type owners interface {
	Whose(pid int) (service string, gen uint64, ok bool)
}

// syslogSink files what programs send to syslog under the services that they are of.
// The goroutine that runs it owns it.
type syslogSink struct {
	socket *syslog.Receiver
	owners owners
	to     recorder
	names  func() (map[string]bool, bool) // of all services; not ok: nobody knows any more
	log    *slog.Logger

	known  map[string]bool
	asked  time.Time
	line   []byte
	broken bool // the last message was not kept
}

// openSyslog listens for syslog, where that is wanted and nobody else does. It
// comes before the first birth: who writes at once is heard. nil: there is none.
func (b *backend) openSyslog(dir *os.Root) *syslogSink {
	kept, had := b.shim.kept(syslogKept)
	if b.syslog == "" {
		if had {
			b.shim.send(b.log, "drop", syslogKept)
		}
		return nil
	}
	if b.mode == machine {
		syslog.Widen()
	}
	place, _ := dir.ReadFile(syslogPlace) // absent: the socket is made anew, or its file stays at the end
	socket, err := syslog.Open(b.syslog, kept, string(place))
	if err != nil {
		if had {
			b.shim.send(b.log, "drop", syslogKept)
		}
		b.noSyslog(err)
		return nil
	}
	if err := dir.WriteFile(syslogPlace, []byte(socket.Place()), 0o600); err != nil {
		b.log.Error("the syslog socket will stay when the server ends", "err", err)
	}
	socket.Keep(func(fd int) { b.shim.keep(b.log, syslogKept, fd) })
	b.log.Debug("syslog is received", "path", b.syslog)
	return &syslogSink{socket: socket, owners: b.kernel, to: b.ears, names: b.serviceNames, log: b.log}
}

// noSyslog says once why there is none. Somebody else's is as good, and a container
// mostly has no use for one.
func (b *backend) noSyslog(err error) {
	switch {
	case errors.Is(err, syslog.ErrTaken):
		b.log.Info("syslog is left to another program, which receives it already", "path", b.syslog)
	case b.mode == container:
		b.log.Info("syslog is not received", "err", err)
	default:
		b.log.Warn("syslog is not received", "err", err)
	}
}

// serviceNames are those of all services, until the shutdown is complete.
func (b *backend) serviceNames() (names map[string]bool, ok bool) {
	names = map[string]bool{}
	err := b.look(context.Background(), func(c *supervisor.Core, now supervisor.Instant) {
		for _, v := range c.Views(now) {
			names[v.Name] = true
		}
	})
	return names, err == nil
}

// run files messages until farewell.
func (l *syslogSink) run() {
	if l == nil {
		return
	}
	if err := l.socket.Run(l.file, l.to.Recorded); err != nil {
		l.log.Error("syslog is received no more", "err", err)
	}
}

// file keeps one message.
func (l *syslogSink) file(pid int, datagram []byte) {
	m := syslog.Parse(datagram)
	l.line = m.Append(l.line[:0])
	err := l.to.Record(l.whose(pid, m), l.line)
	if err != nil && !l.broken {
		l.log.Error("messages to syslog are lost", "err", err)
	}
	l.broken = err != nil
}

// whose is the service that a message belongs to: its sender's; or that which the
// tag names, if the sender is of none, or gone before anybody could look.
func (l *syslogSink) whose(pid int, m syslog.Message) string {
	if name, _, ok := l.owners.Whose(pid); ok {
		return name
	}
	if len(m.Tag) > 0 && l.isService(string(m.Tag)) {
		return string(m.Tag)
	}
	return logs.Unclaimed
}

// isService says whether a service has this name. The core is asked seldom: a flood
// must not keep it from its work.
func (l *syslogSink) isService(name string) bool {
	if now := time.Now(); now.Sub(l.asked) > namesFor {
		l.asked = now
		if names, ok := l.names(); ok {
			l.known = names
		}
	}
	return l.known[name]
}

// farewell files what came last, and takes the socket away.
func (l *syslogSink) farewell() {
	if l == nil {
		return
	}
	l.socket.Settle()
	if err := l.socket.Remove(); err != nil {
		l.log.Error("cannot close the syslog socket", "err", err)
	}
}
