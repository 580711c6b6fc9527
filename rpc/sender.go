package rpc

import (
	"net"
	"sync"
	"time"
)

const (
	// sendAtOnce is how many bytes of answers are gathered at most before they are
	// sent although more requests are at hand.
	sendAtOnce = 32 << 10
	// chunk is how many bytes a peer must take within the patience: who is slow,
	// but reads, is not dropped for the length of an answer.
	chunk = 64 << 10
)

// sender owns the writing side of a connection. Frames of many goroutines go into a
// bounded queue; one goroutine, run, writes it, as much at a time as there is. A
// peer that does not read makes put wait, and then ends the connection.
type sender struct {
	conn     net.Conn
	limit    int           // bytes; put waits while the queue is longer
	patience time.Duration // for each chunk

	mu    sync.Mutex
	work  sync.Cond // run waits for it
	room  sync.Cond // put waits for it
	queue []byte
	due   bool      // the queue is to be written now
	ended bool      // close was called: write what there is
	until time.Time // when to give up altogether, however fast the peer reads; or zero
	err   error     // nothing can be sent any more
}

func newSender(conn net.Conn, limit int, patience time.Duration) *sender {
	s := &sender{conn: conn, limit: limit, patience: patience}
	s.work.L, s.room.L = &s.mu, &s.mu
	return s
}

// put appends a frame; it is written at the next flush, or before. It waits while
// the queue is full. The error says why the connection is over.
func (s *sender) put(frame []byte) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	for len(s.queue) >= s.limit && s.err == nil {
		s.room.Wait()
	}
	if s.err != nil {
		return s.err
	}
	s.queue = append(s.queue, frame...)
	if len(s.queue) >= min(sendAtOnce, s.limit) {
		s.wake()
	}
	return nil
}

// send is put and flush.
func (s *sender) send(frame []byte) error {
	if err := s.put(frame); err != nil {
		return err
	}
	s.flush()
	return nil
}

// flush has all that was put so far written, and does not wait for it.
func (s *sender) flush() {
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.queue) > 0 {
		s.wake()
	}
}

func (s *sender) wake() {
	s.due = true
	s.work.Signal()
}

// hasten gives the peer so long to take all that it still gets.
func (s *sender) hasten(limit time.Duration) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.until = within(limit)
	s.conn.SetWriteDeadline(s.until) // of the write that is under way
}

// close lets run end when the queue is written.
func (s *sender) close() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.ended = true
	s.wake()
}

// run writes until close or an error. After an error the connection is closed, so
// that its reader ends too.
func (s *sender) run() {
	var spare []byte
	for {
		batch := s.next(spare)
		if len(batch) == 0 {
			return
		}
		if err := s.write(batch); err != nil {
			s.fail(err)
			return
		}
		// What one big answer needed is not kept for the small ones.
		if spare = batch[:0]; cap(spare) > 2*chunk {
			spare = nil
		}
	}
}

// next waits for something to write and takes it; the queue goes on in spare.
func (s *sender) next(spare []byte) []byte {
	s.mu.Lock()
	defer s.mu.Unlock()
	for !s.due && !s.ended {
		s.work.Wait()
	}
	batch := s.queue
	s.queue, s.due = spare, false
	s.room.Broadcast()
	return batch
}

func (s *sender) write(batch []byte) error {
	for len(batch) > 0 {
		part := batch[:min(len(batch), chunk)]
		s.conn.SetWriteDeadline(s.deadline())
		if _, err := s.conn.Write(part); err != nil {
			return err
		}
		batch = batch[len(part):]
	}
	return nil
}

// deadline is the patience from now, or less after hasten.
func (s *sender) deadline() time.Time {
	s.mu.Lock()
	defer s.mu.Unlock()
	deadline := within(s.patience)
	if !s.until.IsZero() && s.until.Before(deadline) {
		return s.until
	}
	return deadline
}

func (s *sender) fail(err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.err, s.queue = err, nil
	s.room.Broadcast()
	s.conn.Close()
}

// within is the time after so long. It is for deadlines of connections only.
func within(d time.Duration) time.Time { return time.Now().Add(d) }
