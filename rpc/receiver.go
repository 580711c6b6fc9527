package rpc

import (
	"bufio"
	"encoding/binary"
	"net"
	"syscall"
	"time"
)

// receiver owns the reading side of a connection.
type receiver struct {
	conn     *net.UnixConn
	buf      *bufio.Reader
	patience time.Duration // from a frame's first byte to its last
}

func newReceiver(conn *net.UnixConn, patience time.Duration) *receiver {
	return &receiver{conn: conn, buf: bufio.NewReaderSize(conn, 16<<10), patience: patience}
}

// ready tells whether next has a whole frame at hand.
func (r *receiver) ready() bool {
	if r.buf.Buffered() < headSize {
		return false
	}
	head, err := r.buf.Peek(headSize)
	return err == nil && uint64(r.buf.Buffered()-headSize) >= uint64(binary.BigEndian.Uint32(head))
}

// next reads a frame. It waits for the first byte for ever, for the rest not longer
// than the patience.
func (r *receiver) next() ([]byte, error) {
	if r.ready() {
		return ReadFrame(r.buf)
	}
	if _, err := r.buf.Peek(1); err != nil {
		return nil, err
	}
	if !r.ready() {
		r.conn.SetReadDeadline(within(r.patience))
		defer r.conn.SetReadDeadline(time.Time{})
	}
	return ReadFrame(r.buf)
}

// discard throws away what still arrives, within limits: a connection that is closed
// with unread bytes is reset, and its peer might lose the last answer.
func (r *receiver) discard() {
	r.conn.SetReadDeadline(within(min(r.patience, time.Second)))
	var waste [4 << 10]byte
	for range 256 {
		if _, err := r.conn.Read(waste[:]); err != nil {
			return
		}
	}
}

// watch looks whether the peer closes its connection while next is not called. The
// channel is closed when it does; stop ends the watch and must be called.
func (r *receiver) watch() (gone <-chan struct{}, stop func()) {
	ended := make(chan struct{})
	raw, err := r.conn.SyscallConn()
	if err != nil {
		close(ended)
		return ended, func() {}
	}
	go func() {
		defer close(ended)
		// Read tries again whenever the state of the socket changes, with all that
		// still lies in its queue left there.
		raw.Read(func(fd uintptr) bool { return hungUp(int(fd)) })
	}()
	return ended, func() {
		r.conn.SetReadDeadline(time.Unix(1, 0))
		<-ended
		r.conn.SetReadDeadline(time.Time{})
	}
}

// hungUp tells whether nobody is left to read from the other end: then even a
// message of no bytes can't be sent, send(2), EPIPE. Reading could not tell it from
// a peer that has only closed its sending side.
func hungUp(fd int) bool {
	_, err := syscall.SendmsgN(fd, nil, nil, nil, syscall.MSG_NOSIGNAL|syscall.MSG_DONTWAIT)
	return err == syscall.EPIPE || err == syscall.ECONNRESET
}
