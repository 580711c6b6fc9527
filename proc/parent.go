package proc

import (
	"errors"
	"fmt"
	"os"
	"syscall"

	"golang.org/x/sys/unix"

	"zinit/proc/link"
	"zinit/proc/reap"
)

// own is a link of our own, and its reaper: the server stands in for zinit-pid1
// where there is none.
type own struct {
	send   link.Sender
	reaper *reap.Loop
}

// join takes its place in the link: at the end that the shim gave us, or at both.
func (k *Kernel) join() error {
	if k.Shim != 0 {
		k.self = os.Getppid()
		var err error
		k.receiver, err = link.NewReceiver(k.Shim)
		return err
	}
	if err := unix.Prctl(unix.PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0); err != nil {
		return fmt.Errorf("cannot become a child subreaper: %w", err)
	}
	send, receive, err := link.Pair()
	if err != nil {
		return err
	}
	if k.receiver, err = link.NewReceiver(receive); err != nil {
		return errors.Join(err, unix.Close(send), unix.Close(receive))
	}
	k.link = &own{send: link.Sender(send), reaper: reap.New(link.Sender(send))}
	k.link.reaper.Own = func(pid int, _ uint32) bool {
		k.leaders.end(pid)
		return false
	}
	return nil
}

// close gives the writing end back, where there is one.
func (o *own) close() error {
	if o == nil {
		return nil
	}
	return unix.Close(int(o.send))
}

// reap waits for our children.
func (k *Kernel) reap() {
	if err := k.link.reaper.Run(); err != nil && !errors.Is(err, unix.EPIPE) {
		k.Log.Error("exits are not seen any more", "err", err)
	}
}

// born tells the reaper that there is a child. The shim's needs no telling: it has
// one as long as there is a server.
func (k *Kernel) born() {
	if k.link != nil {
		k.link.reaper.Born()
	}
}

// attributes are those of every service's process: a session of its own, and
// below a shim the shim for a parent, so that our death changes nothing for it.
func (k *Kernel) attributes() *syscall.SysProcAttr {
	attr := &syscall.SysProcAttr{Setsid: true}
	if k.Shim != 0 {
		attr.Cloneflags = unix.CLONE_PARENT
	}
	return attr
}
