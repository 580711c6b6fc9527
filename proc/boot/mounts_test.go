package boot

import (
	"slices"
	"strings"
	"testing"
)

func TestMountsAsCommands(t *testing.T) {
	want := []string{
		"mount -t proc -o nosuid,nodev,noexec proc /proc",
		"mount -t sysfs -o nosuid,nodev,noexec sysfs /sys",
		"mount -t devtmpfs -o nosuid,mode=755 devtmpfs /dev",
		"mount -t devpts -o nosuid,noexec,gid=5,mode=620,ptmxmode=666 devpts /dev/pts",
		"mount -t tmpfs -o nosuid,nodev,mode=1777 tmpfs /dev/shm",
		"mount -t tmpfs -o nosuid,nodev,mode=755 tmpfs /run",
		"mount -t tmpfs -o nosuid,nodev,mode=1777 tmpfs /tmp",
		"mount -t cgroup2 -o nosuid,nodev,noexec,nsdelegate cgroup2 /sys/fs/cgroup",
	}
	var got []string
	for _, m := range mounts {
		got = append(got, m.String())
	}
	if !slices.Equal(got, want) {
		t.Errorf("got\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
}

func TestMountPoint(t *testing.T) {
	for dir, want := range map[string]bool{"/proc": true, "/proc/self": false, t.TempDir(): false} {
		if got, err := IsMountPoint(dir); err != nil || got != want {
			t.Errorf("%s: got %v, %v, want %v", dir, got, err, want)
		}
	}
}

func TestToUnmount(t *testing.T) {
	const table = `/dev/nvme0n1 / ext4 rw 0 0
proc /proc proc rw 0 0
tmpfs /run tmpfs rw 0 0
tmpfs /run/media tmpfs rw 0 0
/dev/a /srv ext4 rw 0 0
/dev/b /srv/deep/er ext4 rw 0 0
/dev/c /my\040disk ext4 rw 0 0
/dev/d /srv ext4 rw 0 0
/dev/e /last ext4 rw 0 0
`
	// Of equal depth, what was mounted last goes first: it may lie above.
	want := []string{"/srv/deep/er", "/run/media", "/last", "/srv", "/my disk", "/srv"}
	if got := toUnmount(table); !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestSwapAreas(t *testing.T) {
	const table = "Filename\t\t\tType\t\tSize\tUsed\tPriority\n" +
		"/swap\\040file                              file\t\t1024\t0\t-2\n" +
		"/dev/nvme0n1p2                          partition\t1024\t0\t-3\n"
	want := []string{"/swap file", "/dev/nvme0n1p2"}
	if got := swapAreas(table); !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
}
