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

// listen opens the pipe of a stream, which is made where it is absent, and says whether
// it is a numbered one.
func (s *Store) listen(name, stream string) (fd int, numbered bool, err error) {
	path := s.pipe(name, stream)
	number, err := os.Readlink(path)
	named := errors.Is(err, unix.EINVAL) // readlink(2): it is no link
	if err == nil {
		fd, err := s.reopenNumbered(number)
		if !errors.Is(err, errGone) {
			return fd, true, err
		}
		if s.held != nil { // else it is what a failure has left
			s.options.Log.Warn("the output of a service is lost; if it runs, restart it", "service", name, "stream", stream, "err", err)
		}
	}
	if s.numbered && !named {
		fd, err := makeNumbered(path)
		return fd, true, err
	}
	if !named {
		unix.Unlink(path)
	}
	fd, err = openFIFO(path)
	return fd, false, err
}

// outlet is the path at which any thread of ours opens an ear's pipe.
func (s *Store) outlet(e *ear) string {
	if e.numbered {
		return descriptor(e.fd)
	}
	return s.pipe(e.service, e.stream)
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
	if err := note(numberOf(fd), path); err != nil {
		unix.Close(fd)
		return -1, fmt.Errorf("cannot note the number of a pipe: %w", err)
	}
	return fd, nil
}

// note makes path a link to number, in one piece: there is always something at path
// that tells of the service.
func note(number, path string) error {
	fresh := path + ".new"
	unix.Unlink(fresh)
	if err := os.Symlink(number, fresh); err != nil {
		return err
	}
	return os.Rename(fresh, path)
}

// errGone says that nobody holds a pipe any more, so that it does not exist.
var errGone = errors.New("its pipe is gone")

// reopenNumbered opens a pipe that somebody holds.
func (s *Store) reopenNumbered(number string) (int, error) {
	at := s.held[number]
	if at == "" {
		return -1, fmt.Errorf("%w: nobody is seen to hold %s", errGone, number)
	}
	fd, err := unix.Open(at, pipeFlags, 0)
	if err == unix.ENOENT {
		return -1, fmt.Errorf("%w: nobody holds %s any more", errGone, number)
	}
	if err != nil {
		return -1, fmt.Errorf("cannot open the pipe %s: %w", at, err)
	}
	if numberOf(fd) != number {
		unix.Close(fd)
		return -1, fmt.Errorf("%w: %s is another one than %s by now", errGone, at, number)
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
// /proc calls the pipes. The error says why not all can be seen.
func heldPipes(pid int) (map[string]string, error) {
	held := map[string]string{}
	dir := fmt.Sprintf("/proc/%d/fd", pid)
	files, err := os.ReadDir(dir)
	if err != nil {
		return held, err
	}
	for _, f := range files {
		at := filepath.Join(dir, f.Name())
		number, err := os.Readlink(at)
		if err != nil && !errors.Is(err, os.ErrNotExist) {
			return held, err
		}
		if strings.HasPrefix(number, pipePrefix) {
			held[number] = at
		}
	}
	return held, nil
}

// findPipes looks for the pipes of a predecessor: with who is to hold them all, and for
// those that he has not got, with everybody.
func (s *Store) findPipes(files []os.DirEntry) {
	s.held = map[string]string{}
	if self, err := os.Readlink("/proc/self"); err != nil || self != strconv.Itoa(os.Getpid()) {
		return // it does not show our processes
	}
	if s.options.Holder != 0 {
		held, err := heldPipes(s.options.Holder)
		if s.numbered = err == nil; err != nil {
			s.options.Log.Warn("output of services takes named pipes, which are slower", "err", err)
		}
		s.held = held
	}
	for _, f := range files {
		number, err := os.Readlink(filepath.Join(s.ears, f.Name()))
		if err == nil && strings.HasPrefix(number, pipePrefix) && s.held[number] == "" {
			s.askEverybody()
			return
		}
	}
}

// askEverybody adds the pipes of all processes.
func (s *Store) askEverybody() {
	for pid := range procfs.All() {
		held, _ := heldPipes(pid) // what can be seen
		for number, at := range held {
			if s.held[number] == "" {
				s.held[number] = at
			}
		}
	}
}
