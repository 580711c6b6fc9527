package proc

import (
	"cmp"
	"os"

	"zinit/configs"
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

	// done is told what came of it, once, on the spawner's thread. No exit is passed
	// on before it returns.
	done func(pid int, ticks uint64, err error)
}

// feed prepares births: all that may block, or take long, or needs Go's files.
func (k *Kernel) feed() {
	for {
		prepare, ok := k.births.pop()
		if !ok {
			return
		}
		b := prepare()
		if b == nil {
			continue
		}
		select {
		case k.ready <- b:
		case <-k.done:
			b.program.release()
			return
		}
	}
}

// prepare is the birth of a service's process; nil if there can't be one, which
// is posted.
func (k *Kernel) prepare(a supervisor.Spawn) *birth {
	b := &birth{name: a.Name, gen: a.Gen, umask: int(a.Spec.Umask), dir: cmp.Or(a.Spec.Dir, "/")}
	b.env = environment(k.env, a.Spec.Env, mark{service: a.Name, life: k.Life, gen: a.Gen})
	b.stdout, b.stderr = k.output(a.Spec)
	b.done = func(pid int, ticks uint64, err error) { k.bearService(b, pid, ticks, err) }
	var err error
	if b.program, err = find(a.Spec.Command, b.dir, b.env); err != nil {
		b.done(0, 0, err)
		return nil
	}
	return b
}

// bearService posts what came of the birth of a service's process.
func (k *Kernel) bearService(b *birth, pid int, ticks uint64, err error) {
	if err != nil {
		k.Post(supervisor.SpawnFailed{Name: b.name, Gen: b.gen, Why: err.Error()}, nil)
		return
	}
	k.leaders.add(pid, ticks)
	k.unsaved.Add(1)
	k.Post(supervisor.Spawned{Name: b.name, Gen: b.gen, Pid: pid, Ticks: ticks}, func() { k.unsaved.Add(-1) })
}

// output gives the files for stdout and stderr. Who cannot be heard runs all the
// same: a full disk stops no service.
func (k *Kernel) output(spec *configs.Service) (stdout, stderr string) {
	if k.Ears == nil {
		return os.DevNull, os.DevNull
	}
	stdout, stderr, err := k.Ears.Open(spec.Name, os.Geteuid(), os.Getegid(), spec.BufferLines)
	if err != nil {
		k.Log.Error("output is dropped", "service", spec.Name, "err", err)
		return os.DevNull, os.DevNull
	}
	return stdout, stderr
}
