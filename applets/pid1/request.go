package pid1

import (
	"os"
	"strconv"
	"syscall"
	"time"

	"zinit/proc/boot"
	"zinit/proc/link"
)

// goal is what the shim is to end in.
type goal string

const (
	goalExit     goal = "exit"
	goalPowerOff goal = "poweroff"
	goalReboot   goal = "reboot"
	goalHalt     goal = "halt"
)

// request is what a signal asks for.
type request struct {
	stop    goal // ordered shutdown, then this
	reload  bool
	restart bool // of the server; services go on
}

// rtmin is SIGRTMIN as libc and systemd count it: the two below are libc's own.
const rtmin = 34

// requestOf is what a signal means on a machine. A container exits where a machine
// powers off, reboots or halts. Any other signal means nothing.
func requestOf(sig os.Signal) request {
	switch sig {
	case syscall.SIGTERM, syscall.SIGPWR, syscall.Signal(rtmin + 4):
		return request{stop: goalPowerOff}
	case syscall.SIGINT, syscall.Signal(rtmin + 5): // SIGINT: Ctrl-Alt-Del, reboot(2)
		return request{stop: goalReboot}
	case syscall.Signal(rtmin + 3):
		return request{stop: goalHalt}
	case syscall.SIGHUP:
		return request{reload: true}
	case syscall.SIGUSR1:
		return request{restart: true}
	}
	return request{}
}

// Seven Ctrl-Alt-Del within two seconds reboot at once.
const (
	burstCount = 7
	burstTime  = 2 * time.Second
)

// burst counts presses of Ctrl-Alt-Del.
type burst struct{ presses []time.Time }

// press counts one and says whether the operator has lost patience.
func (b *burst) press(now time.Time) bool {
	b.presses = append(b.presses, now)
	if len(b.presses) > burstCount {
		b.presses = b.presses[1:]
	}
	return len(b.presses) == burstCount && now.Sub(b.presses[0]) <= burstTime
}

// request acts on a signal. One that asks for nothing is dropped.
func (s *shim) request(sig os.Signal) {
	r := requestOf(sig)
	switch {
	case r.stop != "":
		s.stop(r.stop, sig)
	case r.reload:
		s.reload()
	case r.restart:
		s.server.kill()
	}
}

// stop begins the ordered shutdown. Only the first request counts.
func (s *shim) stop(g goal, sig os.Signal) {
	if s.container {
		g = goalExit
	} else if g == goalReboot && s.burst.press(time.Now()) {
		s.say("rebooting at once")
		boot.Now(string(goalReboot))
	}
	if s.goal != "" {
		return
	}
	s.goal = g
	s.say("shutting down (%s): %s", sig, g)
	s.outbox <- link.Message{"stop", string(g)}
	if bound := s.bound(); bound > 0 {
		s.late = time.After(bound)
	}
	if s.server.hopeless() {
		s.endAlone()
	}
}

// bound is how long an ordered shutdown may take; 0: for ever.
func (s *shim) bound() time.Duration {
	const variable, onMachine = "ZINIT_SHUTDOWN_TIMEOUT_MS", 90 * time.Second
	text, ok := os.LookupEnv(variable)
	if ok {
		ms, err := strconv.ParseUint(text, 10, 31)
		if err == nil {
			return time.Duration(ms) * time.Millisecond
		}
		s.say("%s=%q is ignored: it is no number of milliseconds", variable, text)
	}
	if s.container {
		return 0
	}
	return onMachine
}
