package main

import (
	"context"
	"encoding/binary"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"sync/atomic"
	"syscall"
	"time"
	"unsafe"

	"golang.org/x/sys/unix"
)

// markSize is that of service.c.
const markSize = (4 + 2*32768) * 8

// mark is the file in which the trivial services say that they began; service.c
// has its layout.
type mark struct {
	path string
	mem  []byte
}

func newMark(dir string) (*mark, error) {
	f, err := os.CreateTemp(dir, "mark")
	if err != nil {
		return nil, err
	}
	defer f.Close()
	if err := f.Truncate(markSize); err != nil {
		return nil, err
	}
	mem, err := unix.Mmap(int(f.Fd()), 0, markSize, unix.PROT_READ|unix.PROT_WRITE, unix.MAP_SHARED)
	return &mark{path: f.Name(), mem: mem}, err
}

// word reads the i-th number after those before it were written.
func (m *mark) word(i int) uint64 {
	return atomic.LoadUint64((*uint64)(unsafe.Pointer(&m.mem[8*i])))
}

func (m *mark) starts() int { return int(m.word(0)) }

// start gives the instant (CLOCK_MONOTONIC) and the pid of the i-th start.
func (m *mark) start(i int) (time.Duration, int) {
	at := m.mem[8*(4+2*i):]
	return time.Duration(binary.NativeEndian.Uint64(at)), int(binary.NativeEndian.Uint64(at[8:]))
}

// await waits until n services began and gives the instant of the last.
func (m *mark) await(ctx context.Context, n int) (last time.Duration, err error) {
	for m.starts() < n {
		select {
		case <-ctx.Done():
			return 0, fmt.Errorf("only %d of %d services began: %w", m.starts(), n, ctx.Err())
		case <-time.After(500 * time.Microsecond):
		}
	}
	for i := range n {
		at, _ := m.start(i)
		last = max(last, at)
	}
	return last, nil
}

// living gives the pids that began, have not ended, and still run the service.
func (m *mark) living(service string) (pids []int) {
	for i := range m.starts() {
		_, pid := m.start(i)
		if exe, _ := os.Readlink(filepath.Join("/proc", strconv.Itoa(pid), "exe")); exe == service {
			pids = append(pids, pid)
		}
	}
	return pids
}

// close ends what the services' supervisor left running.
func (m *mark) close(service string) {
	for _, pid := range m.living(service) {
		_ = syscall.Kill(pid, syscall.SIGKILL)
	}
	_ = unix.Munmap(m.mem)
	_ = os.Remove(m.path)
}

// clock is CLOCK_MONOTONIC, the clock of the marks.
func clock() time.Duration {
	var t unix.Timespec
	_ = unix.ClockGettime(unix.CLOCK_MONOTONIC, &t)
	return time.Duration(t.Nano())
}
