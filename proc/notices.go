package proc

import (
	"errors"
	"fmt"
	"os"
	"sync"
	"time"

	"golang.org/x/sys/unix"

	"zinit/configs"
	"zinit/proc/probe"
	"zinit/proc/procfs"
)

// notifyAddress is where services speak, as NOTIFY_SOCKET names it: an abstract
// address (unix(7)), which a service of any user, or in a root directory of its own,
// can reach, and which needs no directory to be open to all. Only a service that has
// left the network namespace cannot. That anybody can send to it does no harm: who has
// sent is asked of the kernel.
func notifyAddress(life string) string { return "@zinit/" + life + "/notify" }

// NotifySocket makes the socket at which services of this life say that they are
// ready, sd_notify(3), and gives its descriptor, for [KernelOptions].Notify. As long
// as somebody holds it, what is said is not lost. Where nobody has held it, as after the
// death of a server without a shim, anybody may have taken its address, which needs no
// rights: then it has another one, of the kernel's choice, for the services to come.
func NotifySocket(life string) (fd int, err error) {
	fd, err = unix.Socket(unix.AF_UNIX, unix.SOCK_DGRAM|unix.SOCK_CLOEXEC|unix.SOCK_NONBLOCK, 0)
	if err != nil {
		return -1, fmt.Errorf("cannot make the socket for notifications: %w", err)
	}
	err = unix.SetsockoptInt(fd, unix.SOL_SOCKET, unix.SO_PASSCRED, 1)
	if err == nil {
		err = unix.Bind(fd, &unix.SockaddrUnix{Name: notifyAddress(life)})
	}
	if err == unix.EADDRINUSE {
		err = unix.Bind(fd, &unix.SockaddrUnix{})
	}
	if err != nil {
		return -1, errors.Join(fmt.Errorf("cannot listen for notifications at %s: %w", notifyAddress(life), err), unix.Close(fd))
	}
	return fd, nil
}

// notices is the socket, from when the first service needs it.
type notices struct {
	mu      sync.Mutex
	file    *os.File
	address string // for NOTIFY_SOCKET
	shut    bool
}

// listen sees to it that services are heard.
func (k *Kernel) listen() error {
	n := &k.notices
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.file != nil || n.shut {
		return nil
	}
	fd := k.Notify
	if fd == 0 {
		var err error
		if fd, err = NotifySocket(k.Life); err != nil {
			return err
		}
	}
	at, err := unix.Getsockname(fd)
	if err == nil {
		err = unix.SetNonblock(fd, true)
	}
	if err != nil {
		return fmt.Errorf("cannot listen for notifications: %w", err)
	}
	if at, ok := at.(*unix.SockaddrUnix); ok {
		n.address = at.Name
	}
	if n.address != notifyAddress(k.Life) {
		k.Log.Warn("another program has the address for notifications: those of services that run already are lost", "address", n.address)
	}
	n.file = os.NewFile(uintptr(fd), "notify")
	k.running.Go(k.hearNotices)
	return nil
}

func (n *notices) close() {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.shut = true
	if n.file != nil {
		_ = n.file.Close()
	}
}

// offerNotify gives a birth what a service needs that speaks for itself. The watchdog
// begins with the first message that is sent to it, so who does not know the variable
// is not expected to.
func (k *Kernel) offerNotify(b *birth, spec *configs.Service) error {
	if spec.Health == nil || spec.Health.Type != configs.HealthNotify {
		return nil
	}
	if err := k.listen(); err != nil {
		return err
	}
	b.env = with(b.env, "NOTIFY_SOCKET="+k.notices.address,
		fmt.Sprintf("WATCHDOG_USEC=%d", spec.Health.Interval.Microseconds()))
	return nil
}

// Who floods the socket gets no more than so many messages read in a moment, together
// with all others, whose own have to wait for a moment at most.
const (
	noticesMost  = 1000
	noticesAfter = 50 * time.Millisecond
)

