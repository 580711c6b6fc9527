package logs

import "sync/atomic"

// bell wakes everybody who listens. Ringing costs next to nothing while nobody does.
type bell struct{ next atomic.Pointer[chan struct{}] }

// listen returns a channel that is closed at the next ring.
func (b *bell) listen() <-chan struct{} {
	for {
		if ch := b.next.Load(); ch != nil {
			return *ch
		}
		ch := make(chan struct{})
		if b.next.CompareAndSwap(nil, &ch) {
			return ch
		}
	}
}

func (b *bell) ring() {
	if b.next.Load() == nil {
		return
	}
	if ch := b.next.Swap(nil); ch != nil {
		close(*ch)
	}
}
