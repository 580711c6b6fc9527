package logs

import (
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"sync"

	"golang.org/x/sys/unix"
)

// defaultLines is buffer_lines where nothing is on file.
const defaultLines = 1000

// ErrClosed is the error of operations on a store that was closed.
var ErrClosed = errors.New("the log store is closed")

// Options are what a store needs to know.
type Options struct {
	Dir string       // the run directory, which exists; ears/ and logs/ are made in it
	Log *slog.Logger // nil: nothing is reported; a handler that blocks holds up all ears
	// Hold, if not nil, is called with both pipes of a service when they have been
	// opened, for somebody who keeps them while the server is dead. The
	// descriptors stay the store's. It must not call the store.
	Hold func(name string, files []int)
	// Holder is the pid of who has what Hold was called with. 0: nobody, and pipes then
	// have names, by which they are found again.
	Holder int
}

// Store is all ears of one run directory. Its methods may be called by any goroutine.
type Store struct {
	options  Options
	ears     string // the directories
	logs     string
	pump     *pump
	big      chan struct{} // tokens for the big buffers of copyists
	copies   uint64        // that were begun
	copyists sync.WaitGroup
	bell     bell
	numbered bool              // new pipes have numbers, no names
	held     map[string]string // while it recovers; see heldPipes

	mu        sync.Mutex // guards what follows; short, and never held by the pump
	services  map[string]*service
	leaving   map[string]chan struct{} // by name: closed when its files are gone
	targets   map[string]target        // by name: of those that have a log file
	version   int                      // of services
	followers int
	closed    bool
}

// service is the ears of one service.
type service struct {
	out, err *ear // nil: it has no pipes
	syslog   *ear // nil: it has sent nothing there
	uid, gid int
	copyist  *copyist // nil: it has no log file
}

// ears are those that there are.
func (sv *service) ears() []*ear {
	return slices.DeleteFunc([]*ear{sv.out, sv.err, sv.syslog}, func(e *ear) bool { return e == nil })
}

// Open opens the store of a run directory and goes on with the ears and segments
// that are there. The error names the directory or the pipe that is unusable.
func Open(o Options) (*Store, error) {
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	s := &Store{options: o, ears: filepath.Join(o.Dir, "ears"), logs: filepath.Join(o.Dir, "logs"), services: map[string]*service{}, leaving: map[string]chan struct{}{}, targets: map[string]target{}, big: make(chan struct{}, bigHelpings)}
	for _, dir := range []string{s.ears, s.logs} {
		if err := os.Mkdir(dir, 0o700); err != nil && !errors.Is(err, os.ErrExist) {
			return nil, fmt.Errorf("cannot make a directory for logs: %w", err)
		}
	}
	var err error
	if s.pump, err = newPump(s.logs, o.Log, &s.bell); err != nil {
		return nil, err
	}
	go s.pump.run()
	if err := s.recover(); err != nil {
		s.Close()
		return nil, err
	}
	return s, nil
}

// Open makes the ears of a service where they are absent and returns the paths at which
// any thread of this process opens its two pipes, which uid and gid will own. At least
// lines lines of ordinary length are kept of each stream. It may be called again, with
// other values too.
func (s *Store) Open(name string, uid, gid, lines int) (stdout, stderr string, err error) {
	s.lockFor(name)
	defer s.mu.Unlock()
	if s.closed {
		return "", "", ErrClosed
	}
	sv := s.services[name]
	if sv == nil || sv.out == nil {
		if sv, err = s.begin(name); err != nil {
			return "", "", err
		}
	}
	if sv.uid != uid || sv.gid != gid {
		if err := errors.Join(own(sv.out.fd, uid, gid), own(sv.err.fd, uid, gid)); err != nil {
			return "", "", err
		}
		sv.uid, sv.gid = uid, gid
	}
	return s.outlet(sv.out), s.outlet(sv.err), s.resize(sv, name, lines)
}

// Outputs are the files that only the service of this name and what it has started
// write to, as procfs.Outputs shows them; none where the store does not know it.
func (s *Store) Outputs(name string) []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	sv := s.services[name]
	if sv == nil || sv.out == nil {
		return nil
	}
	var files []string
	for _, e := range []*ear{sv.out, sv.err} {
		file := s.outlet(e)
		if number, err := os.Readlink(file); err == nil {
			file = number
		}
		files = append(files, file)
	}
	return files
}

// begin opens the pipes of a service that the store does not know yet.
func (s *Store) begin(name string) (*service, error) {
	sv, err := s.pipes(name)
	if err != nil {
		return nil, err
	}
	if known := s.services[name]; known != nil {
		sv.syslog = known.syslog
	}
	return sv, s.enlist(name, sv, place{stream: -1})
}

