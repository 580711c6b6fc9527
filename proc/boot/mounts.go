package boot

import (
	"errors"
	"fmt"
	"os"
	"path"
	"strings"

	"golang.org/x/sys/unix"
)

// Say prints a line for a person. What PID 1 cannot do it says, and goes on.
type Say = func(format string, args ...any)

// Mount is one line of the table of what a machine needs, as mount(2) takes it.
type Mount struct {
	Source, Target, Type string
	Flags                uintptr // MS_* of mount(2)
	Data                 string  // the file system's own options
	Wish                 string  // more of them, which an older kernel may not know
	IfAbsent             bool    // only where the target is not even a directory
}

// flagWords is how mount(8) writes the flags that the table uses.
var flagWords = []struct {
	flag uintptr
	word string
}{
	{unix.MS_RDONLY, "ro"},
	{unix.MS_NOSUID, "nosuid"},
	{unix.MS_NODEV, "nodev"},
	{unix.MS_NOEXEC, "noexec"},
}

// String is the mount as a shell command.
func (m Mount) String() string {
	var options []string
	for _, f := range flagWords {
		if m.Flags&f.flag != 0 {
			options = append(options, f.word)
		}
	}
	if m.Data != "" {
		options = append(options, m.Data)
	}
	words := []string{"mount", "-t", m.Type}
	if len(options) > 0 {
		words = append(words, "-o", strings.Join(options, ","))
	}
	return strings.Join(append(words, m.Source, m.Target), " ")
}

// strict is for what holds neither programs nor devices.
const strict = unix.MS_NOSUID | unix.MS_NODEV | unix.MS_NOEXEC

// mounts is what a machine needs before the first service, in this order. It is
// what a machine with systemd has, but for security and debugging file systems,
// which a service may mount.
var mounts = []Mount{
	{Source: "proc", Target: "/proc", Type: "proc", Flags: strict},
	{Source: "sysfs", Target: "/sys", Type: "sysfs", Flags: strict},
	{Source: "devtmpfs", Target: "/dev", Type: "devtmpfs", Flags: unix.MS_NOSUID, Data: "mode=755"},
	// Group 5 is tty everywhere; a terminal's group may not read it, but write(1) may.
	{Source: "devpts", Target: "/dev/pts", Type: "devpts", Flags: unix.MS_NOSUID | unix.MS_NOEXEC,
		Data: "gid=5,mode=620,ptmxmode=666"},
	{Source: "tmpfs", Target: "/dev/shm", Type: "tmpfs", Flags: unix.MS_NOSUID | unix.MS_NODEV, Data: "mode=1777"},
	{Source: "tmpfs", Target: "/run", Type: "tmpfs", Flags: unix.MS_NOSUID | unix.MS_NODEV, Data: "mode=755"},
	{Source: "tmpfs", Target: "/tmp", Type: "tmpfs", Flags: unix.MS_NOSUID | unix.MS_NODEV, Data: "mode=1777",
		IfAbsent: true},
	{Source: "cgroup2", Target: "/sys/fs/cgroup", Type: "cgroup2", Flags: strict, Data: "nsdelegate",
		// Since 6.0: moves of processes between groups that do not wait.
		Wish: "favordynmods"},
}

// Do mounts it, unless it is mounted already. The directory is made if need be.
func (m Mount) Do() error {
	mounted, err := IsMountPoint(m.Target)
	switch {
	case mounted, err == nil && m.IfAbsent:
		return nil
	case errors.Is(err, unix.ENOENT):
		if err := os.MkdirAll(m.Target, 0o755); err != nil {
			return fmt.Errorf("cannot mount %s: %w", m.Target, err)
		}
	}
	err = unix.EINVAL
	if m.Wish != "" {
		err = unix.Mount(m.Source, m.Target, m.Type, m.Flags, m.Data+","+m.Wish)
	}
	if err == unix.EINVAL {
		err = unix.Mount(m.Source, m.Target, m.Type, m.Flags, m.Data)
	}
	// EBUSY: the very same is mounted there.
	if err != nil && err != unix.EBUSY {
		return fmt.Errorf("cannot mount %s (%s): %w", m.Target, m, err)
	}
	return nil
}

// IsMountPoint says whether something is mounted on a directory: then it is on
// another device than its parent, as mountpoint(1) has it. One that is the same file
// system again, MS_BIND, is not seen.
func IsMountPoint(dir string) (bool, error) {
	var own, parent unix.Stat_t
	if err := unix.Stat(dir, &own); err != nil {
		return false, err
	}
	if err := unix.Lstat(path.Join(dir, ".."), &parent); err != nil {
		return false, err
	}
	return own.Dev != parent.Dev, nil
}

// mountAll mounts what is missing and says what could not be.
func mountAll(table []Mount, say Say) {
	for _, m := range table {
		if err := m.Do(); err != nil {
			say("%v", err)
		}
	}
}
