package probe

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"strconv"
	"strings"
	"time"

	"golang.org/x/sys/unix"
)

// dial connects to an endpoint, to the first of its addresses that can be connected
// to. The error is that of the first one.
func dial(ctx context.Context, endpoint string) (*connection, error) {
	addresses, err := find(ctx, endpoint)
	if err != nil {
		return nil, err
	}
	var first error
	for _, to := range addresses {
		c, err := connect(ctx, to)
		if err == nil {
			return c, nil
		}
		if first == nil {
			first = err
		}
	}
	return nil, first
}

// find gives the addresses of an endpoint, the most likely one first, at least one.
func find(ctx context.Context, endpoint string) ([]unix.Sockaddr, error) {
	if path, ok := strings.CutPrefix(endpoint, "unix:"); ok {
		return []unix.Sockaddr{&unix.SockaddrUnix{Name: path}}, nil
	}
	host, service, err := net.SplitHostPort(endpoint)
	port, err2 := strconv.ParseUint(service, 10, 16)
	if err != nil || err2 != nil {
		return nil, fmt.Errorf("cannot read the endpoint %q", endpoint)
	}
	addresses, err := lookUp(ctx, host)
	if err != nil {
		return nil, err
	}
	var found []unix.Sockaddr
	for _, a := range addresses {
		found = append(found, sockaddr(a.Unmap(), int(port)))
	}
	return found, nil
}

func sockaddr(a netip.Addr, port int) unix.Sockaddr {
	if a.Is4() {
		return &unix.SockaddrInet4{Addr: a.As4(), Port: port}
	}
	return &unix.SockaddrInet6{Addr: a.As16(), Port: port}
}

// lookUp finds the addresses of a host. localhost needs no /etc/hosts, a number no
// name server.
func lookUp(ctx context.Context, host string) ([]netip.Addr, error) {
	if strings.EqualFold(host, "localhost") {
		return []netip.Addr{netip.AddrFrom4([4]byte{127, 0, 0, 1}), netip.IPv6Loopback()}, nil
	}
	if a, err := netip.ParseAddr(host); err == nil {
		return []netip.Addr{a}, nil
	}
	// A quarter of the time is left, to say that it is the name that took so long.
	if end, ok := ctx.Deadline(); ok {
		var cancel context.CancelFunc
		ctx, cancel = context.WithDeadline(ctx, end.Add(-time.Until(end)/4))
		defer cancel()
	}
	found, err := resolver(ctx).LookupNetIP(ctx, "ip", host)
	failed, ok := errors.AsType[*net.DNSError](err)
	switch {
	case err != nil && ctx.Err() != nil:
		err = fmt.Errorf("cannot find %s: no answer from a name server", host)
	case ok:
		err = fmt.Errorf("cannot find %s: %s", host, failed.Err)
	}
	return found, err
}

// resolver asks name servers, but no longer than ctx lasts: left alone, a lookup goes
// on until its own timeouts, whoever waits for it.
func resolver(ctx context.Context) *net.Resolver {
	return &net.Resolver{PreferGo: true, Dial: func(one context.Context, network, address string) (net.Conn, error) {
		var d net.Dialer
		conn, err := d.DialContext(one, network, address)
		if err == nil {
			context.AfterFunc(ctx, func() { _ = conn.Close() })
		}
		return conn, err
	}}
}
