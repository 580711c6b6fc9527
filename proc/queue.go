package proc

import "sync"

// queue hands values from goroutines that must not block to goroutines that
// wait. It is as long as what the core has asked for and not yet got: a few
// entries a service at most.
type queue[T any] struct {
	mu     sync.Mutex
	filled sync.Cond
	items  []T
	closed bool
}

func newQueue[T any]() *queue[T] {
	q := &queue[T]{}
	q.filled.L = &q.mu
	return q
}

// push appends a value; to a closed queue it does nothing.
func (q *queue[T]) push(v T) {
	q.mu.Lock()
	defer q.mu.Unlock()
	if !q.closed {
		q.items = append(q.items, v)
		q.filled.Signal()
	}
}

// pop waits for the oldest value; ok is false once the queue is closed.
func (q *queue[T]) pop() (v T, ok bool) {
	q.mu.Lock()
	defer q.mu.Unlock()
	for len(q.items) == 0 && !q.closed {
		q.filled.Wait()
	}
	if q.closed {
		return v, false
	}
	v = q.items[0]
	q.items = q.items[1:]
	return v, true
}

// close drops what is queued and ends all that wait.
func (q *queue[T]) close() {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.items, q.closed = nil, true
	q.filled.Broadcast()
}

// inbox gathers values until its one reader takes them all.
type inbox[T any] struct {
	mu    sync.Mutex
	items []T
}

func (b *inbox[T]) put(v T) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.items = append(b.items, v)
}

func (b *inbox[T]) take() []T {
	b.mu.Lock()
	defer b.mu.Unlock()
	items := b.items
	b.items = nil
	return items
}
