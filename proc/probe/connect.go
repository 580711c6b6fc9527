package probe

import (
	"context"
	"errors"
	"fmt"
	"os"
	"time"

	"golang.org/x/sys/unix"
)

// Connect is the tcp probe: a connection to "host:port" or "unix:/path" that is made
// is a success. It is closed in an orderly way, not reset: the service sees a client
// that says nothing, and none that fails. The kernel remembers each for a minute
// (TIME_WAIT), which keeps nobody from the same port: the other end is always the same
// service's, and on loopback the number is used again (tcp_tw_reuse = 2, the default
// since Linux 4.19).
func Connect(ctx context.Context, endpoint string) error {
	c, err := dial(ctx, endpoint)
	if err != nil {
		return err
	}
	return c.close()
}

// connection is a stream socket. Plain system calls cost half of what package net
// does for the same: on loopback there is mostly nothing to wait for.
type connection struct {
	fd   int
	file *os.File // nil: nothing had to be waited for yet
}

// connect makes a connection. What is wrong it says in a few words.
func connect(ctx context.Context, to unix.Sockaddr) (*connection, error) {
	family := unix.AF_INET
	switch to.(type) {
	case *unix.SockaddrInet6:
		family = unix.AF_INET6
	case *unix.SockaddrUnix:
		family = unix.AF_UNIX
	}
	fd, err := unix.Socket(family, unix.SOCK_STREAM|unix.SOCK_NONBLOCK|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		return nil, fmt.Errorf("cannot make a socket: %w", err)
	}
	c := &connection{fd: fd}
	switch err = unix.Connect(fd, to); {
	case err == unix.EAGAIN:
		err = errors.New("the service does not accept connections: its queue is full")
	case err == unix.EINPROGRESS && c.made():
		err = nil
	case err == unix.EINPROGRESS:
		err = c.wait(ctx)
	}
	if err == nil && c.toItself() {
		err = unix.ECONNREFUSED
	}
	if err != nil {
		_ = c.close()
		return nil, err
	}
	return c, nil
}

// made says whether the other end has accepted.
func (c *connection) made() bool {
	_, err := unix.Getpeername(c.fd)
	return err == nil
}

// toItself says whether both ends are the same socket, as it happens when nobody
// listens at a port that the kernel gives to clients.
func (c *connection) toItself() bool {
	peer, err1 := unix.Getpeername(c.fd)
	own, err2 := unix.Getsockname(c.fd)
	if err1 != nil || err2 != nil {
		return false
	}
	switch p := peer.(type) {
	case *unix.SockaddrInet4:
		o, ok := own.(*unix.SockaddrInet4)
		return ok && p.Port == o.Port && p.Addr == o.Addr
	case *unix.SockaddrInet6:
		o, ok := own.(*unix.SockaddrInet6)
		return ok && p.Port == o.Port && p.Addr == o.Addr
	}
	return false
}

// pollable gives the connection to the runtime's poller.
func (c *connection) pollable() *os.File {
	if c.file == nil {
		c.file = os.NewFile(uintptr(c.fd), "connection")
	}
	return c.file
}

// until ends all waiting of the connection together with ctx. What it gives is to be
// called when there is none any more.
func (c *connection) until(ctx context.Context) (stop func() bool) {
	file := c.pollable()
	return context.AfterFunc(ctx, func() { _ = file.SetDeadline(time.Unix(1, 0)) })
}

// wait waits for the end of connect(2), which EINPROGRESS tells to come.
func (c *connection) wait(ctx context.Context) error {
	defer c.until(ctx)()
	raw, err := c.pollable().SyscallConn()
	if err != nil {
		return err
	}
	var failed error
	err = raw.Write(func(fd uintptr) bool {
		code, err := unix.GetsockoptInt(int(fd), unix.SOL_SOCKET, unix.SO_ERROR)
		if err == nil && code != 0 {
			err = unix.Errno(code)
		}
		failed = err
		return failed != nil || c.made()
	})
	if err != nil {
		return err
	}
	return failed
}

func (c *connection) close() error {
	if c.file != nil {
		return c.file.Close()
	}
	return unix.Close(c.fd)
}