// hearNotices reads until close. A message is taken off the queue when what it says is
// on file: a server that is killed before leaves it to the next one.
func (k *Kernel) hearNotices() {
	raw, err := k.notices.file.SyscallConn()
	if err != nil {
		k.unheard(err)
		return
	}
	text := make([]byte, probe.NoticeMax+1)
	// Descriptors that come along are dropped by the kernel, as there is no room for
	// them behind the credentials. That answers a BARRIER=1, and none is stored.
	control := make([]byte, unix.CmsgSpace(unix.SizeofUcred))
	since, count := time.Now(), 0
	for {
		var n, controls int
		var failed error
		err := raw.Read(func(fd uintptr) bool {
			n, controls, _, _, failed = unix.Recvmsg(int(fd), text, control, unix.MSG_PEEK|unix.MSG_DONTWAIT)
			return failed != unix.EAGAIN && failed != unix.EINTR
		})
		if err := errors.Join(err, failed); err != nil {
			k.unheard(err)
			return
		}
		select {
		case <-k.notice(text[:n], control[:controls]):
		case <-k.done:
			return
		}
		_ = raw.Control(func(fd uintptr) { _, _, _ = unix.Recvfrom(int(fd), make([]byte, 1), unix.MSG_DONTWAIT) })
		if count++; count == noticesMost {
			time.Sleep(noticesAfter - time.Since(since))
			since, count = time.Now(), 0
		}
	}
}

func (k *Kernel) unheard(err error) {
	select {
	case <-k.done:
	default:
		k.Log.Error("services are not heard any more", "err", err)
	}
}

// saved is a channel that is closed: there is nothing to wait for.
func saved() <-chan struct{} {
	done := make(chan struct{})
	close(done)
	return done
}

// notice takes in one datagram. The channel is closed when it may be forgotten.
func (k *Kernel) notice(text, control []byte) <-chan struct{} {
	sender := senderIn(control)
	if sender == nil || len(text) > probe.NoticeMax {
		k.Log.Debug("notification not understood", "bytes", len(text))
		return saved()
	}
	who, ok := k.speaker(int(sender.Pid), int(sender.Uid))
	if !ok {
		k.Log.Debug("notification of no service", "pid", sender.Pid)
		return saved()
	}
	n := probe.ReadNotice(text)
	if n.Main != 0 && !k.inGroup(n.Main, who) {
		k.voices.refuse(k, who, n.Main)
		n.Main = 0
	}
	return k.voices.hear(who, n)
}

// senderIn finds the sender in control messages, unix(7).
func senderIn(control []byte) *unix.Ucred {
	messages, err := unix.ParseSocketControlMessage(control)
	if err != nil {
		return nil
	}
	for i := range messages {
		if sender, err := unix.ParseUnixCredentials(&messages[i]); err == nil {
			return sender
		}
	}
	return nil
}

// inGroup says whether a process is in the process group of an incarnation.
func (k *Kernel) inGroup(pid int, who incarnation) bool {
	s, err := procfs.Identify(pid)
	if err != nil || !k.leaders.has(s.Pgid) {
		return false
	}
	leader, ok := k.leaders.whose(s.Pgid)
	return ok && leader == who
}

// speaker is the incarnation for which a process may speak: its own. A process that
// has only the mark of one might have forged it, so it must be of the same user, or
// root, who may do anything.
func (k *Kernel) speaker(pid, uid int) (who incarnation, ok bool) {
	name, gen, ok := k.Whose(pid)
	who = incarnation{name, gen}
	if !ok || uid == 0 {
		return who, ok
	}
	if last, known := k.senders.of(pid); known && last.ours && !last.kin {
		owner, err := procfs.Owner(k.leaders.leading(who))
		return who, err == nil && owner == uid
	}
	return who, true
}

// leading is the leader of an incarnation, or 0.
func (l *leaders) leading(who incarnation) int {
	l.mu.Lock()
	defer l.mu.Unlock()
	for pid, p := range l.pids {
		if p.known && p.who == who {
			return pid
		}
	}
	return 0
}
