package zinit

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"syscall"

	"zinit/rpc"
)

// The exit codes. Scripts rely on them.
const (
	exitDone        = 0
	exitFailed      = 1 // it was tried, and it did not work
	exitUsage       = 2 // the command line, or a service file, is wrong
	exitUnknown     = 3 // there is no such service
	exitUnreachable = 4 // the server cannot be reached, or has gone
	exitTimeout     = 5
)

// failure is an error of the client's own: what a person reads, what to do about
// it, and the exit code.
type failure struct {
	code int
	text string
	hint string // empty where there is none
}

func (f *failure) Error() string { return f.text }

// told is the error of a command that has said already what was wrong.
type told int

func (t told) Error() string { return fmt.Sprintf("exit code %d", int(t)) }

// report says an error, unless that was done, and gives the exit code.
func (s *session) report(err error) int {
	if code, ok := errors.AsType[told](err); ok {
		return int(code)
	}
	if err == nil {
		return exitDone
	}
	if !errors.Is(err, syscall.EPIPE) { // who reads stdout has seen enough
		s.complain(err)
	}
	return exitCode(err)
}

// complain says an error on stderr, in one line.
func (s *session) complain(err error) {
	text, hint := err.Error(), ""
	if f, ok := errors.AsType[*failure](err); ok {
		hint = f.hint
	} else if e, ok := errors.AsType[*rpc.Error](err); ok {
		hint = e.Data.Hint
		if e.Data.Service != "" {
			hint = strings.ReplaceAll(hint, "NAME", e.Data.Service)
		}
	} else if u, ok := errors.AsType[*rpc.Unreachable](err); ok {
		hint = u.Hint
	}
	s.warn(text, hint)
}

// warn says one line on stderr.
func (s *session) warn(text, hint string) {
	if hint != "" {
		text += " (" + hint + ")"
	}
	s.out.Flush() // what came before on stdout is to be read before
	fmt.Fprintf(s.err, "zinit: %s\n", oneLine(text))
}

// exitCode is the meaning of an error to a script.
func exitCode(err error) int {
	if err == nil {
		return exitDone
	}
	if f, ok := errors.AsType[*failure](err); ok {
		return f.code
	}
	if e, ok := errors.AsType[*rpc.Error](err); ok {
		return rpcExitCode(e)
	}
	switch {
	case errors.Is(err, rpc.ErrUnreachable):
		return exitUnreachable
	case errors.Is(err, context.DeadlineExceeded):
		return exitTimeout
	}
	return exitFailed
}

func rpcExitCode(e *rpc.Error) int {
	switch {
	case e.Code == rpc.CodeInvalidParams, e.Data.Kind == rpc.InvalidConfig:
		return exitUsage
	case e.Data.Kind == rpc.NotFound:
		return exitUnknown
	case e.Data.Kind == rpc.Denied:
		return exitUnreachable
	case e.Data.Kind == rpc.Timeout:
		return exitTimeout
	}
	return exitFailed
}

// worst is the exit code of several outcomes: the one that hides most. Without the
// server nothing is known, a wrong name is a mistake in the script, and what timed
// out may still come true.
func worst(codes ...int) int {
	for _, code := range []int{exitUnreachable, exitUsage, exitUnknown, exitFailed, exitTimeout} {
		if slices.Contains(codes, code) {
			return code
		}
	}
	return exitDone
}

// toldWorst is the error of a command with several outcomes, all of them told.
func toldWorst(codes ...int) error {
	if code := worst(codes...); code != exitDone {
		return told(code)
	}
	return nil
}

// usagef is an error in the words after a command.
func usagef(c *commandLine, format string, args ...any) *failure {
	return &failure{
		code: exitUsage,
		text: c.command.name + ": " + fmt.Sprintf(format, args...),
		hint: strings.TrimSpace("usage: zinit " + c.command.name + " " + c.command.arguments),
	}
}

func tooMany(c *commandLine, most int) error {
	if most == 0 {
		return usagef(c, "takes no arguments, not even %q", c.first())
	}
	return usagef(c, "%q is one argument too many", c.names[most])
}

// noArguments is the check of commands that take none.
func noArguments(c *commandLine) error {
	if len(c.names) > 0 {
		return tooMany(c, 0)
	}
	return nil
}

// oneName is the check of commands that take one service.
func oneName(c *commandLine) (string, error) {
	switch len(c.names) {
	case 0:
		return "", usagef(c, "needs the name of a service")
	case 1:
		return c.first(), nil
	}
	return "", tooMany(c, 1)
}

// someNames is the check of commands that take services; one named twice is one.
func someNames(c *commandLine) ([]string, error) {
	names := make([]string, 0, len(c.names))
	for _, name := range c.names {
		if !slices.Contains(names, name) {
			names = append(names, name)
		}
	}
	if len(names) == 0 {
		return nil, usagef(c, "needs the name of a service")
	}
	return names, nil
}
