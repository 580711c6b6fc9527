package proc

import (
	"maps"
	"slices"
	"strconv"
	"strings"

	"zinit/proc/link"
	"zinit/proc/procfs"
)

// The marks that each process of a service carries in its environment.
const (
	markService = "ZINIT_SERVICE" // the service's name
	markRun     = "ZINIT_RUN"     // LIFE.GENERATION
	markProbe   = "ZINIT_PROBE"   // beside them, of a command that probes
)

// defaultPath is where commands are looked for when a service has no PATH.
const defaultPath = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"

// mark tells whose a process is.
type mark struct {
	service string
	life    string
	gen     uint64
	probe   bool // it is no part of the service, but looks at its health
}

func (m mark) run() string { return m.life + "." + strconv.FormatUint(m.gen, 10) }

// inherited is what services get of the server's own environment: not the
// sockets that systemd and its like, or the shim, passed to the server, nor marks of an
// outer one.
func inherited(env []string) []string {
	return slices.DeleteFunc(slices.Clone(env), func(entry string) bool {
		key, _, ok := strings.Cut(entry, "=")
		return !ok || key == "" || key == "NOTIFY_SOCKET" || key == markService || key == markRun || key == markProbe ||
			key == link.KeptVariable ||
			strings.HasPrefix(key, "LISTEN_") || strings.HasPrefix(key, "WATCHDOG_")
	})
}

// without is an environment that lacks some keys.
func without(env, keys []string) []string {
	if keys == nil {
		return env
	}
	return slices.DeleteFunc(slices.Clone(env), func(entry string) bool {
		key, _, _ := strings.Cut(entry, "=")
		return slices.Contains(keys, key)
	})
}

// environment is a service's: base, what its definition adds, and the mark, each
// key once.
func environment(base []string, add map[string]string, m mark) []string {
	env := make([]string, 0, len(base)+len(add)+2)
	for _, entry := range base {
		key, _, _ := strings.Cut(entry, "=")
		if _, replaced := add[key]; !replaced {
			env = append(env, entry)
		}
	}
	for _, key := range slices.Sorted(maps.Keys(add)) {
		if key != markService && key != markRun && key != markProbe {
			env = append(env, key+"="+add[key])
		}
	}
	return append(env, markService+"="+m.service, markRun+"="+m.run())
}

// with is an environment in which some entries replace those of the same keys.
func with(env []string, entries ...string) []string {
	var keys []string
	for _, entry := range entries {
		key, _, _ := strings.Cut(entry, "=")
		keys = append(keys, key)
	}
	return append(without(env, keys), entries...)
}

// variable is a key's value in an environment.
func variable(env []string, key string) (string, bool) {
	for _, entry := range env {
		if k, v, ok := strings.Cut(entry, "="); ok && k == key {
			return v, true
		}
	}
	return "", false
}

// finding is what came of the search for a mark.
type finding int

const (
	unmarked finding = iota
	noEnvironment
	marked
)

// markOf reads the mark of a process from its environment. A process whose
// environment cannot be read has none.
func markOf(pid int) (mark, finding) {
	env, err := procfs.Environ(pid)
	if err == nil && env == nil {
		return mark{}, noEnvironment
	}
	service, ok1 := variable(env, markService)
	run, ok2 := variable(env, markRun)
	dot := strings.LastIndexByte(run, '.')
	if err != nil || !ok1 || !ok2 || dot < 0 {
		return mark{}, unmarked
	}
	gen, err := strconv.ParseUint(run[dot+1:], 10, 64)
	if err != nil {
		return mark{}, unmarked
	}
	_, probes := variable(env, markProbe)
	return mark{service: service, life: run[:dot], gen: gen, probe: probes}, marked
}
