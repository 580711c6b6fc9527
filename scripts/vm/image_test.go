package vm

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
)

// binary is zinit, built once for all tests.
var binary string

func TestMain(m *testing.M) {
	os.Exit(run(m))
}

func run(m *testing.M) int {
	if lacking() != "" {
		return m.Run() // each test says why it is left out
	}
	dir, err := os.MkdirTemp("", "zinit-vm-")
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	defer os.RemoveAll(dir)
	binary = filepath.Join(dir, "zinit")
	build := exec.Command("make", "-s", "-C", "../..", "build", "BINARY="+binary)
	if out, err := build.CombinedOutput(); err != nil {
		fmt.Fprintf(os.Stderr, "cannot build zinit: %v\n%s", err, out)
		return 1
	}
	return m.Run()
}

// lacking says what is not there that a virtual machine takes.
func lacking() string {
	for program, pack := range map[string]string{
		"qemu-system-x86_64": "qemu-system-x86",
		"cpio":               "cpio",
		"busybox":            "busybox-static",
		"/sbin/mke2fs":       "e2fsprogs",
		"/sbin/debugfs":      "e2fsprogs",
		"/sbin/mkswap":       "util-linux",
	} {
		if _, err := exec.LookPath(program); err != nil {
			return program + " is not installed (" + pack + ")"
		}
	}
	if kernels, _ := filepath.Glob("/boot/vmlinuz-*-cloud-amd64"); len(kernels) == 0 {
		return "there is no kernel in /boot (linux-image-cloud-amd64)"
	}
	return ""
}

// needMachine leaves a test out where there is nothing to run it with.
func needMachine(t *testing.T) {
	t.Helper()
	why := lacking()
	switch {
	case why != "" && os.Getenv("CI") == "true":
		t.Fatalf("cannot boot a virtual machine: %s", why)
	case why != "":
		t.Skipf("left out: %s", why)
	case testing.Short():
		t.Skip("left out: a virtual machine takes long")
	}
}

// files is what an image holds beside zinit: paths and their content. A service
// is written as "web.toml"; all may be executed.
type files map[string]string

// image is what goes into an initramfs or on a disk.
type image struct {
	files files
	bare  bool // without a shell
}

// script makes a service of a shell script.
func script(keys, body string) string {
	return fmt.Sprintf("[service]\nexec = [\"/bin/sh\", \"-c\", '''\n%s\n''']\n%s\n", body, keys)
}

// tree writes an image's files and gives the words that tell a builder of them.
func (i image) tree(t *testing.T) []string {
	t.Helper()
	root, services := t.TempDir(), t.TempDir()
	for name, text := range i.files {
		path := filepath.Join(root, name)
		if filepath.Dir(name) == "." {
			path = filepath.Join(services, name)
		}
		must(t, os.MkdirAll(filepath.Dir(path), 0o755))
		must(t, os.WriteFile(path, []byte(text), 0o755))
	}
	if !i.bare {
		addShell(t, root)
	}
	return []string{"-b", binary, "-c", services, "-f", root}
}

// addShell puts busybox and some of its names into a tree.
func addShell(t *testing.T, root string) {
	t.Helper()
	bin := filepath.Join(root, "bin")
	must(t, os.MkdirAll(bin, 0o755))
	busybox, err := exec.LookPath("busybox")
	must(t, err)
	program, err := os.ReadFile(busybox)
	must(t, err)
	must(t, os.WriteFile(filepath.Join(bin, "busybox"), program, 0o755))
	for _, name := range []string{"sh", "cat", "echo", "kill", "ls", "mount", "pidof", "sleep", "stty", "sync", "test", "tty", "yes"} {
		must(t, os.Symlink("busybox", filepath.Join(bin, name)))
	}
}

// initramfs builds one and gives its path.
func (i image) initramfs(t *testing.T) string {
	t.Helper()
	out := filepath.Join(t.TempDir(), "initramfs.cpio")
	do(t, "../initramfs.sh", append(i.tree(t), "-o", out)...)
	return out
}

// disk builds one and gives its path.
func (i image) disk(t *testing.T) string {
	t.Helper()
	out := filepath.Join(t.TempDir(), "disk.img")
	do(t, "../disk.sh", append(i.tree(t), "-s", "32M", "-o", out)...)
	return out
}

// do runs a program that has to work and gives its output.
func do(t *testing.T, name string, args ...string) string {
	t.Helper()
	out, err := exec.Command(name, args...).CombinedOutput()
	if err != nil {
		t.Fatalf("%s %q: %v\n%s", name, args, err, out)
	}
	return string(out)
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
