package configs

import (
	"net/netip"
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

// badAccount says what a user or a group must be, where it isn't.
func badAccount(name string) string {
	if name == "" || strings.ContainsAny(name, ": \t\n/") {
		return "must be a name or a number"
	}
	return ""
}

// check looks at what no key can tell alone. Keys that were refused already have
// their default here; doc tells what was written.
func (s *source) check(doc *table, to *Service) {
	s.checkTask(doc, to)
	s.checkDelays(doc, to)
	s.checkDependencies(doc, to)
	if e := doc.find("health"); e != nil && e.kind == isTable {
		s.checkHealth(e, to.health())
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

// checkHealth looks at [health] as a whole.
func (s *source) checkHealth(table *entry, h *Health) {
	kind := table.table.find("type")
	if kind == nil {
		s.fault(table.at, `type is missing in [health]: it must be "tcp", "http", "exec" or "notify"`)
	}
	if h.Type == "" {
		return
	}
	endpoint, command := table.table.find("endpoint"), table.table.find("command")
	needsEndpoint := h.Type == HealthTCP || h.Type == HealthHTTP
	switch {
	case needsEndpoint && endpoint == nil:
		s.fault(kind.at, "endpoint is missing in [health]: type = %q needs one, %s", h.Type, endpointForm(h.Type))
	case !needsEndpoint && endpoint != nil:
		s.fault(endpoint.at, "endpoint has no meaning with type = %q: remove it", h.Type)
	case needsEndpoint && endpoint.kind == isString:
		s.checkEndpoint(endpoint.value, h)
	}
	switch {
	case h.Type == HealthExec && command == nil:
		s.fault(kind.at, `command is missing in [health]: type = "exec" needs one`)
	case h.Type != HealthExec && command != nil:
		s.fault(command.at, `command has no meaning with type = %q: remove it, or use type = "exec"`, h.Type)
	}
}

// checkEndpoint looks at where a probe connects to.
func (s *source) checkEndpoint(v value, h *Health) {
	ok := false
	switch rest, web := strings.CutPrefix(h.Endpoint, "http://"); {
	case strings.HasPrefix(h.Endpoint, "https:"):
		s.fault(v.at, `endpoint %s: https is not spoken here: use type = "exec" with a command that does`, quote(h.Endpoint))
		return
	case h.Type == HealthHTTP:
		host, _, _ := strings.Cut(rest, "/")
		ok = web && !strings.ContainsAny(rest, " \t\r\n@#") && (isHost(host) || isHostPort(host))
	case strings.HasPrefix(h.Endpoint, "unix:"):
		path := strings.TrimPrefix(h.Endpoint, "unix:")
		ok = badPath(path) == "" && len(path) < 108 // sun_path, unix(7)
	default:
		ok = isHostPort(h.Endpoint)
	}
	if !ok {
		s.fault(v.at, "endpoint must be %s, not %s", endpointForm(h.Type), quote(h.Endpoint))
	}
}

// endpointForm shows what an endpoint looks like.
func endpointForm(t HealthType) string {
	if t == HealthHTTP {
		return `a URL such as "http://localhost:8080/health"`
	}
	return `"host:port" or "unix:/path"`
}

// isHostPort says whether a text is host:port, an IPv6 host in brackets.
func isHostPort(text string) bool {
	at := strings.LastIndexByte(text, ':')
	if at < 0 || !isHost(text[:at]) {
		return false
	}
	port, err := strconv.ParseUint(text[at+1:], 10, 16)
	return err == nil && port > 0
}

// isHost says whether a text is the name of a host or an address.
func isHost(text string) bool {
	if inner, ok := strings.CutPrefix(text, "["); ok {
		addr, err := netip.ParseAddr(strings.TrimSuffix(inner, "]"))
		return err == nil && addr.Is6() && strings.HasSuffix(inner, "]")
	}
	return text != "" && !strings.ContainsAny(text, ":/?#[]@ \t\r\n")
}
