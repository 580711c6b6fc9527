package proc

import (
	"errors"
	"os"
	"sync"
	"time"

	"zinit/proc/launch"
	"zinit/supervisor"
)

// giveBackFor is how long a terminal may take to be given back: a line that is held up
// takes a second.
const giveBackFor = 5 * time.Second

// gone answers an Await, once the incarnation's terminal is given back: so whenever the
// server dies, that is done by it or by its successor, which awaits the end anew. A
// device that hangs is not waited for.
func (k *Kernel) gone(w *waiting) {
	ev := supervisor.GroupGone{Name: w.Name, Gen: w.Gen, Left: w.left()}
	if w.TTY == "" {
		k.Post(ev, nil)
		return
	}
	k.within(giveBackFor, func() error { return launch.GiveBack(w.TTY, k.self) }, func(err error) {
		if err != nil && !errors.Is(err, os.ErrNotExist) {
			k.Log.Warn("the terminal is not given back", "service", ev.Name, "tty", w.TTY, "err", err)
		}
		k.Post(ev, nil)
	})
}

// within does something that may block, and says once how it went: after that time that
// it takes too long.
func (k *Kernel) within(limit time.Duration, do func() error, then func(error)) {
	var once sync.Once
	late := time.AfterFunc(limit, func() {
		once.Do(func() { then(errors.New("it takes too long")) })
	})
	k.running.Go(func() {
		err := do()
		late.Stop()
		once.Do(func() { then(err) })
	})
}
