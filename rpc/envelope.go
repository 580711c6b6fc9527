package rpc

import (
	"bytes"
	"encoding/json"
	"errors"
)

// version is what every envelope says in its key jsonrpc.
const version = "2.0"

// maxID is the longest id in bytes, as it is written: the server keeps it while the
// request is under way.
const maxID = 256

// usual is the size that most answers do not exceed, in bytes.
const usual = 512

// request is the envelope of a request; ID and Params are as they were sent.
type request struct {
	Version string          `json:"jsonrpc"`
	ID      json.RawMessage `json:"id"`
	Method  string          `json:"method"`
	Params  json.RawMessage `json:"params"`
}

// silent tells whether the request is a notification: it gets no answer.
func (r request) silent() bool { return r.ID == nil }

// parseRequest reads an envelope. With an error the request has the id that the
// answer is to carry. An error with CodeParse means that the peer does not speak
// JSON at all.
func parseRequest(frame []byte) (request, *Error) {
	var r request
	err := json.Unmarshal(frame, &r)
	if _, bad := errors.AsType[*json.SyntaxError](err); bad {
		return request{}, &Error{Code: CodeParse, Message: "cannot read the frame: it is no JSON: " + err.Error()}
	}
	if !validID(r.ID) {
		return request{}, invalid("id must be a number or a string of at most 256 bytes")
	}
	switch {
	case bytes.HasPrefix(bytes.TrimLeft(frame, " \t\r\n"), []byte("[")):
		return r, invalid("batches are not served; send one request a frame")
	case err != nil:
		return r, invalid("method and jsonrpc must be strings in an object")
	case r.Version != version:
		return r, invalid(`jsonrpc must be "2.0"`)
	case r.Method == "":
		return r, invalid("method is missing")
	}
	return r, nil
}

// validID accepts absent, numbers and strings. Null is what answers have where there
// was no id to read: who asked with it could not tell its answer.
func validID(id json.RawMessage) bool {
	if len(id) == 0 {
		return true
	}
	if len(id) > maxID {
		return false
	}
	switch first := id[0]; {
	case first == '"', first == '-', first >= '0' && first <= '9':
		return true
	default:
		return false
	}
}

// invalid returns an error with CodeInvalidRequest.
func invalid(cause string) *Error {
	return &Error{Code: CodeInvalidRequest, Message: "bad request: " + cause}
}

// resultFrame returns the frame of an answer, or of an error if the result can't be
// sent.
func resultFrame(id json.RawMessage, result any) []byte {
	frame, err := encodeFrame([]string{`{"jsonrpc":"2.0","id":`, idText(id), `,"result":`}, result)
	if err != nil {
		return errorFrame(id, answerable(err))
	}
	return frame
}

// errorFrame returns the frame of an answer that is an error.
func errorFrame(id json.RawMessage, fault *Error) []byte {
	frame, err := encodeFrame([]string{`{"jsonrpc":"2.0","id":`, idText(id), `,"error":`}, fault)
	if err != nil {
		// Only a message that fills a frame by itself gets here.
		return errorFrame(id, Errorf(TooLarge, "", "cannot send the error: it is too long"))
	}
	return frame
}

// noteFrame returns the frame of a notification: the keys of params, an object, and
// the subscription's.
func noteFrame(method string, subscription uint64, params any) ([]byte, error) {
	text, err := encodeFrame([]string{`{"jsonrpc":"2.0","method":"`, method, `","params":`}, params)
	if err != nil {
		return nil, err
	}
	// The frame ends in "}}": the inner one is opened again.
	own, err := json.Marshal(Subscription{subscription})
	if err != nil {
		return nil, err
	}
	text = text[:len(text)-2]
	if text[len(text)-1] != '{' {
		text = append(text, ',')
	}
	return sealFrame(append(append(text, own[1:]...), '}'))
}

// idText is the id as it was sent, or null.
func idText(id json.RawMessage) string {
	if id == nil {
		return "null"
	}
	return string(id)
}

// encodeFrame writes the beginning of an envelope, a value, and the closing brace.
func encodeFrame(open []string, value any) ([]byte, error) {
	out := bytes.NewBuffer(make([]byte, headSize, usual))
	for _, part := range open {
		out.WriteString(part)
	}
	enc := json.NewEncoder(out)
	enc.SetEscapeHTML(false) // lines of output are full of < and &
	if err := enc.Encode(value); err != nil {
		return nil, err
	}
	frame := bytes.TrimSuffix(out.Bytes(), []byte("\n"))
	return sealFrame(append(frame, '}'))
}
