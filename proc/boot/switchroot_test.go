package boot

import (
	"debug/elf"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"golang.org/x/sys/unix"
)

// playSwitch is an initramfs with files, and a real root that is an overlay: the
// one file system with content that needs no device.
func playSwitch() error {
	self, err := os.Open("/proc/self/exe")
	if err != nil {
		return err
	}
	defer self.Close()
	err = newTmpfs(func(root string) error { return fillInitramfs(root, self) })
	if err != nil {
		return err
	}
	mountAll(slices.DeleteFunc(ownMounts(), func(m Mount) bool { return strings.HasPrefix(m.Target, "/dev/") }), sayHere)
	// Without close-on-exec: what is left of the old root is looked at afterwards.
	old, err := unix.Open("/", unix.O_RDONLY|unix.O_DIRECTORY, 0)
	if err != nil {
		return err
	}
	if err := os.Setenv(role, "switched"); err != nil {
		return err
	}
	if err := os.Setenv("OLD_ROOT", fmt.Sprint(old)); err != nil {
		return err
	}
	c := CommandLine{Root: "none", RootType: "no-such-type,overlay", RootFlags: "lowerdir=/disk/root:/disk/empty"}
	if !c.HasRoot() {
		return fmt.Errorf("this should be an initramfs with a root to go on to")
	}
	return SwitchRoot(c, []string{"quiet"}, sayHere)
}

func fillInitramfs(root string, self *os.File) error {
	for _, dir := range []string{"/disk", "/etc/deep", "/proc", "/sys", "/run"} {
		if err := os.MkdirAll(root+dir, 0o755); err != nil {
			return err
		}
	}
	if err := os.WriteFile(root+"/etc/deep/file", []byte("memory"), 0o644); err != nil {
		return err
	}
	disk := root + "/disk"
	if err := unix.Mount("tmpfs", disk, "tmpfs", 0, ""); err != nil {
		return err
	}
	if err := os.Mkdir(disk+"/empty", 0o755); err != nil {
		return err
	}
	disk += "/root"
	for _, dir := range []string{"/sbin", "/opt", "/proc", "/sys", "/dev", "/run"} {
		if err := os.MkdirAll(disk+dir, 0o755); err != nil {
			return err
		}
	}
	// An absolute link means something else before the change of the root.
	if err := os.Symlink("/opt/init", disk+"/sbin/init"); err != nil {
		return err
	}
	if err := copyTo(disk+"/opt/init", self); err != nil {
		return err
	}
	return copyLibraries(disk, self)
}

// copyTo makes a program of what is read.
func copyTo(path string, from io.Reader) error {
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return err
	}
	program, err := os.OpenFile(path, os.O_CREATE|os.O_WRONLY, 0o755)
	if err != nil {
		return err
	}
	if _, err := io.Copy(program, from); err != nil {
		return err
	}
	return program.Close()
}

// copyLibraries brings what a test binary with the race detector is linked to.
func copyLibraries(disk string, self io.ReaderAt) error {
	binary, err := elf.NewFile(self)
	if err != nil {
		return err
	}
	maps, err := os.ReadFile("/proc/self/maps")
	if err != nil {
		return err
	}
	wanted := map[string]bool{}
	for _, path := range regexp.MustCompile(`/\S+\.so\S*`).FindAllString(string(maps), -1) {
		wanted[path] = true
	}
	if loader := binary.Section(".interp"); loader != nil {
		path, err := loader.Data()
		if err != nil {
			return err
		}
		wanted[strings.TrimRight(string(path), "\x00")] = true
	}
	for path := range wanted {
		from, err := os.Open(path)
		if err != nil {
			return err
		}
		defer from.Close()
		if err := copyTo(disk+path, from); err != nil {
			return err
		}
	}
	return nil
}

// playSwitched is the init of the real root.
func playSwitched() error {
	fmt.Printf("pid %d, words %q\n", os.Getpid(), os.Args)
	var old int
	if _, err := fmt.Sscan(os.Getenv("OLD_ROOT"), &old); err != nil {
		return err
	}
	fmt.Printf("left of the old root: %q\n", namesIn(old))
	disk, err := os.ReadDir("/opt")
	if err != nil {
		return err
	}
	fmt.Printf("on the disk: %v\n", disk)
	if (CommandLine{Root: "none"}).HasRoot() {
		return fmt.Errorf("the real root should not be taken for an initramfs")
	}
	return report("/proc/self/mounts")
}

func TestSwitchRoot(t *testing.T) {
	t.Parallel()
	lines := play(t, "switch")
	for _, want := range []string{
		`pid 1, words ["/sbin/init" "quiet"]`,
		// The disk is another file system, which is not ours to delete.
		`left of the old root: ["disk"]`,
		`on the disk: [- init]`,
	} {
		if !slices.Contains(lines, want) {
			t.Errorf("no line %q", want)
		}
	}
	for _, dir := range []string{"/proc", "/sys", "/run"} {
		if !slices.ContainsFunc(lines, func(line string) bool { return strings.Contains(line, " "+dir+" ") }) {
			t.Errorf("%s was not moved", dir)
		}
	}
	if t.Failed() {
		t.Log(strings.Join(lines, "\n"))
	}
}
