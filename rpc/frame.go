package rpc

import (
	"encoding/binary"
	"errors"
	"io"
	"slices"
	"unicode/utf8"
)

// MaxFrame is the longest JSON value that a frame carries, in bytes.
const MaxFrame = 4 << 20

// headSize is the length of a frame's head in bytes.
const headSize = 4

// firstRead is how much is allocated for a frame before any of it has arrived.
const firstRead = 4 << 10

// ReadFrame reads one frame and returns its content, valid UTF-8 that may still be
// no JSON. Memory grows with what arrives, not with the length that was announced.
// The error is io.EOF if r ends between two frames, io.ErrUnexpectedEOF if it ends
// within one, and an *Error that may be sent to the peer if the frame is malformed;
// then r is not to be read any further.
func ReadFrame(r io.Reader) ([]byte, error) {
	var head [headSize]byte
	if _, err := io.ReadFull(r, head[:]); err != nil {
		return nil, err
	}
	size, err := frameSize(head[:])
	if err != nil {
		return nil, err
	}
	return readBody(r, size)
}

// WriteFrame writes one frame, by a single call of Write. Its error is an *Error of
// kind too_large, and nothing has been written, if content does not fit.
func WriteFrame(w io.Writer, content []byte) error {
	frame, err := sealFrame(append(make([]byte, headSize, headSize+len(content)), content...))
	if err != nil {
		return err
	}
	_, err = w.Write(frame)
	return err
}

// frameSize reads a head and checks what it announces.
func frameSize(head []byte) (int, error) {
	switch size := binary.BigEndian.Uint32(head); {
	case size == 0:
		return 0, &Error{Code: CodeInvalidRequest, Message: "cannot read a frame of length 0"}
	case size > MaxFrame:
		return 0, Errorf(TooLarge, "", "cannot read a frame of %d bytes: the limit is %d", size, MaxFrame)
	default:
		return int(size), nil
	}
}

// readBody reads size bytes into a slice that at most doubles with each read.
func readBody(r io.Reader, size int) ([]byte, error) {
	body := make([]byte, 0, min(size, firstRead))
	for len(body) < size {
		body = slices.Grow(body, min(max(len(body), 1), size-len(body)))
		n, err := r.Read(body[len(body):min(cap(body), size)])
		body = body[:len(body)+n]
		if err != nil && len(body) < size {
			if errors.Is(err, io.EOF) {
				err = io.ErrUnexpectedEOF
			}
			return nil, err
		}
	}
	if !utf8.Valid(body) {
		return nil, &Error{Code: CodeParse, Message: "cannot read the frame: it is no valid UTF-8"}
	}
	return body, nil
}

// sealFrame writes the head of a frame whose first 4 bytes were left free for it.
func sealFrame(frame []byte) ([]byte, error) {
	size := len(frame) - headSize
	switch {
	case size <= 0:
		return nil, errors.New("cannot send a frame of length 0")
	case size > MaxFrame:
		return nil, Errorf(TooLarge, "", "cannot send %d bytes: the limit of a frame is %d", size, MaxFrame)
	}
	binary.BigEndian.PutUint32(frame, uint32(size))
	return frame, nil
}
