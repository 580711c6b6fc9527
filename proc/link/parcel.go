package link

import (
	"fmt"

	"golang.org/x/sys/unix"
)

// mostFiles is how many descriptors one message may carry.
const mostFiles = 4

// Parcel is a message with the descriptors that came along (SCM_RIGHTS, unix(7)).
// They are close-on-exec, and the receiver's to close.
type Parcel struct {
	Message Message
	Files   []int
}

// SendFiles queues a message with descriptors, and blocks while the queue is full.
func (s Sender) SendFiles(m Message, files ...int) error {
	line, err := m.Format()
	if err != nil {
		return err
	}
	for {
		err = unix.Sendmsg(int(s), line, unix.UnixRights(files...), nil, unix.MSG_NOSIGNAL)
		if err != unix.EINTR {
			return err
		}
	}
}

// Receive waits for a parcel on one end of a link and takes it off the queue. It
// blocks the calling thread.
func Receive(fd int) (Parcel, error) {
	text := make([]byte, Max+1)
	control := make([]byte, unix.CmsgSpace(4*mostFiles))
	for {
		n, controlled, _, _, err := unix.Recvmsg(fd, text, control, unix.MSG_CMSG_CLOEXEC)
		switch {
		case err == unix.EINTR:
			continue
		case err != nil:
			return Parcel{}, fmt.Errorf("cannot read the link: %w", err)
		case n == 0:
			return Parcel{}, fmt.Errorf("cannot read the link: it is closed")
		}
		files := rights(control[:controlled])
		m, err := Parse(text[:n])
		if err != nil {
			m = nil // not understood; the files are the caller's all the same
		}
		return Parcel{Message: m, Files: files}, nil
	}
}

// rights are the descriptors in a control message.
func rights(control []byte) []int {
	messages, err := unix.ParseSocketControlMessage(control)
	if err != nil {
		return nil
	}
	var files []int
	for i := range messages {
		if fds, err := unix.ParseUnixRights(&messages[i]); err == nil {
			files = append(files, fds...)
		}
	}
	return files
}
