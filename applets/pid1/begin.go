package pid1

import (
	"os"
	"time"

	"zinit/proc/boot"
)

// machine brings up what a machine needs and does what the kernel's command line
// says about the server.
func (s *shim) machine() {
	began := boot.SinceBoot()
	s.command = boot.Machine(s.say)
	if level := s.command.LogLevel; level != "" {
		_ = os.Setenv("ZINIT_LOG_LEVEL", level)
	}
	if target := s.command.Target; target != "" {
		s.server.args = []string{"--target", target}
	}
	s.stamp("zinit-pid1 begins", began)
	s.stamp("the machine is set up", boot.SinceBoot())
}

// begin goes on with the boot: with a shell if the command line asks for one,
// with the real root if this is an initramfs before one, else with the server.
func (s *shim) begin() {
	if s.command.Emergency {
		s.command.Emergency = false
		if s.emergency() {
			return
		}
	}
	if s.command.HasRoot() {
		s.stamp("going on to root="+s.command.Root, boot.SinceBoot())
		go func() { s.switched <- boot.SwitchRoot(s.command, os.Args[1:], s.say) }()
		return
	}
	s.startServer()
	s.stamp("zinit-server is born", boot.SinceBoot())
}

// notSwitched is for a real root that could not be gone on to. After a shell it
// is tried again; without one the initramfs does what it can.
func (s *shim) notSwitched(err error) {
	s.say("%v", err)
	if !s.emergency() {
		s.startServer()
	}
}

// emergency gives the operator a shell on the console, where there are both, and
// says whether there is one now.
func (s *shim) emergency() bool {
	if s.container {
		return false
	}
	if s.shell.alive() {
		return true
	}
	if err := s.shell.fork(boot.Shell); err != nil {
		s.say("no emergency shell: %v; Ctrl-Alt-Del reboots", err)
		return false
	}
	s.reaper.Born()
	s.say("emergency shell on the console; Ctrl-Alt-Del reboots")
	return true
}

// shellEnded goes on with a boot that waited for the shell.
func (s *shim) shellEnded() {
	if s.server.tried() {
		s.say("the emergency shell has ended; Ctrl-Alt-Del reboots")
		return
	}
	s.say("the emergency shell has ended; the boot goes on")
	s.begin()
}

// stamp says at log level debug how long after the kernel's start something is.
func (s *shim) stamp(what string, at time.Duration) {
	if level := os.Getenv("ZINIT_LOG_LEVEL"); level == "debug" || level == "trace" {
		s.say("%.6f s after the kernel: %s", at.Seconds(), what)
	}
}

// firstService stamps the moment before the first service is born: the server
// has its output held.
func (s *shim) firstService() {
	if !s.served {
		s.served = true
		s.stamp("the first service", boot.SinceBoot())
	}
}
