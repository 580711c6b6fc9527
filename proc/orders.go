package proc

import (
	"fmt"
	"maps"
	"slices"
	"syscall"

	"zinit/configs"
	"zinit/proc/account"
	"zinit/proc/launch"
)

// identify fills in whom the process of a service runs as, and its environment. It may
// block.
func (k *Kernel) identify(b *birth, spec *configs.Service) error {
	a, err := account.Resolve("/etc", spec.User, spec.Group)
	if err != nil {
		return err
	}
	if b.as, err = a.Permitted(); err != nil {
		return err
	}
	file, err := account.ReadEnvFile(spec.EnvFile)
	if err != nil {
		return err
	}
	add, drop := a.Login()
	maps.Copy(add, file)
	maps.Copy(add, spec.Env)
	b.env = environment(without(k.env, drop), add, mark{service: b.name, life: k.Life, gen: b.gen})
	return nil
}

// command sees to how the process comes to its program: by an ordinary fork and exec,
// or, where these can't do what the definition asks for, by a launch. Limits of a
// control group are in force from the first instruction only by a launch too.
func (b *birth) command(spec *configs.Service) error {
	o := launch.Orders{
		Path: b.program.path, Dir: b.dir, TTY: spec.TTY, Nice: spec.Nice, OOMScoreAdj: spec.OOMScoreAdj,
		NoNewPrivileges: spec.NoNewPrivileges, Identity: b.as,
	}
	for _, name := range slices.Sorted(maps.Keys(spec.Limits)) {
		o.Limits = append(o.Limits, launch.Limit{Name: name, Soft: spec.Limits[name].Soft, Hard: spec.Limits[name].Hard})
	}
	var err error
	if o.Capabilities, err = capabilityBits(spec.Capabilities); err != nil {
		return err
	}
	special := o.TTY != "" || o.Nice != nil || o.OOMScoreAdj != nil || o.NoNewPrivileges ||
		o.Limits != nil || o.Capabilities != nil || spec.Cgroup != configs.Cgroup{}
	if special {
		o.Cgroup, b.cgroup = b.cgroup, ""
		b.orders = &o
	}
	return nil
}

// capabilityBits are capabilities as a set of bits. nil: none are named, and so none
// are taken away.
func capabilityBits(names []string) (*uint64, error) {
	if names == nil {
		return nil, nil
	}
	held, err := account.Capabilities()
	if err != nil {
		return nil, err
	}
	var bits uint64
	for _, name := range names {
		number, ok := configs.Capability(name)
		if !ok || held>>number&1 == 0 {
			return nil, fmt.Errorf("cannot give the capability %s: zinit does not have it itself", name)
		}
		bits |= 1 << number
	}
	return &bits, nil
}

// credential is what a fork without a launch takes on.
func credential(id *launch.Identity) *syscall.Credential {
	if id == nil {
		return nil
	}
	c := &syscall.Credential{Uid: uint32(id.UID), Gid: uint32(id.GID)}
	for _, gid := range id.Groups {
		c.Groups = append(c.Groups, uint32(gid))
	}
	return c
}
