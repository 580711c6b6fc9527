package zinit

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"strings"
	"syscall"
	"time"

	"zinit/rpc"
)

const (
	dialLimit   = 5 * time.Second  // a server too busy to accept
	answerLimit = 30 * time.Second // for what the server answers from memory
	lateLimit   = 2 * time.Second  // the server's own time-out comes first
)

// connect dials the server, once a call.
func (s *session) connect(c *commandLine) (*rpc.Client, error) {
	if s.conn != nil {
		return s.conn, nil
	}
	paths, chosen := s.sockets(c.text("socket"))
	ctx, cancel := context.WithTimeout(c.ctx, dialLimit)
	defer cancel()
	var first error // that says more than "there is none"
	for _, path := range paths {
		if !chosen && s.foreign(path) {
			continue
		}
		conn, err := rpc.Dial(ctx, path)
		if err == nil {
			s.conn = conn
			return conn, nil
		}
		if errors.Is(err, context.DeadlineExceeded) {
			err = &rpc.Unreachable{Socket: path, Cause: errors.New("it accepts nobody"), Hint: "the server is busy or stopped"}
		}
		if first == nil && (chosen || !errors.Is(err, fs.ErrNotExist)) {
			first = err
		}
	}
	if first == nil {
		first = &failure{
			code: exitUnreachable,
			text: "cannot reach the server: no socket at " + strings.Join(paths, ", "),
			hint: "is zinit-server running? --socket and ZINIT_SOCKET say where",
		}
	}
	return nil, first
}

// foreign says whether somebody else than root or we made a socket: anybody may
// make one in /dev/shm.
func (s *session) foreign(path string) bool {
	about, err := os.Lstat(path)
	if err != nil {
		return false
	}
	owner, ok := about.Sys().(*syscall.Stat_t)
	return ok && owner.Uid != 0 && int(owner.Uid) != s.uid
}

// sockets are the paths to try, and whether somebody chose them.
func (s *session) sockets(flag string) (paths []string, chosen bool) {
	if flag != "" {
		return []string{flag}, true
	}
	if path := s.env("ZINIT_SOCKET"); path != "" {
		return []string{path}, true
	}
	paths = []string{"/run/zinit.sock", "/var/run/zinit.sock"}
	if dir := s.env("XDG_RUNTIME_DIR"); dir != "" && s.uid != 0 {
		paths = append(paths, dir+"/zinit.sock")
	}
	return append(paths, "/dev/shm/zinit.sock"), false
}

// ask sends one request to the server. limit bounds it; 0 is no bound.
func ask[P, R any](s *session, c *commandLine, limit time.Duration, method func(*rpc.Client, context.Context, P) (R, error), params P) (R, error) {
	conn, err := s.connect(c)
	if err != nil {
		var none R
		return none, err
	}
	ctx, cancel := bounded(c.ctx, limit)
	defer cancel()
	result, err := method(conn, ctx, params)
	if errors.Is(err, context.DeadlineExceeded) {
		err = &failure{code: exitTimeout, text: fmt.Sprintf("the server did not answer within %v", limit)}
	}
	return result, err
}

// bounded is a context with a limit; 0 is none.
func bounded(ctx context.Context, limit time.Duration) (context.Context, context.CancelFunc) {
	if limit == 0 {
		return context.WithCancel(ctx)
	}
	return context.WithTimeout(ctx, limit)
}

// bare fits a method without params into ask.
func bare[R any](method func(*rpc.Client, context.Context) (R, error)) func(*rpc.Client, context.Context, rpc.None) (R, error) {
	return func(conn *rpc.Client, ctx context.Context, _ rpc.None) (R, error) { return method(conn, ctx) }
}

// done fits a method without a result into ask.
func done[P any](method func(*rpc.Client, context.Context, P) error) func(*rpc.Client, context.Context, P) (rpc.None, error) {
	return func(conn *rpc.Client, ctx context.Context, params P) (rpc.None, error) {
		return rpc.None{}, method(conn, ctx, params)
	}
}
