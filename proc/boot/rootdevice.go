package boot

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"strings"
	"time"

	"golang.org/x/sys/unix"
)

// How a root device is waited for: drivers find it some time after the kernel has started us.
const (
	rootPatience = 5 * time.Second // without rootwait
	rootPause    = 20 * time.Millisecond
)

// awaitRoot finds the device that root= names, and waits for it: for ever with
// rootwait.
func awaitRoot(c CommandLine, say Say) (device string, err error) {
	for began, said := time.Now(), false; ; time.Sleep(rootPause) {
		device, err = findRoot(c)
		waited := time.Since(began)
		if !errors.Is(err, os.ErrNotExist) || !c.RootWait && waited > rootPatience {
			return device, err
		}
		if !said && waited > time.Second {
			said = true
			say("waiting for root=%s", c.Root)
		}
	}
}

// findRoot looks once. The error is os.ErrNotExist while there is none.
func findRoot(c CommandLine) (device string, err error) {
	key, value, tagged := strings.Cut(c.Root, "=")
	switch {
	case tagged && key == "LABEL":
		return findVolume(func(v volume) bool { return v.label == value })
	case tagged && key == "UUID":
		return findVolume(func(v volume) bool { return strings.EqualFold(v.uuid, value) })
	case strings.HasPrefix(c.Root, "/"):
		_, err := os.Stat(c.Root)
		return c.Root, err
	case c.RootType != "" && !tagged:
		return c.Root, nil // what this file system calls a source: a tag, a share
	}
	return "", fmt.Errorf("cannot understand root=%s: write a path, LABEL=… or UUID=… of an ext4", c.Root)
}

// findVolume looks through all block devices for an ext file system.
func findVolume(is func(volume) bool) (device string, err error) {
	entries, err := os.ReadDir("/sys/class/block")
	if err != nil {
		return "", err
	}
	for _, entry := range entries {
		// The kernel writes a slash in a device's name as "!".
		device := "/dev/" + strings.ReplaceAll(entry.Name(), "!", "/")
		if v, ok := readVolume(device); ok && is(v) {
			return device, nil
		}
	}
	return "", errNoVolume
}

// errNoVolume is an os.ErrNotExist with a reason.
var errNoVolume = fmt.Errorf("no ext4 bears that name (%w)", os.ErrNotExist)

// volume is how a file system is named.
type volume struct{ uuid, label string }

// readVolume reads the superblock of an ext2, ext3 or ext4: 1024 bytes from the
// start, see Documentation/filesystems/ext4/super.rst of Linux.
func readVolume(device string) (volume, bool) {
	const (
		start, size = 1024, 1024
		magicAt     = 0x38
		uuidAt      = 0x68
		labelAt     = 0x78
	)
	fd, err := unix.Open(device, unix.O_RDONLY|unix.O_NONBLOCK|unix.O_CLOEXEC, 0)
	if err != nil {
		return volume{}, false
	}
	defer unix.Close(fd)
	block := make([]byte, size)
	if n, err := unix.Pread(fd, block, start); err != nil || n != size {
		return volume{}, false
	}
	if !bytes.Equal(block[magicAt:magicAt+2], []byte{0x53, 0xEF}) {
		return volume{}, false
	}
	label, _, _ := bytes.Cut(block[labelAt:labelAt+16], []byte{0})
	return volume{uuid: formatUUID(block[uuidAt : uuidAt+16]), label: string(label)}, true
}

func formatUUID(b []byte) string {
	return fmt.Sprintf("%x-%x-%x-%x-%x", b[:4], b[4:6], b[6:8], b[8:10], b[10:])
}
