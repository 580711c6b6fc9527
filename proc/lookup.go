package proc

import (
	"bytes"
	"errors"
	"fmt"
	"path/filepath"
	"strings"

	"golang.org/x/sys/unix"

	"zinit/configs"
	"zinit/proc/launch"
)

// shell is what runs a command that only a shell understands.
const shell = "/bin/sh"

// builtinName is argv[0] of our own program when it does what "@builtin:NAME" asks for.
const builtinName = "zinit-builtin"

// program is a file that is about to be executed.
type program struct {
	path string
	argv []string
	// held is a descriptor of the file, or -1. Opening it here waits for a lease
	// to be broken or a file server to answer, and holding it keeps new leases
	// off: the exec itself, for which the whole process would have to wait, is swift.
	held int
}

func (p program) release() {
	if p.held >= 0 {
		_ = unix.Close(p.held)
	}
}

// finder looks up the program of a command that is to run in dir, and says, before a
// process is wasted on it, why it cannot be run. It may block.
type finder struct {
	dir  string
	env  []string
	as   *launch.Identity // whose rights count; nil: ours
	mode string           // of the server, for a builtin
}

func (f finder) find(cmd configs.Command) (program, error) {
	argv := cmd.Argv
	if cmd.Shell {
		argv = append([]string{shell, "-c"}, cmd.Argv...)
	}
	if len(argv) == 0 || argv[0] == "" {
		return program{held: -1}, errors.New("cannot run the command: it is empty")
	}
	if err := f.enterable(); err != nil {
		return program{held: -1}, fmt.Errorf("cannot run %s: %w", launch.Shown(argv[0]), err)
	}
	if cmd.Builtin {
		return program{path: self, argv: []string{builtinName, argv[0], f.mode}, held: -1}, nil
	}
	path, err := f.resolve(argv[0])
	if err == nil {
		var held int
		if held, err = f.runnable(launch.InDir(f.dir, path)); err == nil {
			return program{path: path, argv: argv, held: held}, nil
		}
	}
	if cmd.Shell {
		err = fmt.Errorf("%w (the command needs a shell; write exec as an array of words to do without)", err)
	}
	return program{held: -1}, fmt.Errorf("cannot run %s: %w", launch.Shown(path), err)
}

// enterable says what is wrong with the working directory.
func (f finder) enterable() error {
	var st unix.Stat_t
	switch err := unix.Stat(f.dir, &st); {
	case err == unix.ENOENT || err == unix.ENOTDIR:
		return fmt.Errorf("working directory %s: no such directory", launch.Shown(f.dir))
	case f.hidden(err):
		return nil
	case err != nil:
		return fmt.Errorf("working directory %s: %w", launch.Shown(f.dir), err)
	case st.Mode&unix.S_IFMT != unix.S_IFDIR:
		return fmt.Errorf("working directory %s: it is no directory", launch.Shown(f.dir))
	}
	if f.as != nil {
		return nil // an access list may allow what the mode forbids: the process will see
	}
	if err := unix.Faccessat(unix.AT_FDCWD, f.dir, unix.X_OK, unix.AT_EACCESS); err != nil {
		return fmt.Errorf("working directory %s: %w", launch.Shown(f.dir), err)
	}
	return nil
}

// hidden says whether an error means that we have no right to look where the user may
// have one, as root on a file server.
func (f finder) hidden(err error) bool { return f.as != nil && err == unix.EACCES }

// resolve gives the path to execute: a word with a slash as it is, any other is
// looked for in the service's own PATH. The word itself comes with an error.
func (f finder) resolve(word string) (string, error) {
	if strings.Contains(word, "/") {
		return word, nil
	}
	path, ok := variable(f.env, "PATH")
	if !ok {
		path = defaultPath
	}
	unusable := ""
	for _, place := range filepath.SplitList(path) {
		if place == "" {
			place = "."
		}
		candidate := place + "/" + word
		switch regular, executable := f.fileAt(launch.InDir(f.dir, candidate)); {
		case executable:
			return candidate, nil
		case regular && unusable == "":
			unusable = candidate
		}
	}
	switch {
	case unusable != "" && f.as != nil:
		return unusable, nil // as in enterable
	case unusable != "":
		return unusable, errors.New("is not executable")
	}
	return word, fmt.Errorf("no such command %s in PATH (%s)", launch.Shown(word), launch.Shown(path))
}

// fileAt says what is at a path. Of a user the mode alone tells what is executable.
func (f finder) fileAt(path string) (regular, executable bool) {
	var st unix.Stat_t
	if unix.Stat(path, &st) != nil || st.Mode&unix.S_IFMT != unix.S_IFREG {
		return false, false
	}
	if f.as != nil {
		_, _, barred := f.as.Barrier(path)
		return true, !barred
	}
	return true, unix.Faccessat(unix.AT_FDCWD, path, unix.X_OK, unix.AT_EACCESS) == nil
}

// runnable says what keeps a file from being executed. It gives a descriptor of
// the file, or -1 for one that may be executed but not read.
func (f finder) runnable(path string) (held int, err error) {
	var st unix.Stat_t
	switch err := unix.Stat(path, &st); {
	case err == unix.ENOENT || err == unix.ENOTDIR:
		return -1, errors.New("no such file")
	case f.hidden(err):
		return -1, nil
	case err != nil:
		return -1, err
	case st.Mode&unix.S_IFMT == unix.S_IFDIR:
		return -1, errors.New("is a directory")
	case st.Mode&unix.S_IFMT != unix.S_IFREG:
		return -1, errors.New("is no regular file")
	}
	if f.as == nil && unix.Faccessat(unix.AT_FDCWD, path, unix.X_OK, unix.AT_EACCESS) != nil {
		return -1, errors.New("is not executable")
	}
	held, err = unix.Open(path, unix.O_RDONLY|unix.O_CLOEXEC, 0)
	if err != nil {
		return -1, nil
	}
	if err := f.interpreted(held); err != nil {
		_ = unix.Close(held)
		return -1, err
	}
	return held, nil
}

// interpreted says what is wrong with the interpreter of a script, execve(2).
func (f finder) interpreted(fd int) error {
	head := make([]byte, 256)
	n, err := unix.Pread(fd, head, 0)
	if err != nil || !bytes.HasPrefix(head[:max(n, 0)], []byte("#!")) {
		return nil
	}
	line, _, _ := bytes.Cut(head[2:n], []byte("\n"))
	words := bytes.FieldsFunc(line, func(r rune) bool { return r == ' ' || r == '\t' })
	if len(words) == 0 {
		return errors.New("is a script that has no interpreter behind its #! mark")
	}
	name := string(words[0])
	switch regular, executable := f.fileAt(name); {
	case !regular && strings.HasSuffix(name, "\r"):
		return fmt.Errorf("is a script whose interpreter %s is missing (the file has DOS line ends)", launch.Shown(name))
	case !regular:
		return fmt.Errorf("is a script whose interpreter %s is missing", launch.Shown(name))
	case !executable && f.as == nil:
		return fmt.Errorf("is a script whose interpreter %s is not executable", launch.Shown(name))
	}
	return nil
}
