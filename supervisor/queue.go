package supervisor

// queue is services that something is to be done with, each once, first in first
// out. A service can be in several queues: bit tells which.
type queue struct {
	bit   uint8
	items []*service
	head  int
}

func (q *queue) push(s *service) {
	if s.queues&q.bit == 0 {
		s.queues |= q.bit
		q.items = append(q.items, s)
	}
}

func (q *queue) pop() (*service, bool) {
	if q.head == len(q.items) {
		q.items, q.head = q.items[:0], 0
		return nil, false
	}
	s := q.items[q.head]
	q.items[q.head] = nil
	q.head++
	s.queues &^= q.bit
	return s, true
}
