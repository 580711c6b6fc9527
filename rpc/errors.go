package rpc

import (
	"context"
	"errors"
	"fmt"
)

// The codes of errors: JSON-RPC 2.0, section 5.1, and one of our own.
const (
	CodeParse          = -32700 // the frame is no UTF-8 JSON
	CodeInvalidRequest = -32600 // the JSON is no request
	CodeMethodNotFound = -32601
	CodeInvalidParams  = -32602 // the message names the key
	CodeInternal       = -32603 // a fault of the server
	CodeServer         = -32000 // what was asked for can't be done; the Kind says why
)

// Kind tells programs why something can't be done. The set is closed within a
// version of the protocol.
type Kind string

// The kinds.
const (
	NotFound      Kind = "not_found"      // there is no such service
	Exists        Kind = "exists"         // a service of that name is there already
	InvalidConfig Kind = "invalid_config" // the definition is wrong
	HasDependents Kind = "has_dependents" // others that live require the service
	Blocked       Kind = "blocked"        // it waits for something that does not come
	Failed        Kind = "failed"         // it was tried and went wrong
	NotRunning    Kind = "not_running"    // the service has no process
	Timeout       Kind = "timeout"        // it was not done in the time that was given
	ShuttingDown  Kind = "shutting_down"  // the server stops everything, or has ended
	Denied        Kind = "denied"         // the peer may not, or has too much already
	TooLarge      Kind = "too_large"      // a frame, an answer or a text is over its limit
)

// Kinds returns all kinds.
func Kinds() []Kind {
	return []Kind{NotFound, Exists, InvalidConfig, HasDependents, Blocked, Failed,
		NotRunning, Timeout, ShuttingDown, Denied, TooLarge}
}

// hint says what a person may do about a kind of error; empty if nothing holds for
// all of them.
func (k Kind) hint() string {
	switch k {
	case NotFound:
		return "zinit list shows all services"
	case Exists:
		return "remove it first, or choose another name"
	case InvalidConfig:
		return "zinit check FILE shows all errors"
	case HasDependents:
		return "stop them first, or use --cascade"
	case Blocked, Failed:
		return "zinit why NAME shows the reason"
	case NotRunning:
		return "zinit status NAME shows its state"
	case Timeout:
		return "it goes on; zinit status NAME shows how far it is"
	default:
		return ""
	}
}

// Error is the error of an answer.
type Error struct {
	Code    int       `json:"code"`
	Message string    `json:"message"` // one line, for people
	Data    ErrorData `json:"data,omitzero"`
}

// ErrorData is what an error carries besides its message; empty fields do not apply.
type ErrorData struct {
	Kind    Kind   `json:"kind,omitempty"` // with CodeServer
	Service string `json:"service,omitempty"`
	Hint    string `json:"hint,omitempty"` // what to do about it, one line
}

// Error returns the message.
func (e *Error) Error() string { return e.Message }

// Errorf returns an error with [CodeServer] and its kind's usual hint. The service is
// empty where the error is not about one.
func Errorf(kind Kind, service, format string, args ...any) *Error {
	return &Error{
		Code:    CodeServer,
		Message: fmt.Sprintf(format, args...),
		Data:    ErrorData{Kind: kind, Service: service, Hint: kind.hint()},
	}
}

// IsKind tells whether err is an *Error of that kind.
func IsKind(err error, kind Kind) bool {
	e, ok := errors.AsType[*Error](err)
	return ok && e.Data.Kind == kind
}

// answerable makes of what a backend returned what a peer may get.
func answerable(err error) *Error {
	if e, ok := errors.AsType[*Error](err); ok {
		return e
	}
	switch {
	case errors.Is(err, context.DeadlineExceeded):
		return Errorf(Timeout, "", "%v", err)
	case errors.Is(err, context.Canceled):
		return Errorf(ShuttingDown, "", "cannot wait any longer: the server ends")
	default:
		return &Error{Code: CodeInternal, Message: err.Error()}
	}
}
