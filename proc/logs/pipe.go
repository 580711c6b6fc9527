package logs

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"golang.org/x/sys/unix"

	"zinit/proc/procfs"
)

// The pipe of an ear has a name in ears/, as a FIFO, or a number: then what is there is
// a symbolic link to what /proc calls it, "pipe:[NUMBER]". A numbered pipe is cheaper for
// who writes to it, but only who holds it can give it to a successor of ours.

// listen opens the pipe of a stream, which is made where it is absent.
func (s *Store) listen(name, stream string) (int, error) {
	path := s.pipe(name, stream)
	number, err := os.Readlink(path)
	if err == nil {
		fd, err := s.reopenNumbered(number)
		if err == nil {
			return fd, nil
		}
		s.options.Log.Warn("cannot find the output of a service again; it is heard from its next start on",
			"service", name, "stream", stream, "err", err)
		unix.Unlink(path)
	}
	if s.numbered && !errors.Is(err, unix.EINVAL) { // readlink(2): it is a FIFO
		return makeNumbered(path)
	}
	return openFIFO(path)
}

// outlet is the path at which any thread of ours opens an ear's pipe.
func (s *Store) outlet(e *ear) string {
	path := s.pipe(e.service, e.stream)
	if _, err := os.Readlink(path); err != nil {
		return path
	}
	return descriptor(e.fd)
}

func (s *Store) pipe(name, stream string) string {
	return filepath.Join(s.ears, name+"."+suffix(stream))
}

// pipeFlags open for reading and writing, so that the pipe never ends (fifo(7)).
const pipeFlags = unix.O_RDWR | unix.O_NONBLOCK | unix.O_CLOEXEC

// openFIFO makes a FIFO where it is absent and opens it. It refuses what is none.
func openFIFO(path string) (int, error) {
	if err := unix.Mkfifo(path, 0o600); err != nil && err != unix.EEXIST {
		return -1, fmt.Errorf("cannot make the pipe %s: %w", path, err)
	}
	fd, err := unix.Open(path, pipeFlags|unix.O_NOFOLLOW, 0)
	if err != nil {
		return -1, fmt.Errorf("cannot open the pipe %s: %w", path, err)
	}
	if numberOf(fd) == "" {
		unix.Close(fd)
		return -1, fmt.Errorf("cannot use %s as a pipe: it is a file of another kind; remove it", path)
	}
	return fd, nil
}

// makeNumbered makes a pipe whose number is noted at path.
func makeNumbered(path string) (int, error) {
	var ends [2]int
	if err := unix.Pipe2(ends[:], unix.O_CLOEXEC); err != nil {
		return -1, fmt.Errorf("cannot make the pipe %s: %w", path, err)
	}
	fd, err := unix.Open(descriptor(ends[0]), pipeFlags, 0)
	unix.Close(ends[0])
	unix.Close(ends[1])
	if err != nil {
		return -1, fmt.Errorf("cannot open the pipe %s: %w", path, err)
	}
	if err := os.Symlink(numberOf(fd), path); err != nil {
		unix.Close(fd)
		return -1, fmt.Errorf("cannot note the number of a pipe: %w", err)
	}
	return fd, nil
}

// reopenNumbered opens a pipe that somebody holds.
func (s *Store) reopenNumbered(number string) (int, error) {
	at := s.held[number]
	if at == "" {
		return -1, fmt.Errorf("nobody is seen to hold %s", number)
	}
	fd, err := unix.Open(at, pipeFlags, 0)
	if err != nil {
		return -1, fmt.Errorf("cannot open %s: %w", at, err)
	}
	if numberOf(fd) != number {
		unix.Close(fd)
		return -1, fmt.Errorf("%s is another pipe than %s by now", at, number)
	}
	return fd, nil
}

// pipePrefix begins what /proc calls a pipe without a name, "pipe:[NUMBER]" (proc_pid_fd(5)).
const pipePrefix = "pipe:["

// descriptor is the path of a descriptor of ours: of the process, also for a thread
// with a table of its own (proc_pid_fd(5)).
func descriptor(fd int) string { return "/proc/self/fd/" + strconv.Itoa(fd) }

// numberOf is what /proc calls the pipe behind fd; "": it is no pipe.
func numberOf(fd int) string {
	var st unix.Stat_t
	if err := unix.Fstat(fd, &st); err != nil || st.Mode&unix.S_IFMT != unix.S_IFIFO {
		return ""
	}
	return fmt.Sprintf(pipePrefix+"%d]", st.Ino)
}

// owned finds out who owns the pipes of a service, which are one user's: who owns the
// first.
func (sv *service) owned() error {
	var st unix.Stat_t
	if err := unix.Fstat(sv.out.fd, &st); err != nil {
		return fmt.Errorf("cannot examine a pipe: %w", err)
	}
	sv.uid, sv.gid = int(st.Uid), int(st.Gid)
	return own(sv.err.fd, sv.uid, sv.gid)
}

// own gives a pipe to the service's user.
func own(fd, uid, gid int) error {
	var st unix.Stat_t
	if err := unix.Fstat(fd, &st); err != nil {
		return fmt.Errorf("cannot examine a pipe: %w", err)
	}
	if int(st.Uid) == uid && int(st.Gid) == gid {
		return nil
	}
	if err := unix.Fchown(fd, uid, gid); err != nil {
		return fmt.Errorf("cannot give a pipe to user %d, group %d: %w", uid, gid, err)
	}
	return nil
}

// heldPipes are the pipes that a process holds: the paths of its descriptors by what
// /proc calls the pipes. The error says why that can't be seen.
func heldPipes(pid int) (map[string]string, error) {
	if self, err := os.Readlink("/proc/self"); err != nil || self != strconv.Itoa(os.Getpid()) {
		return nil, errors.New("/proc does not show our own processes")
	}
	dir := fmt.Sprintf("/proc/%d/fd", pid)
	files, err := os.ReadDir(dir)
	if err != nil {
		return nil, err
	}
	held := map[string]string{}
	for _, f := range files {
		at := filepath.Join(dir, f.Name())
		number, err := os.Readlink(at)
		if err != nil && !errors.Is(err, os.ErrNotExist) {
			return nil, err
		}
		if strings.HasPrefix(number, pipePrefix) {
			held[number] = at
		}
	}
	return held, nil
}

// findPipes looks for the pipes of a predecessor: with who holds them all, and for those
// that he had no room for, with everybody who writes to one.
func (s *Store) findPipes(files []os.DirEntry) {
	if s.options.Holder == 0 {
		return
	}
	held, err := heldPipes(s.options.Holder)
	if s.numbered = err == nil; err != nil {
		s.options.Log.Warn("output of services takes named pipes, which are slower", "err", err)
		held = map[string]string{}
	}
	s.held = held
	for _, f := range files {
		number, err := os.Readlink(filepath.Join(s.ears, f.Name()))
		if err == nil && strings.HasPrefix(number, pipePrefix) && held[number] == "" {
			addWriters(held)
			return
		}
	}
}

// addWriters adds what all processes have for stdout and stderr.
func addWriters(held map[string]string) {
	for pid := range procfs.All() {
		for i, number := range procfs.Outputs(pid) {
			if strings.HasPrefix(number, pipePrefix) && held[number] == "" {
				held[number] = fmt.Sprintf("/proc/%d/fd/%d", pid, 1+i)
			}
		}
	}
}