// pipes opens the pipes of a service.
func (s *Store) pipes(name string) (*service, error) {
	sv := &service{}
	for _, stream := range []string{Stdout, Stderr} {
		fd, numbered, err := s.listen(name, stream)
		if err != nil {
			sv.closePipes()
			return nil, err
		}
		e := s.ear(name, stream, fd)
		e.numbered = numbered
		if stream == Stdout {
			sv.out = e
		} else {
			sv.err = e
		}
	}
	if err := sv.owned(); err != nil {
		sv.closePipes()
		return nil, err
	}
	return sv, nil
}

func (sv *service) closePipes() {
	for _, e := range []*ear{sv.out, sv.err} {
		if e != nil {
			unix.Close(e.fd)
		}
	}
}

func (s *Store) ear(name, stream string, fd int) *ear {
	e := &ear{service: name, stream: stream, fd: fd, path: filepath.Join(s.logs, name+"."+suffix(stream))}
	e.lines.Store(defaultLines)
	return e
}

// enlist hands the ears of a service to the pump, and begins to copy them at p. On
// error it closes them.
func (s *Store) enlist(name string, sv *service, p place) error {
	if s.options.Hold != nil {
		s.options.Hold(name, []int{sv.out.fd, sv.err.fd})
	}
	s.copyTo(name, sv, p)
	err := errors.Join(s.pump.add(sv.out), s.pump.add(sv.err))
	if err != nil {
		s.pump.remove(sv.out)
		s.pump.remove(sv.err)
		sv.closePipes()
		if sv.copyist != nil {
			copyNoMore(sv)
		}
		return fmt.Errorf("cannot watch the pipes of %s: %w", name, err)
	}
	s.services[name] = sv
	s.version++
	return nil
}

// resize sets how much is kept. What is not the default is put on file, as the
// target of a symbolic link, since the pump needs it before anybody calls Open
// again after a crash; a link is made whole or not at all.
func (s *Store) resize(sv *service, name string, lines int) error {
	if sv.out.lines.Load() == int64(lines) {
		return nil
	}
	path := s.sizeFile(name)
	unix.Unlink(path)
	if lines != defaultLines {
		if err := os.Symlink(strconv.Itoa(lines), path); err != nil {
			return fmt.Errorf("cannot note the size of the log of %s: %w", name, err)
		}
	}
	for _, e := range sv.ears() {
		e.lines.Store(int64(lines))
	}
	return nil
}

func (s *Store) sizeFile(name string) string { return filepath.Join(s.ears, name+".lines") }

// Known returns the names of the services that have ears, sorted.
func (s *Store) Known() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Sorted(maps.Keys(s.services))
}

func (s *Store) currentVersion() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.version
}

// lockFor takes the lock when no service of this name is on its way out, whose
// files would be taken for those of its successor.
func (s *Store) lockFor(name string) {
	for {
		s.mu.Lock()
		gone := s.leaving[name]
		if gone == nil {
			return
		}
		s.mu.Unlock()
		<-gone
	}
}

// Forget removes the ears and the logs of a service. Unknown names are ignored. It
// waits for a turn of the pump, in which it holds up nobody else. Its last lines still
// come into its log file.
func (s *Store) Forget(name string) {
	s.lockFor(name)
	sv := s.services[name]
	delete(s.targets, name)
	if sv == nil || s.closed {
		s.mu.Unlock()
		return
	}
	delete(s.services, name)
	s.version++
	gone := make(chan struct{})
	s.leaving[name] = gone
	s.mu.Unlock()

	os.Remove(s.sizeFile(name))
	ran := s.pump.order(func() {
		left := sv.copyist.leave()
		for _, e := range sv.ears() {
			s.pump.lastWords(e)
			if e.copy.Load() == nil {
				left = ""
			}
			s.pump.forget(e, s.ears, left)
		}
		sv.copyist.finish()
	})
	s.mu.Lock()
	defer s.mu.Unlock()
	if !ran { // the pump has failed; Close is to close them
		s.services[name] = sv
	}
	delete(s.leaving, name)
	close(gone)
}

// Close ends the pump and closes everything. The files stay, and the services'
// output stays in the pipes. Followers return ErrClosed. Log files get what they lack
// within a second.
func (s *Store) Close() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return ErrClosed
	}
	s.closed = true
	for len(s.leaving) > 0 { // nobody begins to leave any more
		s.awaitOne()
	}
	s.pump.order(func() { s.pump.stop = true })
	<-s.pump.done
	s.pump.close()
	s.finishCopies()
	for _, sv := range s.services {
		for _, e := range sv.ears() {
			if e.fd >= 0 {
				unix.Close(e.fd)
			}
			e.seal()
			if e.current != nil {
				e.current.close()
			}
		}
	}
	return nil
}

// awaitOne waits for one of those that leave. The lock is held, but not meanwhile.
func (s *Store) awaitOne() {
	for _, gone := range s.leaving {
		s.mu.Unlock()
		<-gone
		s.mu.Lock()
		return
	}
}
