package rpc

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"sync"
	"sync/atomic"
	"syscall"
	"time"
)

// Limits bounds what peers can cost. Zero means the default.
type Limits struct {
	Connections int           // open at once; 256
	Requests    int           // under way at once, of one connection; 64
	Streams     int           // subscriptions of one connection; 16
	Queue       int           // bytes of answers that wait for one connection; 1 MiB
	Patience    time.Duration // for the rest of a frame, and for a peer to read; 10 s
}

func (l Limits) withDefaults() Limits {
	return Limits{
		Connections: cmp.Or(l.Connections, 256),
		Requests:    cmp.Or(l.Requests, 64),
		Streams:     cmp.Or(l.Streams, 16),
		Queue:       cmp.Or(l.Queue, 1<<20),
		Patience:    cmp.Or(l.Patience, 10*time.Second),
	}
}

// farewell is how long the end of a server waits for peers to take their answers.
const farewell = time.Second

// server is what the connections of one Serve share.
type server struct {
	backend Backend
	methods map[string]method
	limits  Limits
	uid     int // served beside root

	streaming atomic.Int64 // sessions with subscriptions

	mu       sync.Mutex
	sessions map[*session]struct{}
	running  sync.WaitGroup
}

// Serve answers what comes over the connections of l, a listener on a Unix stream
// socket, until ctx ends; then the backend's calls are cancelled, what can be
// answered within a second is, and Serve returns nil. It closes l. It returns an
// error if l fails for good. All methods of the backend must return soon after their
// ctx has ended.
func Serve(ctx context.Context, l net.Listener, b Backend, limits Limits) error {
	s := &server{backend: b, methods: methods(), limits: limits.withDefaults(),
		uid: os.Geteuid(), sessions: map[*session]struct{}{}}
	ctx, cancel := context.WithCancel(ctx)
	stop := context.AfterFunc(ctx, func() { l.Close() })
	err := s.accept(ctx, l)
	stop()
	l.Close()
	cancel()
	s.running.Wait()
	return err
}

// accept serves each connection on a goroutine of its own.
func (s *server) accept(ctx context.Context, l net.Listener) error {
	for {
		conn, err := l.Accept()
		switch {
		case ctx.Err() != nil:
			if err == nil {
				conn.Close()
			}
			return nil
		case err == nil:
			s.admit(ctx, conn)
		case passing(err):
			// Out of descriptors or memory: those who are connected go on.
			select {
			case <-ctx.Done():
			case <-time.After(100 * time.Millisecond):
			}
		default:
			return fmt.Errorf("cannot accept connections on %s: %w", l.Addr(), err)
		}
	}
}

// passing tells whether accept(2) may succeed later.
func passing(err error) bool {
	for _, e := range []error{syscall.EMFILE, syscall.ENFILE, syscall.ENOBUFS, syscall.ENOMEM, syscall.ECONNABORTED, syscall.EINTR} {
		if errors.Is(err, e) {
			return true
		}
	}
	return false
}

// admit decides who is served.
func (s *server) admit(ctx context.Context, conn net.Conn) {
	peer, fault := s.credentials(conn)
	if fault != nil {
		refuse(conn, fault)
		return
	}
	c := newSession(s, conn.(*net.UnixConn), peer)
	if !s.enter(c) {
		refuse(conn, Errorf(Denied, "", "cannot serve this connection: %d are open already", s.limits.Connections))
		return
	}
	s.running.Go(func() {
		defer s.leave(c)
		c.run(ctx)
	})
}

// credentials says who is at the other end, and whether it is served.
func (s *server) credentials(conn net.Conn) (Peer, *Error) {
	unixConn, ok := conn.(*net.UnixConn)
	if !ok {
		return Peer{}, Errorf(Denied, "", "cannot serve a connection of %s: its user is not known", conn.RemoteAddr().Network())
	}
	peer, err := peerOf(unixConn)
	if err != nil {
		return Peer{}, Errorf(Denied, "", "cannot find out who connects: %v", err)
	}
	if peer.UID != 0 && peer.UID != s.uid {
		e := Errorf(Denied, "", "cannot serve uid %d: only root and uid %d are served", peer.UID, s.uid)
		e.Data.Hint = "try again as root"
		return peer, e
	}
	return peer, nil
}

// enter makes room for a session, if need be in place of one that has long been
// idle: connections that are left open must not lock everybody out.
func (s *server) enter(c *session) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.sessions) >= s.limits.Connections {
		idle := s.idlest()
		if idle == nil {
			return false
		}
		delete(s.sessions, idle)
		idle.conn.Close()
	}
	s.sessions[c] = struct{}{}
	return true
}

// idlest returns the session that has been idle longest, and at least for the
// patience; or nil.
func (s *server) idlest() *session {
	var found *session
	var longest time.Duration
	for c := range s.sessions {
		if d := c.idleFor(); d >= s.limits.Patience && d > longest {
			found, longest = c, d
		}
	}
	return found
}

func (s *server) leave(c *session) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.sessions, c)
}

// refuse answers without having read anything, and closes. The answer fits into the
// buffer of a socket that is new, so it does not block.
func refuse(conn net.Conn, fault *Error) {
	conn.SetWriteDeadline(within(farewell))
	conn.Write(errorFrame(nil, fault))
	conn.Close()
}
