package volume

import (
	"errors"
	"fmt"
	"os"
	"strings"

	"golang.org/x/sys/unix"
)

// Volume is what a device carries.
type Volume struct {
	Type  string // as mount(2) and fstab(5) call it: ext4 (also for ext2 and ext3), xfs, btrfs, vfat, swap
	UUID  string // as blkid prints it; of vfat the serial number, 1A2B-3C4D
	Label string // may be empty
}

// errNone says that there is no such volume now.
var errNone = fmt.Errorf("no volume bears that name (%w)", os.ErrNotExist)

// Find looks through all block devices that the kernel has for the first volume that
// is meant, and gives the device's path in /dev. Where there is none the error is an
// [os.ErrNotExist]: its driver may bring it yet. Any other error is that sysfs cannot
// be read.
func Find(is func(Volume) bool) (device string, err error) {
	entries, err := os.ReadDir("/sys/class/block")
	if err != nil {
		return "", err
	}
	for _, entry := range entries {
		// The kernel writes a slash in a device's name as "!".
		device := "/dev/" + strings.ReplaceAll(entry.Name(), "!", "/")
		if v, err := Read(device); err == nil && is(v) {
			return device, nil
		}
	}
	return "", errNone
}

// Named says whether a source of fstab(5) or root= is LABEL=… or UUID=…, and then
// which volume is meant.
func Named(source string) (is func(Volume) bool, ok bool) {
	key, value, _ := strings.Cut(source, "=")
	value = strings.Trim(value, `"`)
	switch key {
	case "LABEL":
		return func(v Volume) bool { return v.Label == value }, true
	case "UUID":
		return func(v Volume) bool { return strings.EqualFold(v.UUID, value) }, true
	}
	return nil, false
}

// errUnknown says that a device carries none of the formats that are known here.
var errUnknown = errors.New("no file system that is known here")

// Read says what is on a device or in a file.
func Read(device string) (Volume, error) {
	fd, err := open(device)
	if err != nil {
		return Volume{}, fmt.Errorf("cannot read %s: %w", device, err)
	}
	defer unix.Close(fd)
	for _, f := range formats {
		if magic := at(fd, f.magicAt, len(f.magic)); string(magic) == f.magic {
			return f.volume(fd), nil
		}
	}
	return Volume{}, fmt.Errorf("cannot tell what is on %s: %w", device, errUnknown)
}

// blank is how much of a device has to be empty for it to count as unused: whatever
// is known to be kept on disks writes something there.
const blank = 1 << 20

// Blank says whether the first MiB of a device holds nothing but zeros. A smaller
// device is not blank.
func Blank(device string) (bool, error) {
	fd, err := open(device)
	if err != nil {
		return false, fmt.Errorf("cannot read %s: %w", device, err)
	}
	defer unix.Close(fd)
	text := at(fd, 0, blank)
	for _, b := range text {
		if b != 0 {
			return false, nil
		}
	}
	return len(text) == blank, nil
}

// open opens a device without waiting for a medium.
func open(device string) (int, error) {
	return unix.Open(device, unix.O_RDONLY|unix.O_NONBLOCK|unix.O_CLOEXEC, 0)
}

// at reads some bytes; nil if there are fewer.
func at(fd int, offset int64, size int) []byte {
	text := make([]byte, size)
	if n, err := unix.Pread(fd, text, offset); err != nil || n != size {
		return nil
	}
	return text
}
