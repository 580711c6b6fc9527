package main

import (
	"bufio"
	"context"
	"encoding/binary"
	"fmt"
	"io"
	"net"
	"time"
)

// questions measures the client as a whole process, and requests on a connection
// that is open already.
func (b *bench) questions(ctx context.Context, socket string) error {
	ask := func(n int, args ...string) ([]time.Duration, error) {
		return b.times(ctx, "time", n, append([]string{b.zinit, "--socket", socket}, args...)...)
	}
	nothing, err := b.times(ctx, "time", 60, b.nothing)
	if err != nil {
		return err
	}
	status, err := ask(60, "status", "s00000")
	if err != nil {
		return err
	}
	list, err := ask(20, "list")
	if err != nil {
		return err
	}
	b.table.time("zinit status, whole process", nothing, status, 2500*time.Microsecond)
	b.table.time(fmt.Sprintf("zinit list of %d", b.small), nothing, list, 10*time.Millisecond)

	conn, err := net.Dial("unix", socket)
	if err != nil {
		return err
	}
	defer conn.Close()
	one, err := pings(conn, 3000, 1)
	if err != nil {
		return err
	}
	b.table.number("request on an open connection", float64(one.Nanoseconds())/1000, "µs", 50)
	many, err := pings(conn, 100_000, 64)
	if err != nil {
		return err
	}
	b.table.least("pipelined requests", 1e9/float64(many.Nanoseconds()), "/s", 150_000)
	return nil
}

// pings sends n requests, ahead of them in flight at a time, and gives the mean
// time of one.
func pings(conn net.Conn, n, ahead int) (time.Duration, error) {
	request := []byte(`....{"jsonrpc":"2.0","id":1,"method":"system.ping"}`)
	binary.BigEndian.PutUint32(request, uint32(len(request)-4))
	var batch []byte
	for range ahead {
		batch = append(batch, request...)
	}
	in := bufio.NewReaderSize(conn, 64<<10)
	begin := clock()
	if err := conn.SetDeadline(time.Now().Add(20 * time.Second)); err != nil {
		return 0, err
	}
	for range n / ahead {
		if _, err := conn.Write(batch); err != nil {
			return 0, err
		}
		for range ahead {
			var head [4]byte
			if _, err := io.ReadFull(in, head[:]); err != nil {
				return 0, err
			}
			if _, err := in.Discard(int(binary.BigEndian.Uint32(head[:]))); err != nil {
				return 0, err
			}
		}
	}
	return (clock() - begin) / time.Duration(n/ahead*ahead), nil
}
