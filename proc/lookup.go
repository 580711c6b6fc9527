package proc

import (
	"bytes"
	"errors"
	"fmt"
	"path/filepath"
	"strconv"
	"strings"

	"golang.org/x/sys/unix"

	"zinit/configs"
)

// shell is what runs a command that only a shell understands.
const shell = "/bin/sh"

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

// find looks up the program of a command that is to run in dir, and says, before
// a process is wasted on it, why it cannot be run. It may block.
func find(cmd configs.Command, dir string, env []string) (program, error) {
	argv := cmd.Argv
	if cmd.Shell {
		argv = append([]string{shell, "-c"}, cmd.Argv...)
	}
	if len(argv) == 0 || argv[0] == "" {
		return program{}, errors.New("cannot run the command: it is empty")
	}
	if err := enterable(dir); err != nil {
		return program{}, fmt.Errorf("cannot run %s: %w", shown(argv[0]), err)
	}
	path, err := resolve(argv[0], dir, env)
	if err == nil {
		var held int
		if held, err = runnable(inDir(dir, path)); err == nil {
			return program{path: path, argv: argv, held: held}, nil
		}
	}
	if cmd.Shell {
		err = fmt.Errorf("%w (the command needs a shell; write exec as an array of words to do without)", err)
	}
	return program{}, fmt.Errorf("cannot run %s: %w", shown(path), err)
}

// enterable says what is wrong with a working directory.
func enterable(dir string) error {
	var st unix.Stat_t
	switch err := unix.Stat(dir, &st); {
	case err == unix.ENOENT || err == unix.ENOTDIR:
		return fmt.Errorf("working directory %s: no such directory", shown(dir))
	case err != nil:
		return fmt.Errorf("working directory %s: %w", shown(dir), err)
	case st.Mode&unix.S_IFMT != unix.S_IFDIR:
		return fmt.Errorf("working directory %s: it is no directory", shown(dir))
	}
	if err := unix.Access(dir, unix.X_OK); err != nil {
		return fmt.Errorf("working directory %s: %w", shown(dir), err)
	}
	return nil
}

// resolve gives the path to execute: a word with a slash as it is, any other is
// looked for in the service's own PATH. The word itself comes with an error.
func resolve(word, dir string, env []string) (string, error) {
	if strings.Contains(word, "/") {
		return word, nil
	}
	path, ok := variable(env, "PATH")
	if !ok {
		path = defaultPath
	}
	unusable := ""
	for _, place := range filepath.SplitList(path) {
		if place == "" {
			place = "."
		}
		candidate := place + "/" + word
		switch regular, executable := fileAt(inDir(dir, candidate)); {
		case executable:
			return candidate, nil
		case regular && unusable == "":
			unusable = candidate
		}
	}
	if unusable != "" {
		return unusable, errors.New("is not executable")
	}
	return word, fmt.Errorf("no such command %s in PATH (%s)", shown(word), shown(path))
}

func fileAt(path string) (regular, executable bool) {
	var st unix.Stat_t
	if unix.Stat(path, &st) != nil || st.Mode&unix.S_IFMT != unix.S_IFREG {
		return false, false
	}
	return true, unix.Access(path, unix.X_OK) == nil
}

// runnable says what keeps a file from being executed. It gives a descriptor of
// the file, or -1 for one that may be executed but not read.
func runnable(path string) (held int, err error) {
	var st unix.Stat_t
	switch err := unix.Stat(path, &st); {
	case err == unix.ENOENT || err == unix.ENOTDIR:
		return -1, errors.New("no such file")
	case err != nil:
		return -1, err
	case st.Mode&unix.S_IFMT == unix.S_IFDIR:
		return -1, errors.New("is a directory")
	case st.Mode&unix.S_IFMT != unix.S_IFREG:
		return -1, errors.New("is no regular file")
	}
	if unix.Access(path, unix.X_OK) != nil {
		return -1, errors.New("is not executable")
	}
	held, err = unix.Open(path, unix.O_RDONLY|unix.O_CLOEXEC, 0)
	if err != nil {
		return -1, nil
	}
	if err := interpreted(held); err != nil {
		_ = unix.Close(held)
		return -1, err
	}
	return held, nil
}

// interpreted says what is wrong with the interpreter of a script, execve(2).
func interpreted(fd int) error {
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
	switch regular, executable := fileAt(name); {
	case !regular && strings.HasSuffix(name, "\r"):
		return fmt.Errorf("is a script whose interpreter %s is missing (the file has DOS line ends)", shown(name))
	case !regular:
		return fmt.Errorf("is a script whose interpreter %s is missing", shown(name))
	case !executable:
		return fmt.Errorf("is a script whose interpreter %s is not executable", shown(name))
	}
	return nil
}

// explain puts the error of an exec into words, execve(2).
func explain(err error) error {
	switch err {
	case unix.ENOENT:
		return errors.New("its loader (the dynamic linker it was built for) is missing")
	case unix.ENOEXEC:
		return errors.New("is neither a program for this machine nor a script with a #! line")
	case unix.EACCES:
		return errors.New("is not executable, or its file system is mounted noexec")
	case unix.E2BIG:
		return errors.New("arguments and environment are too long")
	case unix.EAGAIN:
		return errors.New("no more processes are allowed (pid or nproc limit)")
	case unix.EINVAL:
		return errors.New("arguments or environment hold a zero byte")
	}
	return err
}

func inDir(dir, path string) string {
	if filepath.IsAbs(path) {
		return path
	}
	return dir + "/" + path
}

// shown is a word as it may stand in a one-line message.
func shown(word string) string {
	if quoted := strconv.Quote(word); quoted != `"`+word+`"` {
		return quoted
	}
	return word
}
