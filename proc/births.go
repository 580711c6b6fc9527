package proc

import (
	"bytes"
	"fmt"
	"os"
	"strconv"
	"strings"
	"sync/atomic"

	"golang.org/x/sys/unix"
)

// births is the register of births: a line before each fork, "NAME GEN", and a line
// "NAME GEN PID" the moment the child exists. The core's record of a birth waits
// for the loop; if the server dies before that is on file, and the child too, the
// register tells the successor whose death it hears of. If the server died in the
// fork itself, the first line tells for whom there may be a death that nobody knows.
//
// The spawner alone writes it, by a descriptor in its own table.
type births struct {
	fd    int
	bytes int
	open  *atomic.Int64 // births of which the core has no record yet
}

// birthsMax is the size from which the register begins anew, once all that is in
// it is on file elsewhere.
const birthsMax = 64 << 10

// openBirths opens the register; "": there is none.
func openBirths(path string, open *atomic.Int64) (*births, error) {
	if path == "" {
		return &births{fd: -1, open: open}, nil
	}
	fd, err := unix.Open(path, unix.O_WRONLY|unix.O_CREAT|unix.O_APPEND|unix.O_CLOEXEC|unix.O_NOFOLLOW, 0o600)
	if err != nil {
		return &births{fd: -1, open: open}, fmt.Errorf("cannot open the register of births: %w", err)
	}
	return &births{fd: fd, bytes: birthsMax, open: open}, nil
}

// begin writes down that a fork comes next.
func (b *births) begin(name string, gen uint64) {
	if b.bytes >= birthsMax && b.open.Load() == 0 && b.fd >= 0 && unix.Ftruncate(b.fd, 0) == nil {
		b.bytes = 0
	}
	b.write(fmt.Appendf(nil, "%s %d\n", name, gen))
}

// enter writes a birth down. Where that fails, as on a full disk, there is the mark
// in the child's environment still.
func (b *births) enter(name string, gen uint64, pid int) {
	b.write(fmt.Appendf(nil, "%s %d %d\n", name, gen, pid))
}

func (b *births) write(line []byte) {
	if b.fd >= 0 {
		n, _ := unix.Write(b.fd, line)
		b.bytes += max(n, 0)
	}
}

// incarnation is who was born.
type incarnation struct {
	name string
	gen  uint64
}

// register is what the register of births tells.
type register struct {
	pids map[incarnation]int
	last incarnation // whose fork was begun last
	pid  int         // of the last birth there was before that; 0: not known
}

// readBirths reads the register. A line that does not parse, as the last one of a
// full disk, tells nothing.
func readBirths(path string) register {
	r := register{pids: map[incarnation]int{}}
	text, err := os.ReadFile(path)
	if err != nil {
		return r
	}
	for line := range bytes.Lines(text) {
		words := strings.Fields(string(line))
		if len(words) < 2 || line[len(line)-1] != '\n' {
			continue
		}
		gen, err := strconv.ParseUint(words[1], 10, 64)
		if err != nil {
			continue
		}
		r.last = incarnation{words[0], gen}
		if len(words) == 3 {
			if pid, err := strconv.Atoi(words[2]); err == nil && pid > 1 {
				r.pids[r.last], r.pid = pid, pid
			}
		}
	}
	return r
}
