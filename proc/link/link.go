package link

import (
	"errors"
	"fmt"
	"os"
	"syscall"

	"golang.org/x/sys/unix"
)

// queueBytes is the send buffer to ask for: room for more than twenty thousand
// messages, each of which the kernel counts as some 400 bytes.
const queueBytes = 8 << 20

// Pair makes a link and gives the descriptors of its two ends, both
// close-on-exec. Without CAP_NET_ADMIN the queue is of the default size, a few
// hundred messages.
func Pair() (send, receive int, err error) {
	ends, err := unix.Socketpair(unix.AF_UNIX, unix.SOCK_SEQPACKET|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		return -1, -1, fmt.Errorf("cannot make a link: %w", err)
	}
	if unix.SetsockoptInt(ends[0], unix.SOL_SOCKET, unix.SO_SNDBUFFORCE, queueBytes) != nil {
		_ = unix.SetsockoptInt(ends[0], unix.SOL_SOCKET, unix.SO_SNDBUF, queueBytes)
	}
	return ends[0], ends[1], nil
}

// Sender is the writing end. It does not own the descriptor.
type Sender int

// Send queues a message and blocks while the queue is full. After Stop it fails.
func (s Sender) Send(m Message) error {
	line, err := m.Format()
	if err != nil {
		return err
	}
	for {
		err = unix.Send(int(s), line, unix.MSG_NOSIGNAL)
		if err != unix.EINTR {
			return err
		}
	}
}

// Offer queues a message if there is none in the queue, and says whether it did.
// It never blocks.
func (s Sender) Offer(m Message) bool {
	line, err := m.Format()
	if err != nil {
		return false
	}
	// What is not read yet counts here, unix(7).
	unread, err := unix.IoctlGetInt(int(s), unix.SIOCOUTQ)
	return err == nil && unread == 0 && unix.Send(int(s), line, unix.MSG_NOSIGNAL|unix.MSG_DONTWAIT) == nil
}

// Stop makes a Send that blocks, and any later one, fail with EPIPE.
func (s Sender) Stop() error { return unix.Shutdown(int(s), unix.SHUT_WR) }

// Receiver is the reading end. One goroutine uses it.
type Receiver struct {
	file *os.File
	conn syscall.RawConn
	many bool // the kernel can peek further than the oldest message
}

// NewReceiver takes over the descriptor of a receiving end.
func NewReceiver(fd int) (*Receiver, error) {
	if err := unix.SetNonblock(fd, true); err != nil {
		return nil, fmt.Errorf("cannot open the link: %w", err)
	}
	file := os.NewFile(uintptr(fd), "link")
	conn, err := file.SyscallConn()
	if err != nil {
		return nil, fmt.Errorf("cannot open the link: %w", err)
	}
	r := &Receiver{file: file, conn: conn}
	r.many = r.rewind() == nil
	return r, nil
}

// Peek waits for the oldest message and leaves it where it is. A message that
// does not parse is an error that leaves it there too. After Close, and when the
// other end is closed, the error is os.ErrClosed.
func (r *Receiver) Peek() (Message, error) {
	if r.many {
		if err := r.rewind(); err != nil {
			return nil, err
		}
	}
	line, err := r.receive(unix.MSG_PEEK, true)
	if err != nil {
		return nil, err
	}
	return Parse(line)
}

// PeekNext gives the message after the one that was peeked at last, and leaves it
// where it is too. It does not wait: ok is false where there is none yet, and for
// one that does not parse.
func (r *Receiver) PeekNext() (m Message, ok bool) {
	if !r.many {
		return nil, false
	}
	line, err := r.receive(unix.MSG_PEEK, false)
	if err != nil {
		return nil, false
	}
	m, err = Parse(line)
	return m, err == nil
}

// First gives the oldest message without waiting, like PeekNext.
func (r *Receiver) First() (m Message, ok bool) {
	if !r.many || r.rewind() != nil {
		return nil, false
	}
	return r.PeekNext()
}

// rewind has the next peek begin at the oldest message. Where it is, socket(7)
// SO_PEEK_OFF, outlives the server, as the socket does.
func (r *Receiver) rewind() error {
	var failed error
	err := r.conn.Control(func(fd uintptr) {
		failed = unix.SetsockoptInt(int(fd), unix.SOL_SOCKET, unix.SO_PEEK_OFF, 0)
	})
	if err != nil {
		return os.ErrClosed
	}
	return failed
}

// Consume drops the oldest message.
func (r *Receiver) Consume() error {
	_, err := r.receive(0, true)
	return err
}

// Close ends a Peek that waits.
func (r *Receiver) Close() error { return r.file.Close() }

// errNone is that there is no message, and none was waited for.
var errNone = errors.New("there is no message")

func (r *Receiver) receive(flags int, wait bool) ([]byte, error) {
	// One byte more than a message may have, so that a longer one does not parse.
	buf := make([]byte, Max+1)
	var n int
	var failed error
	err := r.conn.Read(func(fd uintptr) bool {
		for {
			if n, _, failed = unix.Recvfrom(int(fd), buf, flags); failed != unix.EINTR {
				return failed != unix.EAGAIN || !wait
			}
		}
	})
	switch {
	case err != nil:
		return nil, os.ErrClosed
	case failed == unix.EAGAIN:
		return nil, errNone
	case failed != nil:
		return nil, fmt.Errorf("cannot read the link: %w", failed)
	case n == 0:
		return nil, os.ErrClosed
	}
	return buf[:n], nil
}
