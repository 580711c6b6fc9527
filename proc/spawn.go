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
}

// feed prepares births: all that may block, or take long, or needs Go's files.
func (k *Kernel) feed() {
	for {
		a, ok := k.births.pop()
		if !ok {
			return
		}
		b, err := k.prepare(a)
		if err != nil {
			k.Post(supervisor.SpawnFailed{Name: a.Name, Gen: a.Gen, Why: err.Error()}, nil)
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

func (k *Kernel) prepare(a supervisor.Spawn) (*birth, error) {
	b := &birth{name: a.Name, gen: a.Gen, umask: int(a.Spec.Umask), dir: cmp.Or(a.Spec.Dir, "/")}
	b.env = environment(k.env, a.Spec.Env, mark{service: a.Name, life: k.Life, gen: a.Gen})
	b.stdout, b.stderr = k.output(a.Spec)
	var err error
	b.program, err = find(a.Spec.Command, b.dir, b.env)
	return b, err
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
