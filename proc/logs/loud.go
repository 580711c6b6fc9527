package logs

import (
	"slices"
	"time"
)

const (
	loudMax  = 64                     // so many ears are visited without being asked
	loudness = 4 << 10                // bytes in a turn, from which on an ear is under load
	silence  = 100 * time.Millisecond // without a byte, after which it is under load no more
	respite  = time.Second            // so long slabs are kept for the next flood
)

// attend takes an ear out of the watch while it is under load. A watched pipe wakes
// its watcher at each write, even while that is busy, and the writer pays for it.
func (p *pump) attend(e *ear, n int64) {
	if n > 0 {
		e.spoke, p.moved = p.pace.now, true
	}
	if !e.held && !e.loud && n >= loudness && len(p.loud) < loudMax && p.ready.drop(e.fd) == nil {
		p.visit(e)
	}
	if !e.held && !e.loud { // so many are, that it is watched all the while
		p.sealLater(e)
	}
}

// calm has the ears watched again that are under load no more: all, if nobody gave
// anything in this turn. Otherwise the next turn is near, and who writes before it would
// wake a pump that comes anyway: then only those that have long been silent.
func (p *pump) calm() {
	for _, e := range slices.Backward(p.loud) { // ignore moves those behind e
		if (!p.moved || p.pace.now.Sub(e.spoke) >= silence) && p.watch(e) {
			p.ignore(e)
		}
	}
}

// visit adds an ear to those that are visited in each turn.
func (p *pump) visit(e *ear) {
	e.loud, e.spoke = true, p.pace.now
	p.loud = append(p.loud, e)
}

// ignore takes an ear away from those that are visited.
func (p *pump) ignore(e *ear) {
	e.loud = false
	p.loud = slices.DeleteFunc(p.loud, func(o *ear) bool { return o == e })
}

// watch has the pump woken when an ear has something. It is false where that can't be.
func (p *pump) watch(e *ear) bool {
	if p.ready.add(e.fd) != nil {
		return false
	}
	p.sealLater(e)
	return true
}

// sealLater gives the slabs of an ear back when that has been under no load for a respite:
// writers who take turns on few processors are all silent now and then, and to make
// slabs anew costs more than they save.
func (p *pump) sealLater(e *ear) {
	if e.sealing || e.mark == nil {
		return
	}
	e.sealing = true
	end := e.end.Load()
	time.AfterFunc(respite, func() {
		p.post(func() {
			e.sealing = false
			switch {
			case e.loud || e.held: // watch comes again
			case e.end.Load()-end >= plainPipe:
				p.sealLater(e)
			default:
				e.seal()
			}
		})
	})
}
