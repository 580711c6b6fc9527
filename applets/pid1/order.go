package pid1

import (
	"strconv"
	"syscall"
	"time"

	"zinit/proc/boot"
	"zinit/proc/link"
)

func itoa(n int) string { return strconv.Itoa(n) }

// order does what the server asks for.
func (s *shim) order(p link.Parcel) {
	switch m := p.Message; {
	case len(m) == 2 && m[0] == "hold":
		s.firstService()
		if len(p.Files) < len(s.ears[m[1]]) { // no descriptors are left for the new ones, recvmsg(2)
			break
		}
		s.free(m[1])
		s.ears[m[1]] = p.Files
		return
	case len(m) == 2 && m[0] == "free":
		s.free(m[1])
	case len(m) == 2 && m[0] == "keep":
		s.keep(p)
		return
	case len(m) == 2 && m[0] == "drop":
		closeAll(s.kept.Drop(m[1]))
	case len(m) == 3 && m[0] == "end":
		code, err := strconv.Atoi(m[2])
		if err != nil {
			code = 1
		}
		s.end(goal(m[1]), code)
	case len(m) == 1 && m[0] == lastWord: // it came late
	case len(m) == 1 && m[0] == "emergency":
		s.emergency()
	default:
		s.say("not understood from the server: %q", m)
	}
	closeAll(p.Files)
}

// lastWord is what the shim says to itself, by the server's end of the link.
const lastWord = "dead"

// lastOrders does what a dead server has asked for, and then goes on without it. Its
// death is heard of on another way than its orders: a word of our own, which comes behind
// them, says that they are all done.
func (s *shim) lastOrders(d death) {
	s.deaths <- d // end looks for it there
	go func() { _ = link.Sender(s.far).Send(link.Message{lastWord}) }()
	patience := time.After(farewell)
	for !s.over {
		select {
		case p := <-s.orders:
			if len(p.Message) != 1 || p.Message[0] != lastWord {
				s.order(p)
				continue
			}
		case <-patience: // nobody reads the link
		}
		break
	}
	if !s.over {
		s.serverDied(<-s.deaths)
	}
}

// free lets go of a service's pipes.
func (s *shim) free(name string) {
	closeAll(s.ears[name])
	delete(s.ears, name)
}

func closeAll(files []int) {
	for _, fd := range files {
		_ = syscall.Close(fd)
	}
}

// farewell is how long the server has for its last words.
const farewell = time.Second

// end ends the system after the server's ordered shutdown.
func (s *shim) end(g goal, code int) {
	s.over, s.code = true, code
	if !s.container {
		boot.End(string(g), s.say, s.console) // does not return
	}
	select {
	case <-s.deaths: // it ends by itself: its last words are to be read
	case <-time.After(farewell):
		s.server.kill()
	}
	if !s.first {
		boot.KillOffspring()
	}
}

// endAlone ends the system without the server: nothing is asked any more, the
// rest gets SIGTERM, a while, and SIGKILL. A container's exit code says that this was
// no ordered shutdown.
func (s *shim) endAlone() {
	s.over, s.code = true, 1
	if !s.container {
		boot.End(string(s.goal), s.say, s.console) // does not return
	}
	boot.EndOffspring(s.first)
}
