package proc

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"os"

	"golang.org/x/sys/unix"

	"zinit/configs"
	"zinit/proc/probe"
	"zinit/proc/procfs"
	"zinit/supervisor"
)

// probing is the command of an exec probe, once it is born.
type probing struct {
	pid   int
	ticks uint64 // 0: it has ended already
	err   error  // nobody was born
}

// execProbe is the exec probe: a command that exits 0 is a success. It is the child of
// whoever is the services' parent, with a process group of its own, which ends with it
// or with ctx.
func (k *Kernel) execProbe(ctx context.Context, a supervisor.Probe) error {
	said, err := newCatch()
	if err != nil {
		return err
	}
	defer said.close()
	<-k.apart
	// Not by the feeders: a binary on a dead file server would hold one of them.
	b, err := k.prepareProbe(a, said)
	if err != nil {
		return err
	}
	before := k.Cgroup.ProbeOOMKills(a.Name)
	born, ended := make(chan probing, 1), make(chan supervisor.Status, 1)
	refused := make(chan string, 1)
	b.launched = func(why string) { refused <- why }
	b.done = func(pid int, ticks uint64, err error) {
		if err == nil {
			k.others.add(pid, func(s supervisor.Status) { ended <- s })
		}
		born <- probing{pid, ticks, err}
	}
	select {
	case k.ready <- b:
	case <-ctx.Done():
		b.program.release()
		return ctx.Err()
	}
	select {
	case p := <-born:
		defer k.clear(ctx, a.Name)
		return p.await(ctx, ended, func(s supervisor.Status) error {
			s.OOM = s.Signal == int(unix.SIGKILL) && k.Cgroup.ProbeOOMKills(a.Name) > before
			if s.OOM && a.Spec.Cgroup.MemoryMax == 0 {
				k.oomKills.pardon(a.Name)
			}
			return verdict(s, refused, said)
		})
	case <-k.done:
		return os.ErrClosed
	}
}

// await waits for the end of the command.
func (p probing) await(ctx context.Context, ended <-chan supervisor.Status, judge func(supervisor.Status) error) error {
	if p.err != nil {
		return p.err
	}
	select {
	case status := <-ended:
		p.kill() // what it has left behind
		return judge(status)
	case <-ctx.Done():
		p.kill()
		// The next turn comes after its end only, however long that takes.
		<-ended
		return ctx.Err()
	}
}

// kill kills the command's process group, if that is still there. Its number is
// nobody else's as long as it is, and else only of a process that is younger.
func (p probing) kill() {
	s, err := procfs.Identify(p.pid)
	if err != nil || s.Ticks == p.ticks {
		_ = unix.Kill(-p.pid, unix.SIGKILL)
	}
}

// verdict is what a command's end says of its service: why its launch failed, or else
// how it ended, and the last line of its output.
func verdict(s supervisor.Status, refused <-chan string, said *catch) error {
	if !s.Unknown && s.Signal == 0 && s.Code == 0 {
		return nil
	}
	select {
	case why := <-refused:
		if why != "" {
			return errors.New(why)
		}
	default:
	}
	how := fmt.Sprintf("exit code %d", s.Code)
	if s.Signal != 0 {
		how = cmp.Or(unix.SignalName(unix.Signal(s.Signal)), fmt.Sprintf("signal %d", s.Signal))
	}
	if s.OOM {
		how += ", out of memory"
	}
	if line := probe.OneLine(probe.LastLine(said.stop()), probe.MessageMax); line != "" {
		how += ": " + line
	}
	return errors.New(how)
}

// probeSuffix makes of a service's name that of its probes' births.
const probeSuffix = "@probe"

// prepareProbe is the birth of a command that has the service's own identity and
// surroundings, and the same orders, but none that concern a terminal. It may block.
func (k *Kernel) prepareProbe(a supervisor.Probe, said *catch) (*birth, error) {
	spec := *a.Spec
	spec.TTY = ""
	if spec.Cgroup.MemoryMax != 0 {
		spec.OOMScoreAdj = new(1000) // of the two the one that is not missed
	}
	b := &birth{name: a.Name, gen: a.Gen, umask: int(spec.Umask), dir: cmp.Or(spec.Dir, "/"), program: program{held: -1}}
	err := k.identify(b, &spec)
	if err != nil {
		return nil, err
	}
	b.env = with(b.env, markProbe+"=1")
	// In the register of births it must not be taken for the service.
	b.name += probeSuffix
	if b.program, err = (finder{dir: b.dir, env: b.env, as: b.as, mode: k.Mode}).find(a.Check.Command); err != nil {
		return nil, err
	}
	// In the service's, whose limits are the command's too. It is not there if the
	// service has ended, or has no limits and got none.
	if b.cgroup, err = k.Cgroup.MakeProbe(a.Name); err == nil || spec.Cgroup == (configs.Cgroup{}) {
		err = b.command(&spec)
	}
	if err == nil {
		err = said.lend(b)
	}
	if err != nil {
		b.program.release()
		return nil, err
	}
	return b, nil
}
