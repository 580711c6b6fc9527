package pid1

import (
	"fmt"
	"os"
	"syscall"
	"time"

	"zinit/proc/boot"
	"zinit/proc/link"
	"zinit/proc/reap"
)

// shim is all that PID 1 knows. Its loop owns it.
type shim struct {
	container bool // as against a machine
	first     bool // our pid is 1: when we end, the kernel ends all that is left
	console   *boot.Console

	signals   chan os.Signal
	deaths    chan death       // of the server
	shellOver chan struct{}    // the emergency shell has ended
	switched  chan error       // the real root could not be gone on to
	orders    chan link.Parcel // from the server
	outbox    chan link.Message
	again     <-chan time.Time // the server is to be started again
	late      <-chan time.Time // the shutdown takes too long
	served    bool             // a service's output was held

	near    int              // our end of the link
	far     int              // the server's end, held so that it outlives the server
	ears    map[string][]int // the services' pipes, held for the same reason
	kept    link.Kept        // the server's sockets, for the next one
	reaper  *reap.Loop
	ready   chan struct{} // closed when the reaper may run
	server  server
	shell   child            // for emergencies
	command boot.CommandLine // the kernel's, on a machine

	burst burst
	goal  goal // not empty: a shutdown is under way
	over  bool
	code  int // to exit with
}

func newShim(container bool, signals chan os.Signal) *shim {
	first := os.Getpid() == 1
	container = container || !first || boot.Contained()
	words := syscall.Stdout
	if container {
		words = syscall.Stderr // stdout is the services'
	}
	return &shim{
		container: container,
		first:     first,
		ready:     make(chan struct{}),
		console:   boot.NewConsole(words),
		signals:   signals,
		deaths:    make(chan death, 1),
		shellOver: make(chan struct{}, 1),
		switched:  make(chan error, 1),
		orders:    make(chan link.Parcel),
		outbox:    make(chan link.Message, outboxSize),
		ears:      map[string][]int{},
	}
}

// run is the shim's life.
func (s *shim) run() int {
	defer s.console.Flush(time.Second)
	if err := s.prepare(); err != nil {
		s.say("%v", err)
		if s.container {
			return 1
		}
		select {} // a machine whose init ends panics: the message stays instead
	}
	s.begin()
	for !s.over {
		s.guard(s.turn)
	}
	return s.code
}

// turn waits for the next thing that happens and acts on it.
func (s *shim) turn() {
	select {
	case sig := <-s.signals:
		s.request(sig)
	case d := <-s.deaths:
		s.lastOrders(d)
	case <-s.shellOver:
		s.shellEnded()
	case err := <-s.switched:
		s.notSwitched(err)
	case <-s.again:
		s.startServer()
	case p := <-s.orders:
		s.order(p)
	case <-s.late:
		s.say("the shutdown takes too long: ending what is left")
		s.endAlone()
	}
}

// guard runs f and survives its panic: the kernel does not survive the end of
// PID 1. What the event meant may be lost; the next one is acted on.
func (s *shim) guard(f func()) {
	defer func() {
		if broken := recover(); broken != nil {
			s.say("a mistake in zinit-pid1, please report it: %v", broken)
		}
	}()
	f()
}

// prepare brings up what the server needs: on a machine the file systems first.
func (s *shim) prepare() error {
	if !s.first {
		s.say("pid %d is not 1: working as a child subreaper", os.Getpid())
		if err := boot.Subreaper(); err != nil {
			return err
		}
	}
	if s.container {
		_ = os.Setenv("ZINIT_CONTAINER", "1") // the server asks the variable
	} else {
		s.machine()
	}
	var err error
	if s.server.program, err = boot.Executable(); err != nil {
		return err
	}
	if s.near, s.far, err = link.Pair(); err != nil {
		return err
	}
	s.reaper = reap.New(link.Sender(s.near))
	s.reaper.Own, s.reaper.Apart = s.ownDeath, true
	boot.Prewarm()
	close(s.ready)
	go s.listen()
	go s.post()
	return nil
}

// reap runs the reaper. Its one error is a link that broke, which nothing mends.
func (s *shim) reap() {
	s.guard(func() {
		if err := s.reaper.Run(); err != nil {
			s.say("%v", err)
		}
	})
}

// ownDeath takes the deaths that are no service's off the reaper's hands.
func (s *shim) ownDeath(pid int, status uint32) bool {
	switch {
	case s.server.own(pid):
		s.deaths <- death(status)
	case s.shell.own(pid):
		s.shellOver <- struct{}{}
	default:
		return false
	}
	return true
}

// listen hands on what the server sends.
func (s *shim) listen() {
	s.guard(func() {
		for {
			p, err := link.Receive(s.near)
			if err != nil {
				s.say("%v", err)
				return
			}
			s.orders <- p
		}
	})
}

// outboxSize is room for one reload and the one stop there is, behind the message
// that is being sent.
const outboxSize = 2

// post sends what is in the outbox. It may block while the link is full of exits,
// so it is not done in the loop; and it has one thread, however many signals come.
func (s *shim) post() {
	s.guard(func() {
		for words := range s.outbox {
			if err := link.Sender(s.near).Send(words); err != nil {
				s.say("%v", err)
			}
		}
	})
}

// reload asks the server to reload. While another message waits, one that waits too
// would be a repetition, or come after the end.
func (s *shim) reload() {
	if len(s.outbox) == 0 {
		s.outbox <- link.Message{"reload"}
	}
}

// say writes a line to the console, if anybody reads it.
func (s *shim) say(format string, args ...any) {
	s.console.Print(fmt.Sprintf("zinit-pid1: "+format+"\n", args...))
}
