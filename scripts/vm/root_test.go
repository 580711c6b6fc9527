package vm

import "testing"

// rootOptions is a service that says how the root is mounted, and ends.
var rootOptions = script("oneshot = true", `
while read -r _ target _ options _; do
	test $target = / && how=${options%%,*}
done </proc/self/mounts
echo "the root is $how" >/dev/console
kill -TERM 1`)

// TestRootIsReadOnly goes on to a root without and with rw on the command line: like
// the kernel itself, zinit mounts it read-only unless it is told otherwise.
func TestRootIsReadOnly(t *testing.T) {
	needMachine(t)
	t.Parallel()
	disk := image{files: files{"options.toml": rootOptions}}.disk(t)
	initramfs := image{bare: true}.initramfs(t)
	for words, want := range map[string]string{"": "ro", "ro": "ro", "rw": "rw", "ro rw": "rw"} {
		m := boot(t, "root=LABEL=zinit "+words, "-i", initramfs, "-d", disk)
		m.shows("the root is " + want)
		m.ends()
		checkDisk(t, disk)
	}
}

// TestLateRoot waits for a root that is plugged in long after the boot.
func TestLateRoot(t *testing.T) {
	needMachine(t)
	t.Parallel()
	disk := image{files: files{"options.toml": rootOptions}}.disk(t)
	m := boot(t, "root=LABEL=zinit rw rootwait", "-i", image{bare: true}.initramfs(t), "-p", disk)
	m.shows("waiting for root=LABEL=zinit")
	m.orders("device_add nvme,drive=later,serial=later,bus=empty")
	m.shows("the root is rw")
	m.ends()
	checkDisk(t, disk)
}

// TestEndOfMounts has a machine with swap on a file, a second disk and a file system
// below another one: in the end no swap is in use, all is unmounted and clean.
func TestEndOfMounts(t *testing.T) {
	needMachine(t)
	t.Parallel()
	second := image{bare: true}.disk(t)
	disk := image{files: files{
		"mounts.toml": script("oneshot = true", `
exec >/dev/console 2>&1
set -e
busybox dd if=/dev/zero of=/var/swap bs=4096 count=1024 2>/dev/null
busybox chmod 600 /var/swap
busybox mkswap /var/swap
busybox swapon /var/swap
busybox mkdir -p "/mnt/a disk"
mount -t ext4 /dev/nvme1n1 "/mnt/a disk"
busybox mkdir -p "/mnt/a disk/below"
mount -t tmpfs tmpfs "/mnt/a disk/below"
echo written >"/mnt/a disk/written"
while read -r area _; do echo "swap on $area"; done </proc/swaps
exec zinit poweroff`),
	}}.disk(t)
	m := boot(t, "root=/dev/nvme0n1 rw", "-d", disk, "-d", second)
	m.shows("swap on /var/swap")
	m.ends()
	m.never("zinit-pid1: cannot ")
	for _, d := range []string{disk, second} {
		checkDisk(t, d)
	}
	if got := onDisk(t, second, "/written"); got != "written\n" {
		t.Errorf("the second disk has %q", got)
	}
}

// TestNoServerCanRun takes the binary away from a machine and then its server: PID 1
// goes on, services too, and it answers Ctrl-Alt-Del.
func TestNoServerCanRun(t *testing.T) {
	needMachine(t)
	t.Parallel()
	m := boot(t, "", "-i", image{files: files{
		"web.toml": greeter("web", ""),
		"thief.toml": script("oneshot = true", `
busybox rm /bin/zinit
kill -9 $(pidof zinit-server)`),
	}}.initramfs(t))
	m.shows("zinit-server has ended (signal killed), services go on")
	m.expect(`cannot start (?s:.*)web is pid \d+`, 1)
	m.ctrlAltDel(1)
	m.shows("shutting down")
	m.ends()
}

// orders has qemu's monitor do something.
func (m *machine) orders(command string) {
	m.t.Helper()
	conn := m.dial(m.monitor)
	defer conn.Close()
	m.answer(conn) // its greeting
	_, err := conn.Write([]byte(command + "\n"))
	must(m.t, err)
	m.answer(conn)
}
