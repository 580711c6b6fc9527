package vm

import (
	"os/exec"
	"regexp"
	"strings"
	"testing"
)

func containsAll(text string, parts ...string) bool {
	for _, part := range parts {
		if !strings.Contains(text, part) {
			return false
		}
	}
	return true
}

// onDisk reads a file of a disk image's.
func onDisk(t *testing.T, disk, path string) string {
	t.Helper()
	out, err := exec.Command("/sbin/debugfs", "-R", "cat "+path, disk).Output()
	must(t, err)
	return string(out)
}

// checkDisk says whether a file system was left as it should be: unmounted or
// read-only, with nothing to replay and nothing to mend.
func checkDisk(t *testing.T, disk string) {
	t.Helper()
	out, err := exec.Command("/sbin/e2fsck", "-f", "-n", disk).CombinedOutput()
	if err != nil || strings.Contains(string(out), "recover") {
		t.Errorf("e2fsck: %v\n%s", err, out)
	}
	features := do(t, "/sbin/dumpe2fs", "-h", disk)
	if regexp.MustCompile(`Filesystem features:.*needs_recovery`).MatchString(features) {
		t.Error("the journal was not written back")
	}
}

// counter is a service that counts boots on the disk and then asks for an end.
func counter(end string) string {
	return script("oneshot = true", `
read -r count </var/count || count=0
count=$((count + 1))
echo $count >/var/count
echo "boot $count" >/dev/console
`+end)
}

// TestDisk boots the kernel right from a disk. What a service wrote just before
// the power went off is there afterwards, and the disk is clean.
func TestDisk(t *testing.T) {
	needMachine(t)
	t.Parallel()
	disk := image{files: files{
		"writer.toml": script("oneshot = true", `
echo "hello, disk" >/var/written
echo open >/var/open
exec zinit poweroff`),
		// It ignores being told to stop, and holds a file open for writing.
		"holder.toml": script("[lifecycle]\nstop_timeout_ms = 1000", `
trap '' TERM
exec >/var/held
while :; do echo x; sleep 1; done`),
	}}.disk(t)
	m := boot(t, "root=/dev/nvme0n1 rw", "-d", disk)
	m.ends()
	if got := onDisk(t, disk, "/var/written"); got != "hello, disk\n" {
		t.Errorf("the disk has %q", got)
	}
	checkDisk(t, disk)
}

// TestRebootTwice counts boots on a disk. A reboot ends qemu, so it is started
// anew each time, on the same disk.
func TestRebootTwice(t *testing.T) {
	needMachine(t)
	t.Parallel()
	disk := image{files: files{"counter.toml": counter("zinit reboot")}}.disk(t)
	for range 2 {
		m := boot(t, "root=/dev/nvme0n1 rw", "-d", disk)
		m.ends()
		m.shows("Restarting system")
		checkDisk(t, disk)
	}
	if got := onDisk(t, disk, "/var/count"); got != "2\n" {
		t.Errorf("the disk counted %q boots", got)
	}
}

// TestSwitchRoot boots an initramfs that goes on to the disk with a label, and
// one that goes on by UUID to an init of its own choice.
func TestSwitchRoot(t *testing.T) {
	needMachine(t)
	t.Parallel()
	disk := image{files: files{
		"etc/hostname": "disk\n",
		"counter.toml": counter(`
exec >/dev/console
while read -r _ target type _; do echo "mounted $target $type"; done </proc/self/mounts
echo "host $(cat /proc/sys/kernel/hostname)"
test -e /only-in-initramfs || echo "the initramfs is gone"
kill -PWR 1`),
		"sbin/other": "",
	}}.disk(t)
	initramfs := image{bare: true, files: files{
		"only-in-initramfs": "x",
		"early.toml":        script("", "not to be run"),
	}}.initramfs(t)
	uuid := regexp.MustCompile(`UUID:\s+(\S+)`).FindStringSubmatch(do(t, "/sbin/dumpe2fs", "-h", disk))[1]
	for i, words := range []string{
		"root=LABEL=zinit rw rootwait",
		"root=UUID=" + strings.ToUpper(uuid) + " rw rootfstype=ext4 init=/sbin/zinit-pid1",
	} {
		m := boot(t, words, "-i", initramfs, "-d", disk)
		m.expect(`boot `+string(rune('1'+i)), 1)
		for _, fact := range []string{"mounted / ext4", "mounted /dev devtmpfs", "mounted /run tmpfs", "host disk", "the initramfs is gone"} {
			m.shows(fact)
		}
		m.ends()
		m.never("zinit-pid1: cannot ")
		for _, dir := range []string{"/proc", "/dev", "/run"} {
			if n := strings.Count(m.console(), "mounted "+dir+" "); n != 1 {
				t.Errorf("%s is mounted %d times", dir, n)
			}
		}
		checkDisk(t, disk)
	}
}

// TestUpgradedBinary replaces the program that PID 1 runs from. The file system
// cannot become read-only while a deleted file is in use, so its journal has to
// be enough.
func TestUpgradedBinary(t *testing.T) {
	needMachine(t)
	t.Parallel()
	disk := image{files: files{
		"upgrade.toml": script("oneshot = true", `
cat /bin/zinit >/bin/new
busybox chmod 755 /bin/new
busybox mv /bin/new /bin/zinit
echo upgraded >/var/written
kill -TERM 1`),
	}}.disk(t)
	boot(t, "root=/dev/nvme0n1 rw", "-d", disk).ends()
	if code := exec.Command("/sbin/e2fsck", "-f", "-p", disk).Run(); code != nil && exitCode(code) > 1 {
		t.Errorf("e2fsck: %v", code)
	}
	if got := onDisk(t, disk, "/var/written"); got != "upgraded\n" {
		t.Errorf("the disk has %q", got)
	}
}

func exitCode(err error) int {
	if e, ok := err.(*exec.ExitError); ok {
		return e.ExitCode()
	}
	return -1
}

// TestNoRoot boots an initramfs whose root does not exist: it says so, and does
// what it can.
func TestNoRoot(t *testing.T) {
	needMachine(t)
	t.Parallel()
	m := boot(t, "root=LABEL=nowhere", "-i", image{bare: true}.initramfs(t))
	m.shows("cannot find root=LABEL=nowhere")
	m.shows("no emergency shell: there is no shell in this image")
	m.ctrlAltDel(1)
	m.ends()
}
