package boot

import "golang.org/x/sys/unix"

// erase deletes all below a directory, to give its memory back, if it is on a
// file system in memory; other file systems mounted there are left alone. What
// cannot be deleted stays.
func erase(dir int) {
	var fs unix.Statfs_t
	var st unix.Stat_t
	if unix.Fstatfs(dir, &fs) != nil || !inMemory(&fs) || unix.Fstat(dir, &st) != nil {
		return
	}
	eraseBelow(dir, st.Dev)
}

func eraseBelow(dir int, device uint64) {
	for _, name := range namesIn(dir) {
		var st unix.Stat_t
		if unix.Fstatat(dir, name, &st, unix.AT_SYMLINK_NOFOLLOW) != nil || st.Dev != device {
			continue
		}
		if st.Mode&unix.S_IFMT != unix.S_IFDIR {
			_ = unix.Unlinkat(dir, name, 0)
			continue
		}
		below, err := unix.Openat(dir, name, unix.O_RDONLY|unix.O_DIRECTORY|unix.O_NOFOLLOW|unix.O_CLOEXEC, 0)
		if err == nil {
			eraseBelow(below, device)
			_ = unix.Close(below)
		}
		_ = unix.Unlinkat(dir, name, unix.AT_REMOVEDIR)
	}
}

// namesIn reads a whole directory, before anything in it is deleted.
func namesIn(dir int) []string {
	var names []string
	buf := make([]byte, 8192)
	for {
		n, err := unix.ReadDirent(dir, buf)
		if err != nil || n <= 0 {
			return names
		}
		_, _, names = unix.ParseDirent(buf[:n], -1, names)
	}
}
