package logs

import (
	"path/filepath"
	"time"

	"zinit/configs"
)

// Relog obeys the [logging] of a service from now on: how many lines are kept, and the
// file that they are copied to. It is called before each birth, and when that has
// changed without one. It does not wait for the file.
func (s *Store) Relog(spec *configs.Service) {
	t := target{path: spec.Log.File, maxSize: spec.Log.MaxSize, keep: spec.Log.Keep}
	s.lockFor(spec.Name)
	defer s.mu.Unlock()
	if s.closed {
		return
	}
	if s.targets[spec.Name] = t; t.path == "" {
		delete(s.targets, spec.Name)
	}
	sv := s.services[spec.Name]
	if sv == nil || sv.out == nil {
		return // Open comes soon
	}
	if err := s.resize(sv, spec.Name, spec.BufferLines); err != nil {
		s.options.Log.Error("the log keeps its size", "service", spec.Name, "err", err)
	}
	switch {
	case sv.copyist == nil:
		s.copyTo(spec.Name, sv, place{at: [2]int64{sv.out.end.Load(), sv.err.end.Load()}, stream: -1})
	case t.path == "":
		copyNoMore(sv)
	case t != *sv.copyist.wanted.Load():
		sv.copyist.wanted.Store(&t)
		sv.copyist.cursors[0].wake()
	}
}

// copyTo begins to copy from a place on, if the service has a log file. The lock is
// held.
func (s *Store) copyTo(name string, sv *service, p place) {
	t, ok := s.targets[name]
	if !ok {
		return
	}
	next, torn := p.settled(t.path)
	s.copies++
	c := &copyist{
		name: name, number: s.copies, bookAt: s.notebook(name), file: logFile{fd: -1},
		poke: make(chan struct{}, 1), haste: make(chan struct{}, 1), quit: make(chan struct{}), pump: s.pump, log: s.options.Log, big: s.big,
	}
	c.wanted.Store(&t)
	for i, e := range []*ear{sv.out, sv.err} {
		at := next.at[i]
		if at < 0 || at > e.end.Load() { // of another stream of this name
			at = e.end.Load()
		}
		c.cursors[i] = newCopyCursor(e, &copying{poke: c.poke, haste: c.haste, at: at}, &c.left)
		e.copy.Store(c.cursors[i].copying)
	}
	if torn {
		c.torn = c.cursors[p.stream]
	}
	c.turnTo(t)
	sv.copyist = c
	s.copyists.Go(c.run)
}

// copyNoMore ends the copy. The lock is held.
func copyNoMore(sv *service) {
	sv.copyist.former.Store(true)
	for _, e := range []*ear{sv.out, sv.err} {
		e.readers.Add(1)
		e.copy.Store(nil)
	}
	sv.copyist.drop()
	sv.copyist.finish()
	sv.copyist = nil
}

// finishCopies has the log files written, for as long as a farewell may take. The
// lock is held.
func (s *Store) finishCopies() {
	for _, sv := range s.services {
		sv.copyist.finish()
	}
	done := make(chan struct{})
	go func() {
		s.copyists.Wait()
		close(done)
	}()
	select {
	case <-done:
	case <-time.After(farewell):
		s.options.Log.Error("some log files lack the last lines: they take too long to write")
	}
}

// notebook is the path of a service's notebook.
func (s *Store) notebook(name string) string { return filepath.Join(s.ears, name+".file") }
