package rpc

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"os"
	"sync"
	"syscall"
	"time"
)

// writePatience is how long the server may leave a request unread: it stops reading
// while too many of one connection are under way.
const writePatience = time.Minute

// ErrUnreachable is what every [Unreachable] is, for errors.Is.
var ErrUnreachable = errors.New("the server can't be reached")

// Unreachable says that nobody answers at a socket, or no longer does. Whether a
// request that was under way has been carried out is not known then.
type Unreachable struct {
	Socket string
	Cause  error
	Hint   string // what to do about it, one line; may be empty
}

// Error returns one line, without the hint.
func (u *Unreachable) Error() string {
	return fmt.Sprintf("cannot reach the server at %s: %v", u.Socket, u.Cause)
}

// Unwrap returns the cause.
func (u *Unreachable) Unwrap() error { return u.Cause }

// Is says yes to [ErrUnreachable].
func (u *Unreachable) Is(target error) bool { return target == ErrUnreachable }

// Client is a connection to a server. All methods may be called by many goroutines
// at once. Their errors are an *[Error] from the server, an *[Unreachable], or that
// of the ctx; a ctx that ends gives up waiting and does not undo what was asked for.
type Client struct {
	socket string
	conn   net.Conn

	writing sync.Mutex // held for a whole frame

	mu      sync.Mutex
	last    uint64                 // id
	waiting map[uint64]chan answer // by id, each with room for one
	err     error                  // why the connection is over
}

// answer is the envelope of what a server sends.
type answer struct {
	ID     *uint64         `json:"id"`
	Result json.RawMessage `json:"result"`
	Error  *Error          `json:"error"`
	Method string          `json:"method"`
	Params json.RawMessage `json:"params"`
}

// Dial connects to the server at the socket. It sends nothing: a server that refuses
// says so at the first call. ctx bounds the connecting only.
func Dial(ctx context.Context, socket string) (*Client, error) {
	conn, err := dial(ctx, socket)
	if err != nil {
		return nil, err
	}
	c := &Client{socket: socket, conn: conn, waiting: map[uint64]chan answer{}}
	go c.read()
	return c, nil
}

func dial(ctx context.Context, socket string) (net.Conn, error) {
	var d net.Dialer
	conn, err := d.DialContext(ctx, "unix", socket)
	switch {
	case err == nil:
		return conn, nil
	case ctx.Err() != nil:
		return nil, ctx.Err()
	default:
		return nil, &Unreachable{Socket: socket, Cause: cause(err), Hint: dialHint(err)}
	}
}

func dialHint(err error) string {
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return "there is no socket: start zinit-server, or name its socket with --socket or ZINIT_SOCKET"
	case errors.Is(err, syscall.ECONNREFUSED):
		return "the socket is left over and nobody answers: start zinit-server"
	case errors.Is(err, fs.ErrPermission):
		return "only root and the server's own user may connect: try again as root"
	case errors.Is(err, syscall.EAGAIN):
		return "the server is busy: try again"
	default:
		return ""
	}
}

// Close ends the connection. Calls that are under way fail.
func (c *Client) Close() error {
	c.end(net.ErrClosed)
	return nil
}

// read hands the answers to those who wait for them.
func (c *Client) read() {
	in := bufio.NewReader(c.conn)
	for {
		a, err := readAnswer(in)
		if err != nil {
			c.end(err)
			return
		}
		switch {
		case a.ID != nil:
			c.hand(*a.ID, a)
		case a.Error != nil:
			// It concerns no request, so the connection, which the server closes.
			c.end(a.Error)
			return
		}
	}
}

func readAnswer(in *bufio.Reader) (a answer, err error) {
	frame, err := ReadFrame(in)
	if err != nil {
		return a, err
	}
	return a, json.Unmarshal(frame, &a)
}

// hand gives an answer to the one who waits for it, if somebody still does.
func (c *Client) hand(id uint64, a answer) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if wait, ok := c.waiting[id]; ok {
		delete(c.waiting, id)
		wait <- a
	}
}

// end closes the connection. Only the first reason counts.
func (c *Client) end(err error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.err != nil {
		return
	}
	c.err = lost(c.socket, err)
	c.conn.Close()
	for id, wait := range c.waiting {
		delete(c.waiting, id)
		close(wait)
	}
}

// lost makes an error of why a connection is over.
func lost(socket string, err error) error {
	if fault, ok := errors.AsType[*Error](err); ok {
		return fault
	}
	if errors.Is(err, os.ErrDeadlineExceeded) {
		return &Unreachable{Socket: socket, Cause: errors.New("the server takes no more requests")}
	}
	if errors.Is(err, net.ErrClosed) {
		return &Unreachable{Socket: socket, Cause: errors.New("the connection is closed")}
	}
	return &Unreachable{Socket: socket, Cause: errors.New("the server closed the connection"),
		Hint: "the server may be restarting: try again"}
}

// call sends one request and waits for its answer.
func call[R any](ctx context.Context, c *Client, method string, params any) (result R, err error) {
	err = c.call(ctx, method, params, &result)
	return result, err
}

func (c *Client) call(ctx context.Context, method string, params, result any) error {
	id, wait, err := c.send(method, params)
	if err != nil {
		return err
	}
	select {
	case a, ok := <-wait:
		if !ok {
			return c.reason()
		}
		return a.unpack(result)
	case <-ctx.Done():
		c.forget(id)
		return ctx.Err()
	}
}

// unpack takes the result out of an answer.
func (a answer) unpack(result any) error {
	if a.Error != nil {
		return a.Error
	}
	if err := json.Unmarshal(a.Result, result); err != nil {
		return fmt.Errorf("cannot read the server's answer: %w", err)
	}
	return nil
}

// send writes a request and returns where its answer will be.
func (c *Client) send(method string, params any) (uint64, chan answer, error) {
	id, wait, err := c.expect()
	if err != nil {
		return 0, nil, err
	}
	frame, err := encodeRequest(id, method, params)
	if err != nil {
		c.forget(id)
		return 0, nil, err
	}
	c.writing.Lock()
	defer c.writing.Unlock()
	c.conn.SetWriteDeadline(within(writePatience))
	// Of other errors read finds out the reason, and ends all that wait: the server
	// may have said something before it closed.
	if _, err := c.conn.Write(frame); errors.Is(err, os.ErrDeadlineExceeded) {
		c.end(err)
	}
	return id, wait, nil
}

// expect makes a place for the answer to a new request.
func (c *Client) expect() (uint64, chan answer, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.err != nil {
		return 0, nil, c.err
	}
	c.last++
	wait := make(chan answer, 1)
	c.waiting[c.last] = wait
	return c.last, wait, nil
}

// encodeRequest returns a request's frame.
func encodeRequest(id uint64, method string, params any) ([]byte, error) {
	content, err := json.Marshal(struct {
		Version string `json:"jsonrpc"`
		ID      uint64 `json:"id"`
		Method  string `json:"method"`
		Params  any    `json:"params"`
	}{version, id, method, params})
	if err != nil {
		return nil, fmt.Errorf("cannot write a request: %w", err)
	}
	return sealFrame(append(make([]byte, headSize, headSize+len(content)), content...))
}

func (c *Client) forget(id uint64) {
	c.mu.Lock()
	defer c.mu.Unlock()
	delete(c.waiting, id)
}

func (c *Client) reason() error {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.err
}
