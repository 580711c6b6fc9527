package rpc

import (
	"net"
	"testing"
	"testing/synctest"
	"time"
)

// A full queue makes put wait until there is room, or the connection is over.
func TestQueueIsBounded(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		here, there := net.Pipe()
		defer here.Close()
		defer there.Close()
		s := newSender(here, 10, time.Second)
		if err := s.put(make([]byte, 10)); err != nil {
			t.Fatal(err)
		}
		results := make(chan error, 1)
		put := func() { results <- s.put(make([]byte, 20)) }
		go put()
		synctest.Wait()
		if len(results) > 0 || len(s.queue) != 10 {
			t.Fatalf("put does not wait; the queue has %d bytes", len(s.queue))
		}
		if n := len(s.next(nil)); n != 10 {
			t.Errorf("%d bytes were taken", n)
		}
		if err := <-results; err != nil {
			t.Errorf("put with room: %v", err)
		}
		go put()
		synctest.Wait()
		s.fail(net.ErrClosed)
		if err := <-results; err != net.ErrClosed {
			t.Errorf("put on a dead connection: %v", err)
		}
	})
}
