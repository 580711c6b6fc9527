package vm

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// builtin is a service that zinit carries out itself.
func builtin(name, keys string) string {
	return "[service]\nexec = \"@builtin:" + name + "\"\noneshot = true\n" + keys
}

// outside reads a file of this machine's.
func outside(t *testing.T, path string) string {
	t.Helper()
	text, err := os.ReadFile(path)
	must(t, err)
	return string(text)
}

// program adds a dynamically linked program and its libraries to an image.
func (f files) program(t *testing.T, path string) {
	t.Helper()
	out, err := exec.Command("ldd", path).Output()
	must(t, err)
	for _, word := range append(strings.Fields(string(out)), path) {
		if strings.HasPrefix(word, "/") {
			f[strings.TrimPrefix(word, "/")] = outside(t, word)
		}
	}
}

// module adds a kernel module that needs no other to an image, as depmod(8) would.
func (f files) module(t *testing.T, below string) {
	t.Helper()
	found, _ := filepath.Glob("/lib/modules/*-cloud-amd64/kernel/" + below)
	if len(found) == 0 {
		t.Fatalf("there is no module %s", below)
	}
	path := found[len(found)-1]
	dir, _, _ := strings.Cut(path, "/kernel/")
	f[strings.TrimPrefix(path, "/")] = outside(t, path)
	f[strings.TrimPrefix(dir, "/")+"/modules.dep"] = "kernel/" + below + ":\n"
}

// blank makes an empty disk.
func blank(t *testing.T) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "blank.img")
	must(t, os.WriteFile(path, nil, 0o600))
	must(t, os.Truncate(path, 32<<20))
	return path
}

// TestBuiltins boots a machine that has no scripts for parameters, modules, mounts and
// swap, twice on the same disks: the first time its system volume is made.
func TestBuiltins(t *testing.T) {
	needMachine(t)
	t.Parallel()
	all := files{
		"etc/sysctl.d/shop.conf":       "kernel.domainname = shop.example\n",
		"etc/modules-load.d/net.conf":  "dummy numdummies=2\n",
		"etc/fstab":                    "tmpfs /srv/fast tmpfs size=1m,noexec\nPARTUUID=0 /mnt ext4 nofail\nLABEL=shopswap none swap pri=3\n",
		"etc/zinit/system/params.toml": builtin("sysctl", ""),
		"etc/zinit/system/mods.toml":   builtin("modules", ""),
		"etc/zinit/system/mounts.toml": builtin("fstab", ""),
		"etc/zinit/system/swaps.toml":  builtin("swap", ""),
		"etc/zinit/system/volume.toml": builtin("sysvol", ""),
		"facts.toml": script(`oneshot = true
[dependencies]
requires = ["params", "mods", "mounts", "swaps", "volume"]`, `
exec >/dev/console
echo "domain $(cat /proc/sys/kernel/domainname)"
ls -d /sys/class/net/dummy1
while read -r _ target type options _; do echo "$target $type $options"; done </proc/self/mounts
cat /proc/swaps
zinit logs mounts
read -r count </var/lib/sysvol/count || count=0
echo $((count + 1)) >/var/lib/sysvol/count
echo "boot $((count + 1))"
zinit poweroff`),
	}
	all.program(t, "/sbin/mkfs.ext4")
	all.module(t, "drivers/net/dummy.ko")
	initramfs := image{files: all}.initramfs(t)
	volume, swap := blank(t), blank(t)
	do(t, "/sbin/mkswap", "-L", "shopswap", swap)
	for _, boots := range []string{"boot 1", "boot 2"} {
		m := boot(t, "zinit.sysvol=/dev/nvme0n1", "-i", initramfs, "-d", volume, "-d", swap)
		m.shows(boots)
		m.ends()
		for _, fact := range []string{
			"domain shop.example", "/sys/class/net/dummy1", "/srv/fast tmpfs rw,noexec", "/dev/nvme1n1",
			"PARTUUID=0 is not understood here", "/var/lib/sysvol ext4 rw,nosuid,nodev",
		} {
			if !strings.Contains(m.console(), fact) {
				t.Errorf("the console does not show %q", fact)
			}
		}
	}
	checkDisk(t, volume)
	if label := do(t, "/sbin/e2label", volume); strings.TrimSpace(label) != "sysvol" {
		t.Errorf("the label is %q", label)
	}
}
