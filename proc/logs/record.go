package logs

import "bytes"

// Unclaimed is the name under which messages are recorded that no service sent.
const Unclaimed = "syslog"

// mailMax is how many bytes of messages may wait for the pump. It is late for a few
// milliseconds at most.
const mailMax = 1 << 20

// letter is a message on its way to the pump.
type letter struct {
	ear  *ear
	text []byte
	lost int64 // so many lines before it did not fit
}

// Record adds a message to the stream Syslog of a service, which need not have pipes,
// with the time of now; Forget ends it too. What has several lines becomes several lines, and a
// long line is split when it is read. It waits for no disk: what comes faster than
// it can be kept is dropped and counted in its place. The error is ErrClosed.
func (s *Store) Record(service string, text []byte) error {
	s.lockFor(service)
	defer s.mu.Unlock()
	if s.closed {
		return ErrClosed
	}
	text = bytes.TrimRight(text, "\n")
	l := letter{ear: s.mailbox(service), text: append(bytes.Clone(text), '\n')}
	s.pump.receive(l)
	return nil
}

// Recorded returns when all that was recorded is where a kill does not reach it, or
// is counted as lost.
func (s *Store) Recorded() { s.pump.order(func() {}) }

// mailbox is the third ear of a service, made when it is first needed.
func (s *Store) mailbox(name string) *ear {
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

// receive puts a letter into the mail, if it fits.
func (p *pump) receive(l letter) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.closed {
		return
	}
	if p.weight += int64(len(l.text)); p.weight > mailMax {
		p.weight -= int64(len(l.text))
		l.lost, l.text = int64(bytes.Count(l.text, []byte{'\n'})), nil
		if last := len(p.mail) - 1; last >= 0 && p.mail[last].ear == l.ear && p.mail[last].text == nil {
			p.mail[last].lost += l.lost
			return
		}
		if len(p.mail) > mailMax/64 { // nobody could send so many
			return
		}
	}
	if p.mail = append(p.mail, l); len(p.mail) == 1 {
		p.nudge()
	}
}

// deliver writes the mail into the rings.
func (p *pump) deliver() {
	p.mu.Lock()
	mail := p.mail
	p.mail, p.weight = nil, 0
	p.mu.Unlock()
	for _, l := range mail {
		if l.text == nil {
			now := l.ear.losing()
			now.lines, now.told = now.lines+l.lost, true
			l.ear.loss.Store(&now)
			continue
		}
		p.file(l.ear, l.text)
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

// forgetMail drops the letters to an ear that is forgotten.
func (p *pump) forgetMail(e *ear) {
	p.mu.Lock()
	defer p.mu.Unlock()
	kept := p.mail[:0]
	for _, l := range p.mail {
		if l.ear != e {
			kept = append(kept, l)
		}
	}
	p.mail = kept
}
