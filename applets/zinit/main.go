package zinit

import (
	"bufio"
	"context"
	"io"
	"os"
	"syscall"
	"time"

	"zinit/applets/cause"
	"zinit/rpc"
)

// Main runs the client with the words after its name and gives the exit code.
func Main(args []string) int {
	terminal := isTerminal(os.Stdout)
	return run(context.Background(), console{
		in:       os.Stdin,
		out:      bufio.NewWriterSize(os.Stdout, 64<<10),
		err:      os.Stderr,
		terminal: terminal,
		color:    terminal && wantsColor(os.Getenv),
		env:      os.Getenv,
		uid:      os.Getuid(),
		now:      time.Now,
		zone:     time.Local,
		proc:     "/proc",
		signal:   syscall.Kill,
	}, args)
}

// console is the world of one call, so that a test can give another one.
type console struct {
	in       io.Reader
	out      *bufio.Writer // flushed when the command is done, or a line must be seen
	err      io.Writer
	terminal bool // out is read by a person
	color    bool
	env      func(string) string
	uid      int
	now      func() time.Time // for "3m12s ago" and --since
	zone     *time.Location   // for time stamps
	proc     string           // where proc(5) is mounted
	signal   func(pid int, signal syscall.Signal) error
}

// session is one call of the client.
type session struct {
	console
	conn *rpc.Client // nil until a command needs the server
}

func run(ctx context.Context, world console, args []string) int {
	s := &session{console: world}
	err := s.execute(ctx, args)
	if s.conn != nil {
		s.conn.Close()
	}
	if flushErr := s.out.Flush(); flushErr != nil && err == nil {
		err = &failure{code: exitFailed, text: "cannot write the output: " + cause.Of(flushErr).Error()}
	}
	return s.report(err)
}

func (s *session) execute(ctx context.Context, args []string) error {
	line, err := s.parseCommandLine(ctx, args)
	switch {
	case err != nil:
		return err
	case line.command == nil:
		return s.showHelp()
	case line.help:
		return s.showCommandHelp(line.command.name)
	}
	return line.command.run(line)
}

// wantsColor says what the variables have to say about colour (no-color.org).
func wantsColor(env func(string) string) bool { return env("NO_COLOR") == "" && env("TERM") != "dumb" }

// isTerminal takes every character device for a terminal. That includes
// /dev/null, where it does no harm.
func isTerminal(f *os.File) bool {
	stat, err := f.Stat()
	return err == nil && stat.Mode()&os.ModeCharDevice != 0
}
