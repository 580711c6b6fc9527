package supervisor

import (
	"strings"
	"unicode/utf8"
)

// textMax is how many bytes are kept of a line that somebody else made.
const textMax = 512

// probed says that it is probes that tell whether the live process is ready. A
// oneshot is ready when it is done.
func (s *service) probed() bool { return s.ran().Health != nil && !s.ran().Oneshot }

// probe has the health of the living incarnation looked at.
func (c *Core) probe(s *service) {
	if s.probed() && s.Pid != 0 && !s.Launching {
		ready := s.State == StateRunning
		c.do(Probe{Name: s.Name, Gen: s.Gen, Pid: s.Pid, Check: *s.ran().Health, Spec: s.ran(), Ready: ready})
	}
}

// unprobe ends that.
func (c *Core) unprobe(s *service) {
	if s.probed() && s.Pid != 0 && !s.Launching {
		c.do(Unprobe{Name: s.Name, Gen: s.Gen})
	}
}

// probeDone takes in one probe's outcome.
func (c *Core) probeDone(ev Probed) {
	s := c.svc[ev.Name]
	if s == nil || s.Gen != ev.Gen || !s.probed() {
		return
	}
	switch {
	case s.State != StateStarting && s.State != StateRunning:
	case s.Pid == 0 || s.Launching:
		c.saidReady(s, ev.Err == "")
	case ev.Err != "":
		c.unhealthy(s, oneLine(ev.Err))
	case s.State == StateStarting:
		c.to(s, StateRunning, Cause{Kind: CauseHealth, Text: "first probe succeeded"})
		c.until(s, 0)
		c.ready(s)
	default:
		c.healthy(s)
	}
}

// saidReady notes that a service said it was ready before its birth, or its launch,
// was heard of. It says so only once.
func (c *Core) saidReady(s *service, good bool) {
	if good && !s.SaidReady {
		s.SaidReady = true
		c.touch(s)
	}
}

// healthy notes that a probe found nothing.
func (c *Core) healthy(s *service) {
	reloaded := s.Said.Phase == PhaseReloading
	if s.Probes == 0 && s.ProbeError == "" && !reloaded {
		return
	}
	s.Probes, s.ProbeError = 0, ""
	if reloaded {
		s.Said.Phase = ""
	}
	c.touch(s)
}

// unhealthy notes what a probe found. Before the first success that counts for nothing.
func (c *Core) unhealthy(s *service, err string) {
	if s.ProbeError != err {
		s.ProbeError = err
		c.touch(s)
	}
	if s.State == StateStarting {
		return
	}
	s.Probes++
	c.touch(s)
	if s.Probes < s.ran().Health.Retries {
		return
	}
	s.Failure = Failure{Kind: FailHealth, Attempts: s.Probes, Message: err}
	s.ByPolicy = true
	c.stop(s, Cause{Kind: CauseHealth, Text: s.Failure.String()})
}

// oneLine is a text as one line of bounded length.
func oneLine(text string) string {
	if len(text) > textMax {
		end := textMax
		for end > 0 && !utf8.RuneStart(text[end]) {
			end--
		}
		text = text[:end]
	}
	return strings.Join(strings.FieldsFunc(text, func(r rune) bool { return r == '\n' || r == '\r' }), "; ")
}
