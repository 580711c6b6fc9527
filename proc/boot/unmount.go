package boot

import (
	"os"
	"slices"
	"sort"
	"strconv"
	"strings"
	"unsafe"

	"golang.org/x/sys/unix"
)

// unmountRounds bounds how often what was busy is tried again: an unmount may
// free the disk below another one.
const unmountRounds = 5

// unmountAll unmounts what it can, and makes the rest read-only: then nothing
// that was written is lost, and no journal is left to replay.
func unmountAll(say Say) {
	text, err := os.ReadFile("/proc/self/mounts")
	if err != nil {
		say("cannot unmount: %v", err)
		readOnly("/", say)
		return
	}
	left := toUnmount(string(text))
	for range unmountRounds {
		left = slices.DeleteFunc(left, func(target string) bool {
			return unix.Unmount(target, unix.UMOUNT_NOFOLLOW) == nil
		})
	}
	for _, target := range left {
		readOnly(target, say)
	}
	readOnly("/", say)
}

// readOnly makes a file system read-only, unless it is in memory, where that
// would save nothing.
func readOnly(target string, say Say) {
	if InMemory(target) {
		return
	}
	if err := unix.Mount("", target, "", unix.MS_REMOUNT|unix.MS_RDONLY, ""); err != nil {
		say("cannot unmount %s, nor make it read-only: %v", target, err)
	}
}

// InMemory says whether a directory is on a ramfs or a tmpfs, statfs(2): what an
// initramfs is on.
func InMemory(dir string) bool {
	var st unix.Statfs_t
	if unix.Statfs(dir, &st) != nil {
		return false
	}
	return inMemory(&st)
}

func inMemory(st *unix.Statfs_t) bool {
	return uint32(st.Type) == unix.RAMFS_MAGIC || uint32(st.Type) == unix.TMPFS_MAGIC
}

// kept is what stays mounted to the end: the root and what the kernel itself is
// behind. What is mounted below them goes.
var kept = []string{"/", "/proc", "/sys", "/dev", "/run"}

// toUnmount gives the targets in a table like /proc/self/mounts, the deepest first and
// of two on the same directory the upper one first.
func toUnmount(table string) []string {
	var targets []string
	for line := range strings.Lines(table) {
		fields := strings.Fields(line)
		if len(fields) < 2 || slices.Contains(kept, fields[1]) {
			continue
		}
		targets = append(targets, unescape(fields[1]))
	}
	slices.Reverse(targets)
	sort.SliceStable(targets, func(i, j int) bool {
		return strings.Count(targets[i], "/") > strings.Count(targets[j], "/")
	})
	return targets
}

// unescape undoes the kernel's \040 for a blank and the like, proc(5).
func unescape(field string) string {
	var out strings.Builder
	for i := 0; i < len(field); i++ {
		if field[i] == '\\' && i+3 < len(field) {
			if code, err := strconv.ParseUint(field[i+1:i+4], 8, 8); err == nil {
				out.WriteByte(byte(code))
				i += 3
				continue
			}
		}
		out.WriteByte(field[i])
	}
	return out.String()
}

// swapOff takes every swap area out of use, so that the file systems that files
// among them are on can be unmounted.
func swapOff(say Say) {
	text, err := os.ReadFile("/proc/swaps")
	if err != nil {
		return // a kernel without swap
	}
	for _, area := range swapAreas(string(text)) {
		path, err := unix.BytePtrFromString(area)
		if err != nil {
			continue
		}
		if _, _, errno := unix.Syscall(unix.SYS_SWAPOFF, uintptr(unsafe.Pointer(path)), 0, 0); errno != 0 {
			say("cannot switch off swap on %s: %v", area, errno)
		}
	}
}

// swapAreas gives the areas in a table like /proc/swaps, below its heading.
func swapAreas(table string) []string {
	var areas []string
	for line := range strings.Lines(table) {
		if fields := strings.Fields(line); len(fields) > 0 && strings.HasPrefix(fields[0], "/") {
			areas = append(areas, unescape(fields[0]))
		}
	}
	return areas
}
