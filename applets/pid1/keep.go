package pid1

import (
	"os"

	"zinit/proc/link"
)

// keep holds a socket whose queue is to outlive the server, and lets go of the one
// that had the name before.
func (s *shim) keep(p link.Parcel) {
	if len(p.Files) != 1 {
		s.say("no socket came to be kept: %q", p.Message)
		closeAll(p.Files)
		return
	}
	closeAll(s.kept.Keep(p.Message[1], p.Files[0]))
}

// keptFor is what the next server gets of the sockets: descriptors for behind the
// link, and an environment that has their names.
func (s *shim) keptFor() (files []int, env []string) {
	_ = os.Setenv(link.KeptVariable, s.kept.Names())
	return s.kept.Files(), os.Environ()
}
