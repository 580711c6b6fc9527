package boot

import (
	"cmp"
	"errors"
	"fmt"
	"os"
	"strings"

	"golang.org/x/sys/unix"

	"zinit/proc/volume"
)

// newRoot is where the real root is mounted before it becomes the root.
const newRoot = "/sysroot"

// inits is what the real root is gone on with when init= does not say it.
var inits = []string{"/sbin/init", "/init", "/bin/init"}

// HasRoot says that we are in an initramfs and the command line names the real
// root. Once that is the root, the same command line means nothing any more.
func (c CommandLine) HasRoot() bool { return c.Root != "" && InMemory("/") }

// SwitchRoot goes on from an initramfs to the real root: mounts it, moves /dev,
// /proc, /sys and /run over, deletes the initramfs' files and executes the init
// there with the arguments, in this process. It returns only if it could not; up
// to the move everything is then as before.
func SwitchRoot(c CommandLine, args []string, say Say) error {
	device, err := awaitRoot(c, say)
	if err != nil {
		return fmt.Errorf("cannot find root=%s: %w", c.Root, err)
	}
	if err := mountRoot(c, device); err != nil {
		return err
	}
	program, err := findInit(c.Init)
	if err != nil {
		_ = unix.Unmount(newRoot, unix.MNT_DETACH)
		return fmt.Errorf("cannot go on in root=%s: %w", c.Root, err)
	}
	if err := enterRoot(say); err != nil {
		return fmt.Errorf("cannot change to root=%s: %w", c.Root, err)
	}
	err = unix.Exec(program, append([]string{program}, args...), os.Environ())
	return fmt.Errorf("cannot execute %s of root=%s: %w", program, c.Root, err)
}

// errNoType says that the kernel has no file system for a device.
var errNoType = errors.New("the kernel has no file system for it")

// mountRoot mounts the device with the first file system that takes it.
func mountRoot(c CommandLine, device string) error {
	if err := os.MkdirAll(newRoot, 0o755); err != nil {
		return fmt.Errorf("cannot mount %s: %w", device, err)
	}
	var flags uintptr = unix.MS_RDONLY
	if c.ReadWrite {
		flags = 0
	}
	var failed error
	types := FileSystems(device)
	if c.RootType != "" {
		types = strings.Split(c.RootType, ",")
	}
	for _, fs := range types {
		err := unix.Mount(device, newRoot, fs, flags|unix.MS_SILENT, c.RootFlags)
		if err == nil {
			return nil
		}
		// EINVAL: the device holds something else. Another error says more.
		if failed == nil || err != unix.EINVAL {
			failed = fmt.Errorf("as %s: %w", fs, err)
		}
	}
	return fmt.Errorf("cannot mount %s as the root (%w)", device, cmp.Or(failed, errNoType))
}

// FileSystems is as what to try to mount a device: what it says itself, and then all
// that the kernel has for block devices, proc(5).
func FileSystems(device string) []string {
	var types []string
	if v, err := volume.Read(device); err == nil && v.Type != "swap" {
		types = append(types, v.Type)
	}
	text, err := os.ReadFile("/proc/filesystems")
	if err != nil {
		return types
	}
	for line := range strings.Lines(string(text)) {
		if fs, ok := strings.CutPrefix(line, "\t"); ok {
			types = append(types, strings.TrimSpace(fs))
		}
	}
	return types
}

// findInit finds the program to go on with, as a path in the new root.
func findInit(said string) (string, error) {
	candidates := inits
	if said != "" {
		candidates = []string{said}
	}
	root, err := unix.Open(newRoot, unix.O_PATH|unix.O_DIRECTORY|unix.O_CLOEXEC, 0)
	if err != nil {
		return "", err
	}
	defer unix.Close(root)
	for _, program := range candidates {
		if isProgram(root, program) {
			return program, nil
		}
	}
	return "", fmt.Errorf("there is no program %s", strings.Join(candidates, ", nor "))
}

// isProgram says whether a path leads to a program when a directory is taken for
// the root, also over absolute symbolic links: openat2(2), Linux 5.6.
func isProgram(root int, path string) bool {
	fd, err := unix.Openat2(root, path, &unix.OpenHow{
		Flags:   unix.O_PATH | unix.O_CLOEXEC,
		Resolve: unix.RESOLVE_IN_ROOT,
	})
	if err == unix.ENOSYS {
		return unix.Faccessat(root, strings.TrimLeft(path, "/"), unix.X_OK, 0) == nil
	}
	if err != nil {
		return false
	}
	defer unix.Close(fd)
	var st unix.Stat_t
	return unix.Fstat(fd, &st) == nil && st.Mode&unix.S_IFMT == unix.S_IFREG && st.Mode&0o111 != 0
}

// enterRoot makes the new root the root and deletes the files of the old one,
// as switch_root(8) does.
func enterRoot(say Say) error {
	old, err := unix.Open("/", unix.O_RDONLY|unix.O_DIRECTORY|unix.O_CLOEXEC, 0)
	if err != nil {
		return err
	}
	defer unix.Close(old)
	for _, dir := range []string{"/dev", "/proc", "/sys", "/run"} {
		if err := moveMount(dir); err != nil {
			say("cannot move %s to the new root: %v", dir, err)
			_ = unix.Unmount(dir, unix.MNT_DETACH)
		}
	}
	_ = unix.Unmount("/tmp", unix.MNT_DETACH) // ours, if it is one
	for _, step := range []func() error{
		func() error { return unix.Chdir(newRoot) },
		func() error { return unix.Mount(".", "/", "", unix.MS_MOVE, "") },
		func() error { return unix.Chroot(".") },
		func() error { return unix.Chdir("/") },
	} {
		if err := step(); err != nil {
			return err
		}
	}
	erase(old)
	return nil
}

// moveMount moves what is mounted on a directory to the same one in the new root.
func moveMount(dir string) error {
	mounted, err := IsMountPoint(dir)
	if !mounted && (err == nil || errors.Is(err, os.ErrNotExist)) {
		return nil
	}
	if err != nil {
		return err
	}
	if err := os.MkdirAll(newRoot+dir, 0o755); err != nil {
		return err
	}
	return unix.Mount(dir, newRoot+dir, "", unix.MS_MOVE, "")
}
