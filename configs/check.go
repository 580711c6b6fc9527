package configs

import (
	"path"
	"slices"
	"strconv"
	"strings"
)

// badName says what a name must be, where it isn't.
func badName(name string) string {
	const longest = 64
	for i := range len(name) {
		c := name[i]
		if c|0x20 < 'a' || c|0x20 > 'z' {
			if c != '_' && (c < '0' || c > '9') && (c != '-' || i == 0) {
				return "must be letters, digits, _ and -, and not begin with -"
			}
		}
	}
	if name == "" || len(name) > longest {
		return "must have 1 to 64 characters"
	}
	return ""
}

// badPath says what a path must be, where it isn't. The server's own directory
// is nothing that a file could rely on.
func badPath(path string) string {
	if !strings.HasPrefix(path, "/") {
		return "must be an absolute path, one that begins with /"
	}
	return ""
}

// badFile is [badPath] for a file to write.
func badFile(path string) string {
	if bad := badPath(path); bad != "" || !strings.HasSuffix(path, "/") {
		return bad
	}
	return "must be the path of a file, not of a directory"
}

// badTTY says what the path of a terminal must be, where it isn't. To open any
// other file would do no good.
func badTTY(name string) string {
	if !strings.HasPrefix(name, "/dev/") || path.Clean(name) != name { // one spelling for one terminal
		return `must be a terminal, such as "/dev/tty1" or "/dev/console"`
	}
	return ""
}

// badAccount says what a user or a group must be, where it isn't. The highest
// uid stands for "none" in system calls: setuid(2) would change nothing.
func badAccount(name string) string {
	const none = 1<<32 - 1
	if name == "" || name[0] == '-' || strings.ContainsAny(name, ": \t\n/") {
		return "must be a name or a number"
	}
	if strings.Trim(name, "0123456789") == "" {
		if n, err := strconv.ParseUint(name, 10, 32); err != nil || n >= none {
			return "must be a name or a number up to 4294967294"
		}
	}
	return ""
}

// check looks at what no key can tell alone. Keys that were refused already have
// their default here; doc tells what was written.
func (s *source) check(doc *table, to *Service) {
	s.checkTask(doc, to)
	s.checkDelays(doc, to)
	s.checkDependencies(doc, to)
	s.checkOutput(doc, to)
	if to.Command.Builtin {
		s.checkBuiltin(doc, to)
	}
	if e := doc.find("health"); e != nil && e.kind == isTable {
		s.checkHealth(e, to)
	}
}

// checkTask looks at the command and what becomes of it. A oneshot has no start
// timeout unless it is written.
func (s *source) checkTask(doc *table, to *Service) {
	if to.Target {
		return
	}
	service := doc.find("service")
	if service.table.find("exec") == nil && !s.meantExec {
		s.fault(service.at, `exec is missing in [service]: write the command, exec = "/usr/bin/program --flag"`)
	}
	if to.Oneshot && written(doc, "lifecycle", "start_timeout_ms") == nil {
		to.StartTimeout = 0
	}
	if to.Oneshot && to.Restart == RestartAlways {
		s.fault(written(doc, "lifecycle", "restart").value.at,
			`restart = "always" can't go with oneshot = true, which is done when it exits 0: use "on-failure" or "never"`)
	}
}

// checkDelays compares the restart delay with its maximum. The maximum never
// gives way in silence.
func (s *source) checkDelays(doc *table, to *Service) {
	if to.RestartDelayMax >= to.RestartDelay {
		return
	}
	delay, most := written(doc, "lifecycle", "restart_delay_ms"), written(doc, "lifecycle", "restart_delay_max_ms")
	switch {
	case most == nil:
		s.fault(delay.value.at, "restart_delay_ms = %d is above restart_delay_max_ms, which is %d by default: write restart_delay_max_ms too",
			to.RestartDelay.Milliseconds(), to.RestartDelayMax.Milliseconds())
	default:
		s.fault(most.value.at, "restart_delay_max_ms = %d must not be below restart_delay_ms, which is %d",
			to.RestartDelayMax.Milliseconds(), to.RestartDelay.Milliseconds())
	}
}

// checkDependencies refuses what can never come true.
func (s *source) checkDependencies(doc *table, to *Service) {
	for k := range keysOf("dependencies") {
		if slices.Contains(*k.form.(names).in(to), to.Name) {
			s.fault(mention(doc, k.name, to.Name), "%s names %s itself: a service can't depend on itself", k.name, quote(to.Name))
		}
	}
	for _, name := range to.Conflicts {
		if slices.Contains(to.Requires, name) && name != to.Name {
			s.fault(mention(doc, "conflicts", name), "conflicts names %s, which requires names too: it could never run", quote(name))
		}
	}
}

// checkOutput refuses files and terminals that nothing would come to.
func (s *source) checkOutput(doc *table, to *Service) {
	file, stdout := written(doc, "logging", "file"), written(doc, "logging", "stdout")
	elsewhere := stdout != nil && to.Log.Stdout != OutputRing
	if file != nil && elsewhere {
		s.fault(file.at, "file can't go with stdout = %q, for nothing would come to it: remove one of them", to.Log.Stdout)
	}
	if to.TTY == "" {
		return
	}
	if file != nil {
		s.fault(file.at, "file can't go with tty: the output goes to the terminal; remove one of them")
	}
	if elsewhere {
		s.fault(stdout.at, "stdout can't go with tty: the output goes to the terminal; remove one of them")
	}
}

// written is the entry of a key, or nil where the file doesn't have it.
func written(doc *table, in, name string) *entry {
	if e := doc.find(in); e != nil {
		return e.table.find(name)
	}
	return nil
}

// mention is the place where a key of [dependencies] names somebody.
func mention(doc *table, key, name string) int {
	if e := written(doc, "dependencies", key); e != nil {
		for _, item := range e.items {
			if item.text == name {
				return item.at
			}
		}
	}
	return nowhere
}
