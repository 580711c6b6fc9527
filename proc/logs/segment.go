package logs

import (
	"bytes"
	"errors"
	"os"
	"time"

	"golang.org/x/sys/unix"
)

// resolution is the time within which chunks share a record of the index.
const resolution = time.Millisecond

// segment is a file with a part of a stream, and its index. Only the pump uses it.
type segment struct {
	path    string // the index is at path + ".idx"
	base    int64  // offset in the stream of the first byte
	size    int64  // bytes
	data    int    // file descriptors, -1 while closed
	index   int
	slab    *slab  // nil: the file is as long as it has bytes
	records int64  // in the index
	last    record // the newest one
}

// open makes or opens both files. It does nothing where they are open.
func (g *segment) open() error {
	if g.data >= 0 {
		return nil
	}
	const flags = unix.O_RDWR | unix.O_CREAT | unix.O_CLOEXEC | unix.O_NOFOLLOW
	data, err := unix.Open(g.path, flags, 0o600)
	if err != nil {
		return err
	}
	index, err := unix.Open(g.path+".idx", flags, 0o600)
	if err != nil {
		unix.Close(data)
		return err
	}
	g.data, g.index = data, index
	return nil
}

func (g *segment) close() {
	if g.data < 0 {
		return
	}
	unix.Close(g.data)
	unix.Close(g.index)
	g.data, g.index = -1, -1
}

// removeSegment removes the files of a segment.
func removeSegment(path string) {
	unix.Unlink(path)
	unix.Unlink(path + ".idx")
}

// removeSegments removes those of a ring that begin at bases.
func removeSegments(path string, bases []int64) {
	for _, base := range bases {
		removeSegment(segmentPath(path, base))
	}
}

// note says in the index that the bytes which come next come now, after lost lines
// that could not be kept. A record that no byte followed is overwritten.
func (g *segment) note(now time.Time, lost int64) error {
	r := record{at: g.base + g.size, wall: now.UnixNano(), lost: lost}
	slot := g.records
	switch age := r.wall - g.last.wall; {
	case g.records > 0 && g.last.at == r.at:
		slot--
	case g.records > 0 && lost == 0 && age >= 0 && age < int64(resolution):
		return nil
	}
	b := r.encode()
	n, err := unix.Pwrite(g.index, b[:], slot*recordSize)
	if err == nil && n < recordSize {
		err = unix.ENOSPC
	}
	if err != nil {
		return err
	}
	g.records, g.last = slot+1, r
	return nil
}

// take moves up to want bytes from a pipe to the end of the segment. It never waits.
func (g *segment) take(pipe int, want int64) (int64, error) {
	for {
		off := g.size
		n, err := unix.Splice(pipe, nil, g.data, &off, int(want), unix.SPLICE_F_NONBLOCK|unix.SPLICE_F_MOVE)
		if errors.Is(err, unix.EINTR) {
			continue
		}
		if n > 0 {
			g.size += n
		}
		return max(n, 0), err
	}
}

// put appends b and returns how much of it there was room for.
func (g *segment) put(b []byte) (int64, error) {
	n, err := unix.Pwrite(g.data, b, g.size)
	g.size += int64(max(n, 0))
	return int64(max(n, 0)), err
}

// newlines counts the lines that end in the segment.
func (g *segment) newlines(scratch []byte) int64 {
	var lines int64
	for off := int64(0); off < g.size; {
		n, err := unix.Pread(g.data, scratch, off)
		if err != nil || n == 0 {
			break
		}
		lines += int64(bytes.Count(scratch[:n], []byte{'\n'}))
		off += int64(n)
	}
	return lines
}

// reopenSegment finds out how far the segment at path had come. A torn last
// record is overwritten by the next one, an index that speaks of other bytes is emptied.
func reopenSegment(path string, base int64) (*segment, error) {
	data, err := os.Stat(path)
	if err != nil {
		return nil, err
	}
	g := &segment{path: path, base: base, size: data.Size(), data: -1, index: -1}
	b, err := os.ReadFile(path + ".idx")
	if err != nil && !errors.Is(err, os.ErrNotExist) {
		return nil, err
	}
	if g.records = int64(len(b)) / recordSize; g.records > 0 {
		g.last = decode(b[(g.records-1)*recordSize:])
	}
	if g.records > 0 && (g.last.at < base || g.last.at > base+g.size) {
		g.records, g.last = 0, record{}
		return g, os.Truncate(path+".idx", 0)
	}
	return g, nil
}
