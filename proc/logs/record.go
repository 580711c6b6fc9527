package logs

import "bytes"

// Unclaimed is the name under which messages are recorded that no service sent.
const Unclaimed = "syslog"

// queuedMax is how many bytes of messages may wait for the pump. It is late for a few
// milliseconds at most.
const queuedMax = 1 << 20

// message is what Record was given, on its way to the pump.
type message struct {
	ear  *ear
	text []byte
	lost int64 // so many lines before it did not fit
}

// Record adds a message to the stream Syslog of a service, which need not have pipes,
// with the time of now; Forget ends it too. What has several lines becomes several
// lines, and a long line is split when it is read. It waits for no disk: what comes
// faster than it can be kept is dropped and counted in its place. The error is ErrClosed.
func (s *Store) Record(service string, text []byte) error {
	s.lockFor(service)
	defer s.mu.Unlock()
	if s.closed {
		return ErrClosed
	}
	text = bytes.TrimRight(text, "\n")
	m := message{ear: s.syslogEar(service), text: append(bytes.Clone(text), '\n')}
	s.pump.enqueue(m)
	return nil
}

// Recorded returns when all that was recorded is where a kill does not reach it, or
// is counted as lost.
func (s *Store) Recorded() { s.pump.order(func() {}) }

// syslogEar is the third ear of a service, made when it is first needed.
func (s *Store) syslogEar(name string) *ear {
	sv := s.services[name]
	if sv == nil {
		sv = &service{}
		s.services[name] = sv
	}
	if sv.syslog == nil {
		sv.syslog = s.ear(name, Syslog, -1)
		if sv.out != nil {
			sv.syslog.lines.Store(sv.out.lines.Load())
		}
		s.version++
	}
	return sv.syslog
}

// enqueue puts a message into the queue, if it fits.
func (p *pump) enqueue(m message) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.closed {
		return
	}
	if p.queuedBytes += int64(len(m.text)); p.queuedBytes > queuedMax {
		p.queuedBytes -= int64(len(m.text))
		m.lost, m.text = int64(bytes.Count(m.text, []byte{'\n'})), nil
		if last := len(p.queued) - 1; last >= 0 && p.queued[last].ear == m.ear && p.queued[last].text == nil {
			p.queued[last].lost += m.lost
			return
		}
		if len(p.queued) > queuedMax/64 { // nobody could send so many
			return
		}
	}
	if p.queued = append(p.queued, m); len(p.queued) == 1 {
		p.nudge()
	}
}

// recordQueued writes the queue into the rings.
func (p *pump) recordQueued() {
	p.mu.Lock()
	all := p.queued
	p.queued, p.queuedBytes = nil, 0
	p.mu.Unlock()
	for _, m := range all {
		if m.text == nil {
			now := m.ear.losing()
			now.lines, now.told = now.lines+m.lost, true
			m.ear.loss.Store(&now)
			continue
		}
		p.file(m.ear, m.text)
	}
}

// file appends text to a ring.
func (p *pump) file(e *ear, text []byte) {
	for len(text) > 0 {
		want, err := p.prepare(e)
		var n int64
		if err == nil {
			n, err = e.current.put(text[:min(int64(len(text)), want)])
		}
		if n > 0 {
			p.kept(e, n)
			text = text[n:]
		}
		if err != nil {
			now := e.losing()
			now.count(text)
			p.lose(e, now, int64(len(text)), err)
			return
		}
	}
}

// dropQueued drops the messages for an ear that is forgotten.
func (p *pump) dropQueued(e *ear) {
	p.mu.Lock()
	defer p.mu.Unlock()
	kept := p.queued[:0]
	for _, m := range p.queued {
		if m.ear != e {
			kept = append(kept, m)
		}
	}
	p.queued = kept
}
