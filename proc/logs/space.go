package logs

import (
	"fmt"
	"math"

	"golang.org/x/sys/unix"
)

const (
	leastReserve = 1 << 20  // bytes
	mostReserve  = 16 << 20 // bytes
	survey       = 1 << 20  // so many bytes may be written between two looks
)

// errShort says why output is dropped while there is a little space yet.
var errShort = fmt.Errorf("the file system is nearly full: %w", unix.ENOSPC)

// space watches the file system of the logs, on which others have to write too:
// what the server saves about its services is there. Output may not take the last
// of it. What is reserved is 1/16 of the file system, 1 MiB at least and 16 MiB at
// most, but never more than half.
type space struct {
	dir    string
	credit int64 // so many bytes may be written before the next look
	short  bool  // the reserve was reached, and there is not much more yet
}

// allow returns errShort where output may take no more. Once that has been so, there
// must be an eighth of the reserve in excess of it: a few bytes would be gone at once.
func (s *space) allow() error {
	if s.credit > 0 {
		return nil
	}
	free, reserve := s.look()
	if s.short {
		reserve += reserve / 8
	}
	s.short = free <= reserve
	if s.short {
		return errShort
	}
	s.credit = min(free-reserve, survey)
	return nil
}

// spend tells that n bytes, and a record of the index, were written.
func (s *space) spend(n int64) { s.credit -= n + recordSize }

// excess is how many bytes output may take at this moment.
func (s *space) excess() int64 {
	free, reserve := s.look()
	return free - reserve
}

// look returns the free and the reserved bytes. Where the file system does not
// say, or has no limit, there is room.
func (s *space) look() (free, reserve int64) {
	var st unix.Statfs_t
	if err := unix.Statfs(s.dir, &st); err != nil || st.Blocks == 0 {
		return math.MaxInt64, 0
	}
	total := int64(st.Blocks) * st.Bsize
	reserve = min(max(leastReserve, total/16), mostReserve, total/2)
	return int64(st.Bavail) * st.Bsize, reserve
}
