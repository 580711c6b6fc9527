package supervisor

import (
	"strconv"
	"strings"
)

// Link is one service in the chain of a why.
type Link struct {
	Service string
	Reason  ReasonKind // blocked: why; otherwise empty
	View    View       // zero when there is no such service
}

// Why is the chain from a service to the root of its state, the root last. It is
// empty when there is no such service.
func (c *Core) Why(name string, now Instant) []Link {
	var chain []Link
	seen, known := map[string]bool{}, roots{}
	for s := c.svc[name]; s != nil && !seen[s.Name]; {
		seen[s.Name] = true
		link := Link{Service: s.Name, View: c.view(s, now, known)}
		next, blocked := link.next()
		if blocked {
			link.Reason = next.Kind
		}
		chain = append(chain, link)
		if !blocked || next.Service == s.Name {
			break
		}
		if s = c.svc[next.Service]; s == nil {
			chain = append(chain, Link{Service: next.Service})
		}
	}
	return chain
}

// next is the reason that leads on towards the root.
func (l Link) next() (Reason, bool) {
	if len(l.View.WaitingOn) == 0 {
		return Reason{}, false
	}
	return l.View.WaitingOn[0], true
}

// sentence is a why in one line.
func (c *Core) sentence(s *service) string { return Sentence(c.Why(s.Name, c.now), c.now) }

// Sentence is a chain in one line: "worker is blocked: waits for app, db: db has
// failed: exit code 3".
func Sentence(chain []Link, now Instant) string {
	if len(chain) == 0 {
		return "there is no such service"
	}
	first, root := chain[0], chain[len(chain)-1]
	if len(chain) == 1 {
		return first.state(now)
	}
	var path []string
	for _, link := range chain[1:] {
		path = append(path, link.Service)
	}
	const most = 6
	if len(path) > most {
		path = append(append(path[:most-2:most-2], "…"), root.Service)
	}
	verb := " is blocked: waits for "
	if chain[0].Reason == ReasonConflict {
		verb = " is blocked: conflicts with "
	}
	return first.Service + verb + strings.Join(path, " → ") + ": " + root.state(now)
}

// state is what there is to say of one service.
func (l Link) state(now Instant) string {
	v := l.View
	name := l.Service
	switch v.State {
	case "":
		return "there is no service " + name
	case StateFailed:
		return name + " has failed: " + v.Failure.String()
	case StateExited, StateInactive:
		return name + " " + v.rest()
	case StateBlocked:
		if v.NextStart > now {
			return name + " is started again in " + seconds(v.NextStart.Sub(now)) + " after " + v.ended()
		}
		return name + " is blocked"
	case StateStopping:
		if v.Unkillable {
			return name + " is stopping and does not end, not even by SIGKILL"
		}
		return name + " is stopping (" + v.Cause.String() + ")"
	default:
		return name + " is " + string(v.State) + v.condition()
	}
}

// condition says what a starting service waits for or what is wrong with a running
// one, or else what brought it where it is.
func (v View) condition() string {
	switch {
	case v.Launching:
		return ", its program is not executed yet"
	case v.ProbeError != "" && v.State == StateStarting:
		return ", last probe: " + v.ProbeError
	case v.ProbeError != "":
		return ", " + strconv.Itoa(v.Probes) + " failed probes in a row: " + v.ProbeError
	default:
		return " (" + v.Cause.String() + ")"
	}
}

// rest says how a service came to rest.
func (v View) rest() string {
	switch {
	case v.State == StateExited && v.Up:
		return "has ended: " + v.Last.String()
	case v.Wish.Kind == CauseBoot:
		return "is not wanted (status " + string(v.Spec.Status) + ")"
	default:
		return "is not wanted (" + v.Wish.String() + ")"
	}
}

// ended says how the last run went.
func (v View) ended() string {
	if v.Failure.Kind != "" {
		return v.Failure.String()
	}
	return v.Last.String()
}
