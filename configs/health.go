package configs

import (
	"net/netip"
	"strconv"
	"strings"
)

// checkHealth looks at [health] as a whole.
func (s *source) checkHealth(table *entry, to *Service) {
	h, kind := to.health(), table.table.find("type")
	if to.Oneshot {
		s.fault(table.at, "[health] has no meaning with oneshot = true, which is done when it exits 0: remove it")
	}
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
		ok = web && isRequestable(rest) && (isHost(host) || isHostPort(host))
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
		return `a URL http://host[:port][/path] such as "http://localhost:8080/health"`
	}
	return `"host:port" or "unix:/path"`
}

// isRequestable says whether the rest of a URL can stand in the first line of a
// request as it is, RFC 9112 section 3.2, and nothing in it is left out.
func isRequestable(rest string) bool {
	for i := range len(rest) {
		if c := rest[i]; c <= ' ' || c >= 0x7f || c == '@' || c == '#' {
			return false
		}
	}
	return true
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
