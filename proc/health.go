package proc

import (
	"context"
	"errors"
	"sync"

	"golang.org/x/sys/unix"

	"zinit/configs"
	"zinit/proc/launch"
	"zinit/proc/probe"
	"zinit/supervisor"
)

// probes are those of the living services, but for the services that speak for
// themselves: these are voices.
type probes struct {
	rounds *probe.Rounds

	mu sync.Mutex
	of map[string]*probe.Probe // by service
}

// begin makes a service's probe, in the place of one that it may have.
func (p *probes) begin(name string, begun func() *probe.Probe) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.drop(name)
	if p.of == nil {
		p.of = map[string]*probe.Probe{}
	}
	p.of[name] = begun()
}

// end ends a service's probe, if it has one.
func (p *probes) end(name string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.drop(name)
}

// close ends all.
func (p *probes) close() {
	p.mu.Lock()
	defer p.mu.Unlock()
	for name := range p.of {
		p.drop(name)
	}
}

// drop is end. The caller has the lock.
func (p *probes) drop(name string) {
	if last := p.of[name]; last != nil {
		last.End()
		delete(p.of, name)
	}
}

// probe begins to look at the health of an incarnation, anew if it did already. It
// never blocks.
func (k *Kernel) probe(a supervisor.Probe) {
	if a.Check.Type == configs.HealthNotify {
		k.probes.end(a.Name)
		k.voices.begin(a)
		if err := k.listen(); err != nil { // a former server has seen its birth
			k.Log.Error("services are not heard", "err", err)
		}
		return
	}
	k.voices.end(incarnation{a.Name, a.Gen})
	k.probes.begin(a.Name, func() *probe.Probe {
		pace := probe.Pace{Interval: a.Check.Interval, Timeout: a.Check.Timeout, Steady: a.Ready}
		return k.probes.rounds.Begin(pace, k.turn(a), k.outcome(a))
	})
}

// outcome posts what comes of the turns of a probe. One that could not be made for want
// of something of ours says nothing of the service, which must not die of it.
func (k *Kernel) outcome(a supervisor.Probe) func(error) {
	wanting := false
	return func(err error) {
		if was := wanting; shortage(err) {
			if wanting = true; !was {
				k.Log.Warn("health is not known: a probe cannot be made", "service", a.Name, "err", err)
			}
			return
		}
		wanting = false
		result := supervisor.Probed{Name: a.Name, Gen: a.Gen}
		if err != nil {
			result.Err = probe.OneLine(err.Error(), probe.MessageMax)
		}
		k.Post(result, nil)
	}
}

// shortage says whether an error is that descriptors, memory or processes are used up,
// ours or the machine's. Those that a user may have are the service's business.
func shortage(err error) bool {
	for _, errno := range []unix.Errno{unix.EMFILE, unix.ENFILE, unix.ENOMEM, unix.ENOBUFS} {
		if errors.Is(err, errno) {
			return true
		}
	}
	failed, ok := errors.AsType[*launch.ExecError](err)
	return ok && failed.By == nil && failed.Err == unix.EAGAIN
}

// turn is what one turn of a probe does.
func (k *Kernel) turn(a supervisor.Probe) func(context.Context) error {
	switch a.Check.Type {
	case configs.HealthHTTP:
		return func(ctx context.Context) error { return probe.Fetch(ctx, a.Check.Endpoint) }
	case configs.HealthExec:
		return func(ctx context.Context) error { return k.execProbe(ctx, a) }
	default:
		return func(ctx context.Context) error { return probe.Connect(ctx, a.Check.Endpoint) }
	}
}

// unprobe ends that. Nothing is posted of it any more.
func (k *Kernel) unprobe(a supervisor.Unprobe) {
	k.probes.end(a.Name)
	k.voices.end(incarnation{a.Name, a.Gen})
}
