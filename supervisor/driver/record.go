package driver

import (
	"encoding/json"
	"fmt"
	"hash/fnv"
	"strings"

	"zinit/configs"
	"zinit/supervisor"
)

// nameMax is the longest name that a service can go by: a bad file goes by its own.
const nameMax = 255

// wire is a record as it is on file. The definitions are written field by field:
// their own JSON, made for people, takes five times as long and would refuse a
// definition that a later version no longer accepts, while its process lives.
type wire struct {
	*supervisor.Record
	Spec *spec `json:"spec,omitempty"`
	Ran  *spec `json:"ran,omitempty"`
}

// spec is a definition without its methods.
type spec configs.Service

// encode writes a record as one JSON object.
func encode(r *supervisor.Record) ([]byte, error) {
	return json.Marshal(wire{Record: r, Spec: (*spec)(r.Spec), Ran: (*spec)(r.Ran)})
}

// decode reads a record and refuses what a core must never see.
func decode(text []byte) (supervisor.Record, error) {
	w := wire{Record: &supervisor.Record{}}
	if err := json.Unmarshal(text, &w); err != nil {
		return supervisor.Record{}, err
	}
	r := *w.Record
	r.Spec, r.Ran = (*configs.Service)(w.Spec), (*configs.Service)(w.Ran)
	if err := plausible(&r); err != nil {
		return supervisor.Record{}, err
	}
	return r, nil
}

// plausible says what is wrong with a record that is good JSON.
func plausible(r *supervisor.Record) error {
	switch {
	case r.Name == "" || len(r.Name) > nameMax:
		return fmt.Errorf("bad name")
	case !known(r.State):
		return fmt.Errorf("bad state %q", r.State)
	case r.Spec == nil && r.ConfigError == "":
		return fmt.Errorf("no definition")
	case r.Spec != nil && r.Spec.Name != r.Name:
		return fmt.Errorf("the definition is that of %q", r.Spec.Name)
	case r.Spec == nil && r.Pid != 0:
		return fmt.Errorf("a process without a definition")
	case r.Pid < 0 || r.Pid == 1 || r.Restarts < 0 || r.Total < 0 || r.Probes < 0:
		return fmt.Errorf("a number is out of range")
	}
	return nil
}

func known(s supervisor.State) bool {
	switch s {
	case supervisor.StateInactive, supervisor.StateBlocked, supervisor.StateStarting, supervisor.StateRunning,
		supervisor.StateStopping, supervisor.StateExited, supervisor.StateFailed:
		return true
	}
	return false
}

// suffix ends the name of every record's file; damagedSuffix is put after it when
// the file is set aside.
const (
	suffix        = ".json"
	damagedSuffix = ".damaged"
)

// fileName is where the record of a service is kept. A good name is its own; the
// service of a bad file may have any name, and goes by a sum of it.
func fileName(name string) string {
	if safe(name) {
		return name + suffix
	}
	sum := fnv.New128a()
	sum.Write([]byte(name))
	return fmt.Sprintf("@%x%s", sum.Sum(nil), suffix)
}

// serviceName is whose record a file is, as far as the file's name tells.
func serviceName(file string) (name string, isRecord bool) {
	name, isRecord = strings.CutSuffix(file, suffix)
	return name, isRecord && (safe(name) || strings.HasPrefix(name, "@"))
}

// safe is the rule that package configs has for names.
func safe(name string) bool {
	if name == "" || len(name) > 64 || name[0] == '-' {
		return false
	}
	for i := range len(name) {
		c := name[i]
		letter := 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z'
		if !letter && (c < '0' || c > '9') && c != '_' && c != '-' {
			return false
		}
	}
	return true
}
