package applets

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"zinit/applets/cause"
)

// linkUsage is the manual of install-links.
const linkUsage = `Usage: zinit install-links DIR [--init] [--relative]

Make the symbolic links zinit, zinit-server and zinit-pid1 in DIR. They point to
this binary: by its bare name when it is in DIR itself, else by its absolute path.
Links that are right stay, links to another zinit are replaced, and whatever else
has one of the names is an error; then nothing is changed.

Options:
  --init      make the link init too
  --relative  point by a relative path, for a tree that will be moved or packed`

// linkOrder is what the command line of install-links says.
type linkOrder struct {
	dir            string
	init, relative bool
	help           bool
}

// installLinks is the applet install-links.
func installLinks(args []string) int {
	order, err := parseLinks(args)
	if err != nil {
		fmt.Fprintf(os.Stderr, "zinit: %v (zinit install-links DIR [--init] [--relative])\n", err)
		return 2
	}
	if order.help {
		fmt.Println(linkUsage)
		return 0
	}
	exe, err := executable(os.Args)
	if err == nil {
		err = makeLinks(os.Stdout, exe, order)
	}
	if err != nil {
		fmt.Fprintf(os.Stderr, "zinit: %v\n", err)
		return 1
	}
	return 0
}

func parseLinks(args []string) (linkOrder, error) {
	var order linkOrder
	var dirs []string
	for i, arg := range args {
		switch {
		case arg == "--":
			dirs = append(dirs, args[i+1:]...)
			return order.into(dirs)
		case arg == "--init":
			order.init = true
		case arg == "--relative":
			order.relative = true
		case arg == "--help" || arg == "-h":
			order.help = true
		case strings.HasPrefix(arg, "-"):
			return order, fmt.Errorf("install-links has no option %s", arg)
		default:
			dirs = append(dirs, arg)
		}
	}
	return order.into(dirs)
}

// into completes the order with its directory.
func (o linkOrder) into(dirs []string) (linkOrder, error) {
	switch {
	case o.help:
	case len(dirs) == 0 || dirs[0] == "":
		return o, errors.New("install-links needs a directory")
	case len(dirs) > 1:
		return o, fmt.Errorf("install-links takes one directory, not %d", len(dirs))
	default:
		o.dir = dirs[0]
	}
	return o, nil
}

// executable gives the absolute path of this binary, without symbolic links.
// Without /proc (an empty root) the kernel cannot tell and argv[0] has to.
func executable(argv []string) (string, error) {
	path, err := os.Executable()
	if err != nil && len(argv) > 0 && strings.Contains(argv[0], "/") {
		path, err = filepath.Abs(argv[0])
	}
	if err == nil {
		path, err = filepath.EvalSymlinks(path)
	}
	if err != nil {
		return "", fmt.Errorf("cannot find this binary: %w; call it by its full path", err)
	}
	return path, nil
}

// makeLinks looks at every name before it touches one, so that an error leaves
// the directory as it was.
func makeLinks(out io.Writer, exe string, order linkOrder) error {
	target, err := linkTarget(exe, order)
	if err != nil {
		return err
	}
	names := []string{"zinit", "zinit-server", "zinit-pid1"}
	if order.init {
		names = append(names, "init")
	}
	var wrong []string
	for _, name := range names {
		ok, err := linkIsRight(filepath.Join(order.dir, name), exe, target)
		if err != nil {
			return err
		}
		if !ok {
			wrong = append(wrong, name)
		}
	}
	for _, name := range wrong {
		path := filepath.Join(order.dir, name)
		if err := replaceLink(path, target); err != nil {
			return err
		}
		if _, err := fmt.Fprintf(out, "%s -> %s\n", path, target); err != nil {
			return fmt.Errorf("cannot write the output: %w", err)
		}
	}
	return nil
}

// linkTarget is what the links in the directory are to hold.
func linkTarget(exe string, order linkOrder) (string, error) {
	stat, err := os.Stat(order.dir)
	if err == nil && !stat.IsDir() {
		err = errors.New("not a directory")
	}
	if err != nil {
		return "", fmt.Errorf("cannot make links in %s: %w", order.dir, cause.Of(err))
	}
	dir, err := filepath.Abs(order.dir)
	if err == nil {
		dir, err = filepath.EvalSymlinks(dir)
	}
	if err != nil {
		return "", fmt.Errorf("cannot make links in %s: %w", order.dir, cause.Of(err))
	}
	if order.relative || filepath.Dir(exe) == dir {
		return filepath.Rel(dir, exe)
	}
	return exe, nil
}

// linkIsRight says whether a path needs nothing done: it is this binary, or a
// link that holds the target. A path that may not be replaced is an error.
func linkIsRight(path, exe, target string) (bool, error) {
	stat, err := os.Lstat(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return false, nil
	case err != nil:
		return false, fmt.Errorf("cannot make link %s: %w", path, cause.Of(err))
	case stat.Mode().Type() != fs.ModeSymlink:
		self, err := os.Stat(exe)
		if err == nil && os.SameFile(stat, self) {
			return true, nil
		}
		return false, fmt.Errorf("cannot make link %s: it is there and is no symbolic link; move it away first", path)
	}
	held, err := os.Readlink(path)
	if err != nil {
		return false, fmt.Errorf("cannot make link %s: %w", path, cause.Of(err))
	}
	if held != target && !ours(held, exe) {
		return false, fmt.Errorf("cannot make link %s: it points to %s; remove it first", path, held)
	}
	return held == target, nil
}

// ours says whether a link that holds target is one that install-links has made,
// by this binary or by a zinit that was somewhere else.
func ours(target, exe string) bool {
	base := filepath.Base(target)
	return base == filepath.Base(exe) || base == "zinit" || strings.HasPrefix(base, "zinit-")
}

// replaceLink puts a link in place by one rename, so that there is no moment
// without it: it may be the init of a running machine.
func replaceLink(path, target string) error {
	fresh := fmt.Sprintf("%s.new.%d", path, os.Getpid())
	err := os.Symlink(target, fresh)
	if err == nil {
		if err = os.Rename(fresh, path); err != nil {
			os.Remove(fresh)
		}
	}
	if err != nil {
		return fmt.Errorf("cannot make link %s: %w", path, cause.Of(err))
	}
	return nil
}
