package driver

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"slices"

	"zinit/supervisor"
)

// Load reads what a former server left. A record that cannot be read is set aside
// under another name and comes back with Damaged set: what crashes one server must
// not crash the next one too.
//
// Without a record of the whole there was no server, or it died before the first
// boot's records were complete and so before it did anything: what there is of them
// is dropped.
func (s *Store) Load() ([]supervisor.Record, supervisor.System, error) {
	names, err := s.names()
	if err != nil {
		return nil, supervisor.System{}, fmt.Errorf("cannot read the records: %w", err)
	}
	sys, err := s.loadSystem()
	if errors.Is(err, fs.ErrNotExist) {
		s.drop(names)
		return nil, supervisor.System{}, nil
	}
	if err != nil {
		s.aside(s.run.Root, systemFile, err)
		sys = supervisor.System{Booted: true}
	}
	return s.loadAll(names), sys, nil
}

// names lists the records' files, sorted.
func (s *Store) names() ([]string, error) {
	dir, err := s.records.Open(".")
	if err != nil {
		return nil, err
	}
	defer dir.Close()
	all, err := dir.Readdirnames(-1)
	if err != nil {
		return nil, err
	}
	names := slices.DeleteFunc(all, func(name string) bool {
		_, ok := serviceName(name)
		return !ok
	})
	slices.Sort(names)
	return names, nil
}

func (s *Store) drop(names []string) {
	for _, name := range names {
		if err := s.records.Remove(name); err != nil {
			s.log.Warn("cannot remove the old record "+name, "err", err)
		}
	}
}

func (s *Store) loadAll(names []string) []supervisor.Record {
	past := make([]supervisor.Record, 0, len(names))
	for _, name := range names {
		r, err := s.loadRecord(name)
		if err == nil {
			past = append(past, r)
			continue
		}
		s.aside(s.records.Root, name, err)
		if service, _ := serviceName(name); safe(service) {
			past = append(past, supervisor.Record{Name: service, Damaged: true})
		}
	}
	return past
}

func (s *Store) loadRecord(file string) (supervisor.Record, error) {
	text, err := read(s.records.Root, file)
	if err != nil {
		return supervisor.Record{}, err
	}
	r, err := decode(text)
	if err == nil && fileName(r.Name) != file {
		return supervisor.Record{}, fmt.Errorf("it is the record of %q", r.Name)
	}
	return r, err
}

func (s *Store) loadSystem() (supervisor.System, error) {
	text, err := read(s.run.Root, systemFile)
	if err != nil {
		return supervisor.System{}, err
	}
	var sys supervisor.System
	err = json.Unmarshal(text, &sys)
	return sys, err
}

// read gives the text of one file, within its bound.
func read(dir *os.Root, file string) ([]byte, error) {
	f, err := dir.Open(file)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	text, err := io.ReadAll(io.LimitReader(f, recordMax+1))
	if err == nil && len(text) > recordMax {
		err = errors.New("it is too large")
	}
	return text, err
}

// aside keeps a damaged file for people to look at, where no server reads it again.
func (s *Store) aside(dir *os.Root, file string, why error) {
	s.log.Error("cannot read the record "+file+"; it was set aside as "+file+damagedSuffix, "err", why)
	if err := dir.Rename(file, file+damagedSuffix); err != nil {
		s.log.Error("cannot set aside the record "+file, "err", err)
	}
}
