package builtin

import (
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"
	"time"

	"golang.org/x/sys/unix"

	"zinit/proc/boot"
	"zinit/proc/volume"
)

// How a device is waited for: its driver may bring it some time after the start.
const (
	patience = 10 * time.Second
	pause    = 50 * time.Millisecond
)

// fstab mounts what fstab(5) says is to be mounted at the start, in its order. The
// root is mounted already: it gets its options. File systems are not checked before.
func (t *task) fstab() {
	for _, e := range t.table() {
		switch {
		case e.noauto || e.kind == "swap" || e.kind == "ignore" || e.target == "none":
		case e.target == "/":
			if err := unix.Mount("", "/", "", unix.MS_REMOUNT|e.flags, e.data); err != nil {
				t.fail("%s: cannot remount / with %s: %v", e, strings.Join(e.options, ","), err)
			}
		default:
			t.mount(e)
		}
	}
}

func (t *task) mount(e entry) {
	device, err := t.device(e.source)
	if err != nil && e.nofail {
		t.say("%s: %v: not mounted (nofail)", e, err)
		return
	}
	if err == nil {
		err = mountAt(device, e)
	}
	switch {
	case err == nil:
	case e.nofail:
		t.say("%s: cannot mount %s at %s: %v (nofail)", e, e.source, e.target, err)
	default:
		t.fail("%s: cannot mount %s at %s: %v", e, e.source, e.target, err)
	}
}

// mountAt mounts a device, unless something is mounted there. The directory is made.
func mountAt(device string, e entry) error {
	if mounted, err := boot.IsMountPoint(e.target); err == nil && mounted {
		return nil
	}
	if err := os.MkdirAll(e.target, 0o755); err != nil {
		return err
	}
	if e.flags&unix.MS_BIND != 0 {
		return bind(device, e)
	}
	kinds := []string{e.kind}
	if e.kind == "auto" {
		kinds = boot.FileSystems(device)
	}
	var first error
	for _, kind := range kinds {
		err := unix.Mount(device, e.target, kind, e.flags|unix.MS_SILENT, e.data)
		if err == nil {
			return nil
		}
		if first == nil || err != unix.EINVAL {
			first = fmt.Errorf("as %s: %w", kind, err)
		}
	}
	if first == nil {
		return errors.New("the kernel has no file system for it")
	}
	return first
}

// bind makes a directory appear at a second place. Its other options need a second
// call, mount(2).
func bind(source string, e entry) error {
	const how = unix.MS_BIND | unix.MS_REC
	err := unix.Mount(source, e.target, "", e.flags&how, "")
	if rest := e.flags &^ how; err == nil && rest != 0 {
		err = unix.Mount("", e.target, "", unix.MS_REMOUNT|unix.MS_BIND|rest, "")
	}
	return err
}

// device finds what a source names, and waits for it a while. What is no path in
// /dev and no label is passed on as it is: a share, a directory, the word tmpfs.
func (t *task) device(source string) (string, error) {
	is, named := volume.Named(source)
	switch {
	case named:
	case strings.HasPrefix(source, "PARTUUID=") || strings.HasPrefix(source, "PARTLABEL="):
		return "", fmt.Errorf("%s is not understood here: write LABEL=, UUID= or the device", source)
	case !strings.HasPrefix(source, "/dev/"):
		return source, nil
	}
	return await(func() (string, error) {
		if named {
			return volume.Find(is)
		}
		_, err := os.Stat(source)
		return source, err
	}, source)
}

// await looks for a device until it is there, or patience is at its end.
func await(find func() (string, error), source string) (string, error) {
	for began := time.Now(); ; time.Sleep(pause) {
		device, err := find()
		switch {
		case err == nil:
			return device, nil
		case !errors.Is(err, os.ErrNotExist):
			return "", fmt.Errorf("cannot look for %s: %w", source, err)
		case time.Since(began) > patience:
			return "", fmt.Errorf("%s did not appear within %v", source, patience)
		}
	}
}

func (t *task) exists(file string) bool {
	_, err := os.Stat(t.root + file)
	return !errors.Is(err, os.ErrNotExist)
}

// value is what an option, "pri=5", is set to.
func value(options []string, name string) (string, bool) {
	at := slices.IndexFunc(options, func(o string) bool { return strings.HasPrefix(o, name+"=") })
	if at < 0 {
		return "", false
	}
	return options[at][len(name)+1:], true
}
