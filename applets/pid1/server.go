package pid1

import (
	"syscall"
	"time"

	"zinit/proc/boot"
)

// How soon a server that died is started again: at once, then after ever longer
// delays, until one has lived for a while.
const (
	firstDelay = 100 * time.Millisecond
	lastDelay  = 5 * time.Second
	longLife   = time.Second
)

// tries is how many short lives in a row mean that no server will do what a
// shutdown asks for: the shim does it then.
const tries = 5

// server is the zinit-server that runs now, or does not. The shim's loop owns it.
type server struct {
	program string   // path of our own executable
	args    []string // beside the name
	born    time.Time
	delay   time.Duration // before the next start
	short   int           // short lives in a row

	child
}

// death is how the server ended, as wait(2) tells.
type death syscall.WaitStatus

// start forks the server. Its descriptor 3 is its end of the link; what was kept for
// it follows.
func (v *server) start(far int, kept []int, env []string) error {
	null := boot.Null()
	defer syscall.Close(null)
	files := []uintptr{uintptr(null), 1, 2, uintptr(far)}
	for _, fd := range kept {
		files = append(files, uintptr(fd))
	}
	return v.fork(func() (int, error) {
		v.born = time.Now()
		return syscall.ForkExec(v.program, append([]string{"zinit-server", "--pid1-mode"}, v.args...), &syscall.ProcAttr{
			Dir:   "/",
			Env:   env,
			Files: files,
			Sys:   &syscall.SysProcAttr{Setsid: true},
		})
	})
}

// tried says that the boot has come to the server.
func (v *server) tried() bool { return !v.born.IsZero() }

// hopeless says that there is no server, and that none lived for long enough to do
// anything, or there never was one. One that runs gets its chance.
func (v *server) hopeless() bool { return !v.alive() && (v.short >= tries || !v.tried()) }

// startServer starts the server, or has it tried again later.
func (s *shim) startServer() {
	kept, env := s.keptFor()
	if err := s.server.start(s.far, kept, env); err != nil {
		s.say("cannot start %s: %v", s.server.program, err)
		s.startLater()
		return
	}
	s.reaper.Born()
}

// serverDied starts the server again, later if it dies again and again.
func (s *shim) serverDied(d death) {
	if s.over {
		return
	}
	if time.Since(s.server.born) >= longLife {
		s.server.short, s.server.delay = 0, 0
	}
	s.say("zinit-server has ended (%s), services go on", describe(syscall.WaitStatus(d)))
	if s.server.delay == 0 {
		s.server.short++
		s.server.delay = firstDelay
		s.startServer()
		return
	}
	s.startLater()
}

func (s *shim) startLater() {
	s.server.short++
	s.server.delay = min(max(2*s.server.delay, firstDelay), lastDelay)
	s.again = time.After(s.server.delay)
	if s.goal != "" && s.server.hopeless() {
		s.endAlone()
	}
}

func describe(w syscall.WaitStatus) string {
	if w.Signaled() {
		return "signal " + w.Signal().String()
	}
	return "exit code " + itoa(w.ExitStatus())
}
