package driver

import (
	"sync"

	"zinit/supervisor"
)

// letter is one event of the world with what its source wants to hear.
type letter struct {
	event supervisor.Event
	ack   func() // nil: nobody waits for it
}

// inbox holds the world's events until the loop takes them. A channel would have to
// be as large as the world: the loop may be inside Kernel.Do, which waits for a
// goroutine of the kernel's, which posts.
type inbox struct {
	mu      sync.Mutex
	letters []letter
	wake    chan struct{} // holds one token while there are letters
}

func newInbox() *inbox { return &inbox{wake: make(chan struct{}, 1)} }

// put adds one letter. It never blocks.
func (b *inbox) put(l letter) {
	b.mu.Lock()
	b.letters = append(b.letters, l)
	b.mu.Unlock()
	select {
	case b.wake <- struct{}{}:
	default:
	}
}

// take empties the inbox. spare is a slice to fill from now on.
func (b *inbox) take(spare []letter) []letter {
	b.mu.Lock()
	defer b.mu.Unlock()
	taken := b.letters
	b.letters = spare[:0]
	return taken
}
