package rpc

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"strings"
	"testing"
	"testing/iotest"
)

func TestReadFrame(t *testing.T) {
	for _, test := range []struct {
		name, bytes string
		want        string
		code        int   // of the *Error, else:
		err         error // exactly
	}{
		{name: "a frame", bytes: "\x00\x00\x00\x02{}", want: "{}"},
		{name: "the first of two", bytes: "\x00\x00\x00\x02{}\x00\x00\x00\x02[]", want: "{}"},
		{name: "nothing", err: io.EOF},
		{name: "half a head", bytes: "\x00\x00", err: io.ErrUnexpectedEOF},
		{name: "a head only", bytes: "\x00\x00\x00\x02", err: io.ErrUnexpectedEOF},
		{name: "half a body", bytes: "\x00\x00\x00\x02{", err: io.ErrUnexpectedEOF},
		{name: "length 0", bytes: "\x00\x00\x00\x00", code: CodeInvalidRequest},
		{name: "one too long", bytes: "\x00\x40\x00\x01{}", code: CodeServer},
		{name: "as long as can be said", bytes: "\xff\xff\xff\xff{}", code: CodeServer},
		{name: "no UTF-8", bytes: "\x00\x00\x00\x03\"\xff\"", code: CodeParse},
	} {
		t.Run(test.name, func(t *testing.T) {
			got, err := ReadFrame(strings.NewReader(test.bytes))
			if string(got) != test.want {
				t.Errorf("got %q, want %q", got, test.want)
			}
			fault, _ := errors.AsType[*Error](err)
			if test.code != 0 && (fault == nil || fault.Code != test.code) {
				t.Errorf("error %v, want code %d", err, test.code)
			}
			if test.code == 0 && err != test.err {
				t.Errorf("error %v, want %v", err, test.err)
			}
		})
	}
}

func TestFrameByteByByte(t *testing.T) {
	content := []byte(`"` + strings.Repeat("ä", 20_000) + `"`)
	var wire bytes.Buffer
	if err := WriteFrame(&wire, content); err != nil {
		t.Fatal(err)
	}
	got, err := ReadFrame(iotest.OneByteReader(&wire))
	if err != nil || !bytes.Equal(got, content) {
		t.Errorf("got %d bytes, error %v; want %d", len(got), err, len(content))
	}
}

func TestFrameLimit(t *testing.T) {
	var wire bytes.Buffer
	longest := bytes.Repeat([]byte(" "), MaxFrame)
	if err := WriteFrame(&wire, longest); err != nil {
		t.Fatal(err)
	}
	if got, err := ReadFrame(&wire); err != nil || len(got) != MaxFrame {
		t.Errorf("got %d bytes, error %v", len(got), err)
	}
	if err := WriteFrame(&wire, append(longest, ' ')); !IsKind(err, TooLarge) {
		t.Errorf("error %v, want kind too_large", err)
	}
	if err := WriteFrame(&wire, nil); err == nil {
		t.Error("a frame of length 0 was written")
	}
	if wire.Len() > 0 {
		t.Errorf("%d bytes were written in spite of an error", wire.Len())
	}
}

// Somebody who announces 4 MiB and sends little must not cost 4 MiB.
func TestFrameMemoryGrowsWithWhatArrives(t *testing.T) {
	for _, arrives := range []int{0, 1, firstRead, 100_000} {
		r := &roomReader{left: arrives}
		if _, err := readBody(r, MaxFrame); err != io.ErrUnexpectedEOF {
			t.Fatal(err)
		}
		if limit := 3*arrives + 2*firstRead; r.room > limit {
			t.Errorf("room for %d bytes when %d arrived", r.room, arrives)
		}
	}
}

// roomReader notes how much room it is given.
type roomReader struct{ left, got, room int }

func (r *roomReader) Read(p []byte) (int, error) {
	r.room = max(r.room, r.got+len(p))
	if r.left == 0 {
		return 0, io.EOF
	}
	n := min(len(p), r.left)
	r.left -= n
	r.got += n
	return n, nil
}

// FuzzFrame reads arbitrary bytes as frames, as a server does.
func FuzzFrame(f *testing.F) {
	for _, seed := range []string{
		"", "\x00", "\x00\x00\x00\x00", "\xff\xff\xff\xff", "\x00\x00\x00\x02{}",
		"\x00\x00\x00\x01[", "\x00\x00\x00\x04null", "\x00\x00\x00\x01\xff",
		string(frameOf(`{"jsonrpc":"2.0","id":1,"method":"system.ping"}`)),
		string(frameOf(`{"jsonrpc":"2.0","id":"a","method":"service.start","params":{"name":"web","wait":null}}`)),
		string(frameOf(`[{"jsonrpc":"2.0","id":1,"method":"system.ping"}]`)),
		string(frameOf(`{"jsonrpc":"2.0","id":{},"method":"m","params":[1]}`)),
	} {
		f.Add([]byte(seed))
	}
	table := methods()
	f.Fuzz(func(t *testing.T, wire []byte) {
		in := bytes.NewReader(wire)
		for {
			content, err := ReadFrame(in)
			if err != nil {
				return
			}
			var again bytes.Buffer
			if err := WriteFrame(&again, content); err != nil || again.Len() != headSize+len(content) {
				t.Fatalf("cannot write what was read: %v", err)
			}
			r, fault := parseRequest(content)
			if fault != nil {
				checkAnswer(t, errorFrame(r.ID, fault))
				continue
			}
			if m, ok := table[r.Method]; ok && m.run != nil {
				result, err := m.run(t.Context(), &fake{}, Peer{}, r.Params)
				if err != nil {
					checkAnswer(t, errorFrame(r.ID, answerable(err)))
				} else {
					checkAnswer(t, resultFrame(r.ID, result))
				}
			}
		}
	})
}

// checkAnswer wants a frame that a peer can read.
func checkAnswer(t *testing.T, frame []byte) {
	t.Helper()
	content, err := ReadFrame(bytes.NewReader(frame))
	if err != nil || !json.Valid(content) {
		t.Fatalf("bad answer %q: %v", frame, err)
	}
}
