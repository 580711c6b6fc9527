package proc

import (
	"errors"
	"os"

	"zinit/proc/launch"
	"zinit/supervisor"
)

// gone answers an Await, once the incarnation's terminal is given back: so whenever the
// server dies, that is done by it or by its successor, which awaits the end anew. It may
// take as long as the device does.
func (k *Kernel) gone(w *waiting) {
	ev := supervisor.GroupGone{Name: w.Name, Gen: w.Gen, Left: w.left()}
	if w.TTY == "" {
		k.Post(ev, nil)
		return
	}
	k.running.Go(func() {
		err := launch.GiveBack(w.TTY, k.self)
		if err != nil && !errors.Is(err, os.ErrNotExist) {
			k.Log.Warn("the terminal is not given back", "service", ev.Name, "err", err)
		}
		k.Post(ev, nil)
	})
}
