package rpc

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"iter"
	"net"
)

// Follow subscribes to lines of output. It returns when the server has accepted; from
// then on no line is missed. The sequence ends when ctx ends, without an error, when
// the server has no more, or with an error as its last element. It is to be ranged
// over once; until that or the end of ctx it holds a connection of its own, so that
// a slow reader delays no other call.
func (c *Client) Follow(ctx context.Context, p LogQuery) (iter.Seq2[Line, error], error) {
	return follow[Line](ctx, c.socket, LogsFollow, NoteLog, p)
}

// Events subscribes to changes of the services of these names, or of all if there are
// none. The sequence is like that of [Client.Follow].
func (c *Client) Events(ctx context.Context, names ...string) (iter.Seq2[Event, error], error) {
	return follow[Event](ctx, c.socket, EventsSubscribe, NoteEvent, Names{names})
}

func follow[T any](ctx context.Context, socket, method, note string, params any) (iter.Seq2[T, error], error) {
	conn, err := dial(ctx, socket)
	if err != nil {
		return nil, err
	}
	stop := context.AfterFunc(ctx, func() { conn.Close() })
	in := bufio.NewReader(conn)
	if err := begin(conn, in, socket, method, params); err != nil {
		stop()
		conn.Close()
		if ctx.Err() != nil {
			return nil, ctx.Err()
		}
		return nil, err
	}
	return func(yield func(T, error) bool) {
		defer conn.Close()
		defer stop()
		for {
			var item T
			more, err := readNote(in, socket, note, &item)
			if ctx.Err() != nil || !more && err == nil || !yield(item, err) || err != nil {
				return
			}
		}
	}, nil
}

// begin sends the request of a subscription and waits until it is accepted.
func begin(conn net.Conn, in *bufio.Reader, socket, method string, params any) error {
	frame, err := encodeRequest(1, method, params)
	if err != nil {
		return err
	}
	// The server may refuse without reading: then the reason is there to be read.
	conn.Write(frame)
	a, err := readAnswer(in)
	if err != nil {
		return lost(socket, err)
	}
	return a.unpack(&Subscription{})
}

// readNote reads the next notification into an item; more is false at the end. Those
// that it does not know are of a later version.
func readNote(in *bufio.Reader, socket, note string, item any) (more bool, err error) {
	for {
		a, err := readAnswer(in)
		if err != nil {
			return false, lost(socket, err)
		}
		switch a.Method {
		case note:
			if err := json.Unmarshal(a.Params, item); err != nil {
				return false, fmt.Errorf("cannot read the server's notification: %w", err)
			}
			return true, nil
		case NoteEnd:
			var last ending
			if err := json.Unmarshal(a.Params, &last); err != nil || last.Error == nil {
				return false, err
			}
			return false, last.Error
		}
	}
}
