package driver

import (
	"zinit/configs"
	"zinit/supervisor"
)

// Recover is the one way to start. The first boot is the recovery of an empty past.
//
// load reads the configuration. It is called at a first boot and when a record is
// damaged; otherwise the records are the definitions in force. The error is that of
// a store that cannot be read at all.
func (d *Driver) Recover(w World, load func() configs.Set) error {
	past, sys, err := d.store.Load()
	if err != nil {
		return err
	}
	past = w.Adopt(past)
	d.kernel, d.booted = w, sys.Booted
	var first supervisor.Ready
	d.core, first = supervisor.New(needed(load, past, sys), past, sys, w.Now())
	d.perform(first)
	for _, exit := range w.Lost(past) {
		d.Post(exit, nil)
	}
	w.Start()
	return nil
}

// needed is the configuration where the records alone do not tell what to run.
func needed(load func() configs.Set, past []supervisor.Record, sys supervisor.System) configs.Set {
	if !sys.Booted {
		return load()
	}
	for i := range past {
		if past[i].Damaged {
			return load()
		}
	}
	return configs.Set{}
}
