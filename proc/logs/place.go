package logs

import (
	"encoding/binary"
	"fmt"
	"os"
	"strconv"
	"strings"

	"golang.org/x/sys/unix"
)

// target says where a service's output is copied to.
type target struct {
	path    string // empty: nowhere
	maxSize int64  // bytes at which it is rotated; 0: never
	keep    int    // rotated files
}

// place is how far a copy has come, and what is being written at this moment. With
// the file's size before and after, a successor knows how much of it was.
type place struct {
	at     [2]int64 // offsets in the streams, stdout and stderr, of the next byte
	stream int64    // whose bytes are being written; -1: none are
	to     int64    // offset behind the last one of them
	dev    uint64   // the file
	ino    uint64
	size   int64 // of the file before
}

// placeSize is the length in bytes of a place on file. It is written in one piece
// within a page, so a kill leaves the old one or the new one.
const placeSize = 7 * 8

func (p place) encode() []byte {
	b := make([]byte, 0, placeSize)
	for _, n := range []uint64{uint64(p.at[0]), uint64(p.at[1]), uint64(p.stream), uint64(p.to), p.dev, p.ino, uint64(p.size)} {
		b = binary.LittleEndian.AppendUint64(b, n)
	}
	return b
}

func decodePlace(b []byte) place {
	word := func(i int) uint64 { return binary.LittleEndian.Uint64(b[i*8:]) }
	return place{
		at: [2]int64{int64(word(0)), int64(word(1))}, stream: int64(word(2)), to: int64(word(3)),
		dev: word(4), ino: word(5), size: int64(word(6)),
	}
}

// settled is the place of a successor. Where the file is another one now, or was cut
// short, what was being written counts as written: most kills come between writes.
// torn says that only a part was.
func (p place) settled(path string) (next place, torn bool) {
	next = place{at: p.at, stream: -1}
	if p.stream != 0 && p.stream != 1 || p.to <= p.at[p.stream] {
		return next, false
	}
	var st unix.Stat_t
	written := p.to - p.at[p.stream]
	if err := unix.Stat(path, &st); err == nil && st.Ino == p.ino && uint64(st.Dev) == p.dev && st.Size >= p.size {
		torn = st.Size > p.size && st.Size-p.size < written
		written = min(written, st.Size-p.size)
	}
	next.at[p.stream] += written
	return next, torn
}

// notebook is the file in the run directory that holds a place, and behind it the
// target, "SIZE KEEP PATH": so the copy goes on before anybody else has spoken. The
// copyist writes into it, the store makes and removes it.
type notebook struct{ fd int }

// makeNotebook makes the notebook at path anew, whole or not at all.
func makeNotebook(path string, t target, p place) (*notebook, error) {
	text := fmt.Appendf(p.encode(), "%d %d %s", t.maxSize, t.keep, t.path)
	fd, err := unix.Open(path+".new", unix.O_WRONLY|unix.O_CREAT|unix.O_TRUNC|unix.O_CLOEXEC|unix.O_NOFOLLOW, 0o600)
	if err != nil {
		return nil, fmt.Errorf("cannot make %s: %w", path, err)
	}
	n, err := unix.Write(fd, text)
	if err == nil && n < len(text) {
		err = unix.ENOSPC
	}
	if err == nil {
		err = unix.Rename(path+".new", path)
	}
	if err != nil {
		unix.Close(fd)
		unix.Unlink(path + ".new")
		return nil, fmt.Errorf("cannot write %s: %w", path, err)
	}
	return &notebook{fd}, nil
}

// readNotebook reads what a predecessor left. A notebook that makes no sense is none.
func readNotebook(path string) (t target, p place, ok bool) {
	b, err := os.ReadFile(path)
	if err != nil || len(b) < placeSize {
		return t, p, false
	}
	words := strings.SplitN(string(b[placeSize:]), " ", 3)
	if len(words) < 3 || words[2] == "" {
		return t, p, false
	}
	t.path = words[2]
	if t.maxSize, err = strconv.ParseInt(words[0], 10, 64); err != nil {
		return t, p, false
	}
	t.keep, err = strconv.Atoi(words[1])
	return t, decodePlace(b), err == nil
}

// write notes a place. What cannot be noted is repeated after a kill.
func (n *notebook) write(p place) {
	if n != nil {
		_, _ = unix.Pwrite(n.fd, p.encode(), 0)
	}
}

func (n *notebook) close() {
	if n != nil {
		unix.Close(n.fd)
	}
}
