package driver

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"time"

	"zinit/supervisor"
)

const (
	systemFile = "system.json"
	recordsDir = "state"
	recordMax  = 4 << 20
	retryEvery = time.Second
)

// Store keeps the records in the run directory: state/NAME.json for each service and
// system.json for the whole. Each is replaced by a rename, so it is the old one or
// the new one. There is no fsync: the directory is memory, and a crash of the kernel
// ends the processes that the records speak of.
//
// A record that cannot be written (a full file system) is kept and tried again; the
// server goes on. A Store belongs to one goroutine.
type Store struct {
	run     directory
	records directory
	log     *slog.Logger

	unsaved map[string]supervisor.Record // could not be written; tried again
	system  *supervisor.System           // the same
	failing bool                         // said so, and not yet that it is over
}

// OpenStore opens, or makes, the store below run.
func OpenStore(run *os.Root, log *slog.Logger) (*Store, error) {
	if err := run.Mkdir(recordsDir, 0o700); err != nil && !errors.Is(err, fs.ErrExist) {
		return nil, fmt.Errorf("cannot make the directory for records: %w", err)
	}
	records, err := run.OpenRoot(recordsDir)
	if err != nil {
		return nil, fmt.Errorf("cannot open the directory for records: %w", err)
	}
	s := &Store{log: log, unsaved: map[string]supervisor.Record{}}
	if s.run, err = openDirectory(run); err != nil {
		return nil, errors.Join(err, records.Close())
	}
	if s.records, err = openDirectory(records); err != nil {
		return nil, errors.Join(err, s.run.self.Close(), records.Close())
	}
	return s, nil
}

// Close gives the directory back.
func (s *Store) Close() error {
	return errors.Join(s.run.self.Close(), s.records.self.Close(), s.records.Close())
}

// Save replaces the record of one service.
func (s *Store) Save(r *supervisor.Record) {
	if err := s.write(r); err != nil {
		s.unsaved[r.Name] = *r
		s.fail("the record of "+r.Name, err)
		return
	}
	if len(s.unsaved) > 0 {
		delete(s.unsaved, r.Name)
	}
}

func (s *Store) write(r *supervisor.Record) error {
	text, err := encode(r)
	if err != nil {
		return err
	}
	return s.records.replace(fileName(r.Name), text)
}

// SaveSystem replaces the record of the whole.
func (s *Store) SaveSystem(sys supervisor.System) {
	s.system = nil
	text, err := json.Marshal(sys)
	if err == nil {
		err = s.run.replace(systemFile, text)
	}
	if err != nil {
		s.system = &sys
		s.fail("the system's record", err)
	}
}

// Remove drops the record of one service.
func (s *Store) Remove(name string) {
	delete(s.unsaved, name)
	if err := s.records.Remove(fileName(name)); err != nil && !errors.Is(err, fs.ErrNotExist) {
		s.log.Warn("cannot remove the record of "+name, "err", err)
	}
}

// Failing says whether something could not be saved yet.
func (s *Store) Failing() bool { return s.system != nil || len(s.unsaved) > 0 }

// Retry tries to save what could not be saved.
func (s *Store) Retry() {
	if s.system != nil {
		s.SaveSystem(*s.system)
	}
	for _, r := range s.unsaved {
		s.Save(&r)
	}
	if s.failing && !s.Failing() {
		s.failing = false
		s.log.Info("the records can be written again")
	}
}

// fail says once that saving fails, not for each of a thousand records.
func (s *Store) fail(what string, err error) {
	if !s.failing {
		s.failing = true
		s.log.Error("cannot save "+what+"; the server goes on, but a crash would lose what changed", "err", err)
	}
}
