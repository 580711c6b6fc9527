package rpc

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"reflect"
	"slices"
	"strings"
	"time"
)

// maxTimeoutMs is the longest timeout_ms, the longest duration there is.
const maxTimeoutMs = int64(math.MaxInt64 / time.Millisecond)

// checker is implemented by params with limits that their types do not express. check
// may put a value into its usual form.
type checker interface{ check() error }

// decoder returns a strict decoder for the params of a method: an object whose keys
// are all known, exactly so written, of the right type, with all that are required.
// A key that is null counts as absent.
func decoder[P any](required ...string) func(json.RawMessage) (P, error) {
	known := keysOf(reflect.TypeFor[P]())
	return func(raw json.RawMessage) (p P, err error) {
		err = decode(raw, &p, known, required)
		return p, err
	}
}

// decode is what a decoder does, whatever the type.
func decode(raw json.RawMessage, to any, known, required []string) error {
	if bytes.Equal(raw, []byte("null")) {
		raw = nil
	}
	if len(raw) == 0 && len(required) == 0 {
		return nil
	}
	if err := checkKeys(raw, known, required); err != nil {
		return err
	}
	if err := json.Unmarshal(raw, to); err != nil {
		return wrongType(err)
	}
	if c, ok := to.(checker); ok {
		return c.check()
	}
	return nil
}

// keysOf returns the keys of a struct, in its order.
func keysOf(t reflect.Type) []string {
	var keys []string
	for i := range t.NumField() {
		key, _, _ := strings.Cut(t.Field(i).Tag.Get("json"), ",")
		keys = append(keys, key)
	}
	return keys
}

// checkKeys exists because encoding/json takes "NAME" for "name".
func checkKeys(raw json.RawMessage, known, required []string) error {
	var given map[string]json.RawMessage
	if len(raw) > 0 {
		if err := json.Unmarshal(raw, &given); err != nil {
			return badParams("params must be an object with keys")
		}
	}
	for key := range given {
		if !slices.Contains(known, key) {
			return unknownKey(key, known)
		}
	}
	for _, key := range required {
		switch string(given[key]) {
		case "", "null", `""`:
			return badParams("%s is missing", key)
		}
	}
	return nil
}

// unknownKey names the key and those that are allowed.
func unknownKey(key string, known []string) error {
	e := badParams("unknown key %.64q", key)
	e.Data.Hint = "this method takes no params"
	if len(known) > 0 {
		e.Data.Hint = "allowed: " + strings.Join(known, ", ")
	}
	return e
}

// wrongType makes of an error of encoding/json one that names the key.
func wrongType(err error) error {
	wrong, ok := errors.AsType[*json.UnmarshalTypeError](err)
	if !ok {
		return badParams("%v", err)
	}
	return badParams("%s must be %s, not %s", wrong.Field, typeWord(wrong.Type), wrong.Value)
}

// typeWord names a type as JSON has it.
func typeWord(t reflect.Type) string {
	switch t.Kind() {
	case reflect.String:
		return "a string"
	case reflect.Bool:
		return "true or false"
	case reflect.Int, reflect.Int64:
		return "a whole number"
	case reflect.Slice:
		return "an array of strings"
	default:
		return "a " + t.String()
	}
}

// badParams returns an error with CodeInvalidParams.
func badParams(format string, args ...any) *Error {
	return &Error{Code: CodeInvalidParams, Message: "bad params: " + fmt.Sprintf(format, args...)}
}

func (p *Order) check() error {
	if p.TimeoutMs < 0 || p.TimeoutMs > maxTimeoutMs {
		return badParams("timeout_ms must be from 0 to %d", maxTimeoutMs)
	}
	return nil
}

func (p *Kill) check() error {
	if bytes.Equal(p.Signal, []byte("null")) {
		p.Signal = nil
	}
	if len(p.Signal) == 0 || p.Signal[0] == '"' {
		return nil
	}
	var number int
	if json.Unmarshal(p.Signal, &number) != nil {
		return badParams("signal must be a name or a whole number")
	}
	return nil
}

func (p *LogQuery) check() error {
	if p.Lines != nil && *p.Lines < 0 {
		return badParams("lines must not be negative")
	}
	if p.SinceMs < 0 {
		return badParams("since_ms must not be negative")
	}
	switch p.Stream {
	case "", "stdout", "stderr", "syslog":
		return nil
	default:
		return badParams("stream must be stdout, stderr or syslog, not %.64q", p.Stream)
	}
}
