package launch

import (
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"golang.org/x/sys/unix"
)

// ExecError is that a program could not be executed.
type ExecError struct {
	Path string    // of the program
	Dir  string    // working directory, to which Path may be relative
	By   *Identity // whose rights it took; nil: zinit's own
	Err  error     // of execve(2), or of one of the steps before it
}

// Error says in one line what failed and what it means.
func (e *ExecError) Error() string {
	return fmt.Sprintf("cannot run %s: %v", Shown(e.Path), e.explain())
}

// Unwrap gives Err.
func (e *ExecError) Unwrap() error { return e.Err }

// explain puts the error into words, execve(2).
func (e *ExecError) explain() error {
	switch e.Err {
	case unix.ENOENT:
		if unix.Access(InDir(e.Dir, e.Path), unix.F_OK) == unix.ENOENT {
			return errors.New("no such file")
		}
		return errors.New("its loader (the dynamic linker it was built for) is missing")
	case unix.ENOEXEC:
		return errors.New("is neither a program for this machine nor a script with a #! line")
	case unix.EACCES:
		return e.denied()
	case unix.EPERM:
		if e.By != nil {
			return fmt.Errorf("cannot become user id %d: %w", e.By.UID, e.Err)
		}
	case unix.E2BIG:
		return errors.New("arguments and environment are too long")
	case unix.EAGAIN:
		return errors.New("no more processes are allowed (pid or nproc limit)")
	case unix.EINVAL:
		return errors.New("arguments or environment hold a zero byte")
	}
	return e.Err
}

// denied looks for what it is that the user may not do.
func (e *ExecError) denied() error {
	if e.By != nil {
		for _, path := range []string{e.Dir + "/.", InDir(e.Dir, e.Path)} {
			if at, mode, found := e.By.Barrier(path); found {
				return fmt.Errorf("user id %d has no right to execute or enter %s (mode %04o)", e.By.UID, Shown(at), mode)
			}
		}
	}
	return errors.New("is not executable, or its file system is mounted noexec")
}

// Barrier is the first part of an absolute path that the identity may not enter, or,
// at its end, not execute, as far as owner, group and mode tell. A file that is
// missing or out of sight is none.
func (id *Identity) Barrier(path string) (at string, mode uint32, found bool) {
	at = "/"
	parts := strings.Split(path, "/")
	for i, part := range parts {
		at = filepath.Join(at, part)
		if part == "" && i > 0 {
			continue
		}
		var st unix.Stat_t
		if unix.Stat(at, &st) != nil {
			return "", 0, false
		}
		if !id.mayExecute(&st) {
			return at, st.Mode & 0o7777, true
		}
	}
	return "", 0, false
}

// mayExecute says whether owner, group and mode of a file let the identity execute
// it, or enter it if it is a directory. Root needs one x of the three.
func (id *Identity) mayExecute(st *unix.Stat_t) bool {
	const owner, group, others = 0o100, 0o010, 0o001
	need := uint32(others)
	switch {
	case id.UID == 0 && st.Mode&unix.S_IFMT == unix.S_IFDIR:
		return true
	case id.UID == 0:
		need = owner | group | others
	case int(st.Uid) == id.UID:
		need = owner
	case int(st.Gid) == id.GID || slices.Contains(id.Groups, int(st.Gid)):
		need = group
	}
	return st.Mode&need != 0
}

// InDir is the path, from where we are, of a program that is executed in dir.
func InDir(dir, path string) string {
	if filepath.IsAbs(path) {
		return path
	}
	return dir + "/" + path
}

// Shown is a word as it may stand in a one-line message.
func Shown(word string) string {
	if quoted := strconv.Quote(word); quoted != `"`+word+`"` {
		return quoted
	}
	return word
}
