package proc

import (
	"cmp"
	"os"
	"time"

	"zinit/configs"
	"zinit/proc/launch"
	"zinit/supervisor"
)

// birth is all that the spawner needs to know of a process to be.
type birth struct {
	name string
	gen  uint64

	program        program
	env            []string
	dir            string
	umask          int
	stdout, stderr string // paths, opened by the spawner in its own table
	inherit        bool   // stdout and stderr are our own
	cgroup         string // directory of the control group that the spawner moves it to; "": none

	as     *launch.Identity // whom it runs as; nil: as we do
	orders *launch.Orders   // what is to be done between fork and exec; nil: no more than as and dir

	// launched is told how the orders were carried out: why they could not be, "" when
	// the program is executed; nothing, if the process ends before. nil: nobody minds.
	launched func(why string)
	// done is told what came of it, once, on the spawner's thread. No exit is passed
	// on before it returns.
	done func(pid int, ticks uint64, err error)
}

// stuck is when a feeder counts as held up, by a dead file server or a leased binary:
// another one takes its place, so that however many services wait for such things
// those that don't are born. There are at most as many of these as services.
const stuck = 250 * time.Millisecond

// feed prepares births: all that may block, or take long, or needs Go's files.
func (k *Kernel) feed() {
	for {
		prepare, ok := k.unprepared.pop()
		if !ok {
			return
		}
		k.running.Add(1) // for who may take our place
		next := time.AfterFunc(stuck, func() {
			defer k.running.Done()
			k.feed()
		})
		b := prepare()
		replaced := !next.Stop()
		if !replaced {
			k.running.Done()
		}
		if b != nil {
			select {
			case k.ready <- b:
			case <-k.done:
				b.program.release()
				return
			}
		}
		if replaced {
			return
		}
	}
}

// release gives programs back in the descriptor table in which they were opened:
// the spawner has another one.
func (k *Kernel) release() {
	for {
		select {
		case p := <-k.spent:
			p.release()
		case <-k.done:
			return
		}
	}
}

// prepare is the birth of a service's process; nil if there can't be one, which
// is posted.
func (k *Kernel) prepare(a supervisor.Spawn) *birth {
	b := &birth{
		name: a.Name, gen: a.Gen, umask: int(a.Spec.Umask), dir: cmp.Or(a.Spec.Dir, "/"),
		program: program{held: -1},
	}
	b.done = func(pid int, ticks uint64, err error) { k.bearService(b, pid, ticks, err) }
	b.launched = func(why string) { k.Post(supervisor.Launched{Name: b.name, Gen: b.gen, Why: why}, nil) }
	err := k.identify(b, a.Spec)
	if err == nil {
		err = k.offerNotify(b, a.Spec)
	}
	if err == nil {
		b.program, err = finder{dir: b.dir, env: b.env, as: b.as, mode: k.Mode}.find(a.Spec.Command)
	}
	if err == nil {
		err = k.enclose(b, a.Spec.Cgroup)
	}
	if err == nil {
		err = b.command(a.Spec)
	}
	if err != nil {
		b.program.release()
		b.done(0, 0, err)
		return nil
	}
	k.output(b, a.Spec)
	return b
}

// bearService posts what came of the birth of a service's process.
func (k *Kernel) bearService(b *birth, pid int, ticks uint64, err error) {
	if err != nil {
		k.Post(supervisor.SpawnFailed{Name: b.name, Gen: b.gen, Why: err.Error()}, nil)
		return
	}
	k.leaders.add(pid, ticks, incarnation{b.name, b.gen})
	k.unsaved.Add(1)
	k.Post(supervisor.Spawned{
		Name: b.name, Gen: b.gen, Pid: pid, Ticks: ticks, Launching: b.orders != nil,
	}, func() { k.unsaved.Add(-1) })
}

// output fills in the files for stdout and stderr. They belong to the user whom the
// process runs as. Who cannot be heard runs all the same: a full disk stops no service.
func (k *Kernel) output(b *birth, spec *configs.Service) {
	b.stdout, b.stderr = os.DevNull, os.DevNull
	b.inherit = spec.Log.Stdout == configs.OutputInherit
	if b.inherit || spec.Log.Stdout == configs.OutputNull || k.Ears == nil {
		return
	}
	uid, gid := os.Geteuid(), os.Getegid()
	if b.as != nil {
		uid, gid = b.as.UID, b.as.GID
	}
	k.Ears.Relog(spec)
	stdout, stderr, err := k.Ears.Open(spec.Name, uid, gid, spec.BufferLines)
	if err != nil {
		k.Log.Error("output is dropped", "service", spec.Name, "err", err)
		return
	}
	b.stdout, b.stderr = stdout, stderr
	k.outputs.add(b.name, k.Ears.Outputs(spec.Name))
}
