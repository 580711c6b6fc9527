package cgroup

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"golang.org/x/sys/unix"
)

// Place is where a server runs, and so whose the control groups there are.
type Place int

// The places.
const (
	Guest     Place = iota // among others: only what is delegated to it is its own
	Container              // the root of a cgroup namespace is its own
	Machine                // all are its own
)

// mountPoint is where everybody mounts cgroup2.
const mountPoint = "/sys/fs/cgroup"

// initLeaf is the group of what zinit finds in a group that it takes over.
const initLeaf = "init"

// find gives the group below which the services' groups may be made.
func find(at Place) (string, error) {
	var fs unix.Statfs_t
	if err := unix.Statfs(mountPoint, &fs); err != nil || fs.Type != unix.CGROUP2_SUPER_MAGIC {
		return "", errors.New("there is no cgroup v2 at " + mountPoint)
	}
	text, err := os.ReadFile("/proc/self/cgroup")
	if err != nil {
		return "", fmt.Errorf("cannot read the own control group: %w", err)
	}
	own, err := ownIn(string(text))
	if err != nil {
		return "", err
	}
	root := filepath.Join(mountPoint, own)
	// A former server of this container has moved us.
	if above := filepath.Dir(root); filepath.Base(root) == initLeaf && isDir(filepath.Join(above, branch)) {
		root, own = above, filepath.Dir(own)
	}
	return root, mine(at, root, own)
}

// ownIn finds the path of a control group of version 2 in /proc/PID/cgroup.
func ownIn(text string) (string, error) {
	for line := range strings.Lines(text) {
		if path, ok := strings.CutPrefix(strings.TrimSuffix(line, "\n"), "0::"); ok {
			return path, nil
		}
	}
	return "", errors.New("the kernel has no cgroup v2")
}

// mine says why a group is not ours to make others in. Of a tree that others
// manage too, a part belongs to who was told so: by the mark that systemd and its
// like set, see "Delegation" in its CGROUP_DELEGATION document.
func mine(at Place, root, own string) error {
	if _, err := os.Stat(filepath.Join(root, "cgroup.type")); err != nil { // only the machine's root has none
		if at == Machine {
			return nil
		}
		return errors.New("the control groups at " + root + " are the machine's")
	}
	if own == "/" && at != Guest {
		return nil
	}
	for _, mark := range []string{"user.delegate", "trusted.delegate"} {
		value := make([]byte, 8)
		if n, err := unix.Getxattr(root, mark, value); err == nil && string(value[:n]) == "1" {
			return nil
		}
	}
	return errors.New("the control group " + root + " is not delegated to zinit")
}

func isDir(path string) bool {
	about, err := os.Stat(path)
	return err == nil && about.IsDir()
}
