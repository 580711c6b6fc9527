package syslog

import (
	"errors"
	"fmt"
	"os"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

// messageMax is how many bytes of a message are kept.
const messageMax = 64 << 10

// batchMost is how many messages are saved together.
const batchMost = 64

// settleMost bounds what is read at the end, when somebody goes on sending.
const settleMost = 4096

// Receiver is a socket at which messages arrive. One goroutine runs it.
type Receiver struct {
	path  string
	place string
	file  *os.File
	conn  syscall.RawConn
	done  chan struct{} // closed when Run has ended
	take  func(pid int, message []byte)
	saved func()
	text  []byte
	creds []byte
}

// Open listens at a path. kept, unless it is negative, is a socket that a former server
// has listened on, and place what that had as Place: it is gone on with, unless nobody
// reaches it any more. The error is ErrTaken where another program answers at the path,
// or says what else is in the way.
func Open(path string, kept int, place string) (*Receiver, error) {
	fd := kept
	if fd >= 0 && !answers(path) {
		_ = unix.Close(fd)
		fd = -1
	}
	if fd >= 0 {
		dropEmpty(fd)
	} else {
		var err error
		if fd, err = bind(path); err != nil {
			return nil, err
		}
		place = placeOf(path)
	}
	r := &Receiver{
		path: path, place: place, file: os.NewFile(uintptr(fd), "syslog"), done: make(chan struct{}),
		text: make([]byte, messageMax), creds: make([]byte, unix.CmsgSpace(unix.SizeofUcred)),
	}
	var err error
	if r.conn, err = r.file.SyscallConn(); err != nil {
		return nil, errors.Join(fmt.Errorf("cannot read %s: %w", path, err), r.file.Close())
	}
	return r, nil
}

// Place names the file that the socket is bound to, for the next server.
func (r *Receiver) Place() string { return r.place }

// Keep calls do with the descriptor, for somebody who keeps the socket while the
// server is dead.
func (r *Receiver) Keep(do func(fd int)) { _ = r.conn.Control(func(fd uintptr) { do(int(fd)) }) }

// Run has each message taken, with the pid of its sender, 0 where that is in no
// namespace of ours. The bytes are take's until it returns. Messages are dropped from
// the queue when saved, called after some of them, has returned: a server that is
// killed before leaves them to the next one, which may take them a second time. It
// ends with Settle; the error is that the socket cannot be read.
func (r *Receiver) Run(take func(pid int, message []byte), saved func()) error {
	defer close(r.done)
	r.take, r.saved = take, saved
	for {
		var failed error
		err := r.conn.Read(func(fd uintptr) bool {
			failed = r.batch(int(fd))
			return failed != unix.EAGAIN
		})
		switch {
		case err != nil:
			return nil
		case failed != nil && failed != unix.EINTR:
			return fmt.Errorf("cannot read %s: %w", r.path, failed)
		}
	}
}

// batch has what is queued taken, some messages at most, and drops them then.
func (r *Receiver) batch(fd int) error {
	most := batchMost
	// Each peek goes on where the last one ended, socket(7).
	if unix.SetsockoptInt(fd, unix.SOL_SOCKET, unix.SO_PEEK_OFF, 0) != nil {
		most = 1
	}
	said, empty := 0, 0
	for said+empty < most {
		n, err := r.peek(fd)
		if err != nil && said+empty == 0 {
			return err
		}
		if err != nil {
			break
		}
		if n == 0 {
			empty++
			continue
		}
		said++
		if n > len(r.text) { // the next peek would give its rest
			break
		}
	}
	if said > 0 {
		r.saved()
	}
	return drop(fd, said, empty)
}

// peek has one message taken, unless it is empty, and gives its length. Files that a
// sender passes along are dropped by the kernel, as there is no room for them behind
// the credentials.
func (r *Receiver) peek(fd int) (n int, err error) {
	n, controlled, _, _, err := unix.Recvmsg(fd, r.text, r.creds, unix.MSG_PEEK|unix.MSG_TRUNC|unix.MSG_DONTWAIT)
	if err != nil || n == 0 {
		return n, err
	}
	text := r.text[:min(n, len(r.text))]
	if n > len(r.text) {
		text = fmt.Appendf(text[:len(text):len(text)], " [… %d bytes cut]", n-len(r.text))
	}
	r.take(sender(r.creds[:controlled]), text)
	return n, nil
}

// drop takes messages off the queue that were peeked at, so many with text and so many
// empty ones at least: an empty one that stands behind another is never peeked at.
func drop(fd, said, empty int) error {
	for said > 0 || empty > 0 {
		n, _, err := unix.Recvfrom(fd, make([]byte, 1), unix.MSG_TRUNC|unix.MSG_DONTWAIT)
		switch {
		case err == unix.EINTR:
		case err != nil:
			return err
		case n == 0:
			empty--
		default:
			said--
		}
	}
	return nil
}

// dropEmpty takes empty messages off the head of a kept queue. Those that a former
// server has peeked at would not be seen again, and fill it.
func dropEmpty(fd int) {
	_ = unix.SetsockoptInt(fd, unix.SOL_SOCKET, unix.SO_PEEK_OFF, -1)
	for {
		n, _, err := unix.Recvfrom(fd, make([]byte, 1), unix.MSG_PEEK|unix.MSG_DONTWAIT)
		if n != 0 || err != nil || drop(fd, 0, 1) != nil {
			return
		}
	}
}

// sender is the pid in a control message.
func sender(control []byte) int {
	messages, err := unix.ParseSocketControlMessage(control)
	if err != nil {
		return 0
	}
	for i := range messages {
		if creds, err := unix.ParseUnixCredentials(&messages[i]); err == nil {
			return int(creds.Pid)
		}
	}
	return 0
}

// Settle ends Run and has what is queued still taken.
func (r *Receiver) Settle() {
	_ = r.file.SetReadDeadline(time.Unix(1, 0))
	<-r.done
	_ = r.conn.Control(func(fd uintptr) {
		for range settleMost / batchMost {
			if err := r.batch(int(fd)); err != nil && err != unix.EINTR {
				return
			}
		}
	})
}

// Remove closes the socket, and removes its file if that is still the one that was
// made for it. Run must have ended.
func (r *Receiver) Remove() error {
	if path, err := leadsTo(r.path); err == nil && r.place != "" && placeOf(path) == r.place {
		_ = unix.Unlink(path)
	}
	return r.file.Close()
}
