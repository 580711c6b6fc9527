package account

import (
	"errors"
	"fmt"
	"io"
	"os"

	"golang.org/x/sys/unix"
)

// readRegular reads a file of at most limit bytes. A FIFO or a device is refused, and
// nobody waits for its writer.
func readRegular(path string, limit int) ([]byte, error) {
	fd, err := unix.Open(path, unix.O_RDONLY|unix.O_NONBLOCK|unix.O_CLOEXEC, 0)
	if err != nil {
		return nil, err
	}
	file := os.NewFile(uintptr(fd), path)
	defer file.Close()
	var st unix.Stat_t
	switch err := unix.Fstat(fd, &st); {
	case err != nil:
		return nil, err
	case st.Mode&unix.S_IFMT != unix.S_IFREG:
		return nil, errors.New("it is no regular file")
	case st.Size > int64(limit):
		return nil, fmt.Errorf("it has %d bytes, and at most %d are read", st.Size, limit)
	}
	return io.ReadAll(io.LimitReader(file, int64(limit)))
}
