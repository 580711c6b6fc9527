package logs

import (
	"bytes"
	"encoding/binary"
	"errors"
	"math/rand/v2"
	"os"

	"golang.org/x/sys/unix"
)

// mark says how far a segment has come whose file does not: it is a slab. Before each
// read it is written down, with how many bytes are wanted, and the nonce is put where
// the last of them will be. A read of no more than what is in the pipe is done as a
// whole or, if a kill is quicker, not at all: what could end it early, pages that are
// not there, a slab does without. So a successor can see by the nonce whether it was done.
type mark struct {
	base  int64 // of the segment
	size  int64 // bytes that it has
	want  int64 // bytes that are about to be read
	nonce nonce
}

// nonce are bytes that nobody else knows.
type nonce [nonceSize]byte

const (
	nonceSize = 16
	markSize  = 3*8 + nonceSize
)

func (m mark) encode() []byte {
	b := make([]byte, 0, markSize)
	for _, n := range []int64{m.base, m.size, m.want} {
		b = binary.LittleEndian.AppendUint64(b, uint64(n))
	}
	return append(b, m.nonce[:]...)
}

func decodeMark(b []byte) mark {
	word := func(i int) int64 { return int64(binary.LittleEndian.Uint64(b[i*8:])) }
	m := mark{base: word(0), size: word(1), want: word(2)}
	copy(m.nonce[:], b[3*8:])
	return m
}

// marker is the file of an ear's mark, beside the segments. A mark is written within a
// page, in one piece, so a kill leaves the old one or the new one.
type marker struct {
	fd    int
	nonce nonce
}

func markPath(path string) string { return path + ".mark" }

func makeMarker(path string) (*marker, error) {
	fd, err := unix.Open(markPath(path), unix.O_WRONLY|unix.O_CREAT|unix.O_TRUNC|unix.O_CLOEXEC|unix.O_NOFOLLOW, 0o600)
	if err != nil {
		return nil, err
	}
	m := &marker{fd: fd}
	binary.LittleEndian.PutUint64(m.nonce[:], rand.Uint64())
	binary.LittleEndian.PutUint64(m.nonce[8:], rand.Uint64())
	return m, nil
}

func (m *marker) write(base, size, want int64) error {
	n, err := unix.Pwrite(m.fd, mark{base, size, want, m.nonce}.encode(), 0)
	if err == nil && n < markSize {
		err = unix.ENOSPC
	}
	return err
}

func (m *marker) remove(path string) {
	unix.Unlink(markPath(path))
	unix.Close(m.fd)
}

// settle finishes what a predecessor had begun with a slab, and makes a plain segment
// of it, whose file is as long as it has bytes.
func settle(path string) error {
	b, err := os.ReadFile(markPath(path))
	if errors.Is(err, os.ErrNotExist) || err == nil && len(b) < markSize {
		return nil // there is no slab
	}
	if err != nil {
		return err
	}
	m := decodeMark(b)
	f, err := os.OpenFile(segmentPath(path, m.base), os.O_RDWR, 0)
	if errors.Is(err, os.ErrNotExist) {
		return nil // it was about to be made
	}
	if err != nil {
		return err
	}
	defer f.Close()
	st, err := f.Stat()
	if err != nil || m.size < 0 || m.want < 0 || m.size > st.Size() || m.want > st.Size()-m.size {
		return err // the mark makes no sense
	}
	if m.want >= nonceSize {
		last := make([]byte, nonceSize)
		if _, err := f.ReadAt(last, m.size+m.want-nonceSize); err != nil {
			return err
		}
		if !bytes.Equal(last, m.nonce[:]) {
			m.size += m.want
		}
	}
	return f.Truncate(m.size)
}
