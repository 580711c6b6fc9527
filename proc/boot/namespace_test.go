package boot

import (
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"slices"
	"strings"
	"syscall"
	"testing"

	"golang.org/x/sys/unix"
)

// role is the variable that makes the test binary play a part in namespaces of
// its own instead of running the tests.
const role = "BOOT_TEST_ROLE"

func TestMain(m *testing.M) {
	part, ok := os.LookupEnv(role)
	if !ok {
		os.Exit(m.Run())
	}
	parts := map[string]func() error{
		"mount":    playMount,
		"switch":   playSwitch,
		"switched": playSwitched,
		"console":  playConsole,
		"end":      playEnd,
		"stubborn": playStubborn,
	}
	if err := parts[part](); err != nil {
		fmt.Println("failed:", err)
		os.Exit(1)
	}
	os.Exit(0)
}

// play runs a part as the first process of namespaces of its own and gives the
// lines that it prints.
func play(t *testing.T, part string) []string {
	t.Helper()
	if os.Getuid() != 0 {
		t.Skip("namespaces of our own take root")
	}
	cmd := exec.Command("/proc/self/exe")
	cmd.Env = append(os.Environ(), role+"="+part)
	cmd.Dir = t.TempDir()
	cmd.SysProcAttr = &syscall.SysProcAttr{
		Cloneflags: unix.CLONE_NEWNS | unix.CLONE_NEWPID | unix.CLONE_NEWUTS | unix.CLONE_NEWNET | unix.CLONE_NEWIPC,
		Pdeathsig:  unix.SIGKILL,
	}
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	return strings.Split(strings.TrimSpace(string(out)), "\n")
}

// newTmpfs makes an empty tmpfs the root, as an initramfs is one. What the test
// binary needs of the old root is open by then.
func newTmpfs(fill func(root string) error) error {
	here, err := os.Getwd()
	if err != nil {
		return err
	}
	if err := unix.Mount("", "/", "", unix.MS_REC|unix.MS_PRIVATE, ""); err != nil {
		return err
	}
	if err := unix.Mount("tmpfs", here, "tmpfs", 0, "mode=755"); err != nil {
		return err
	}
	if err := fill(here); err != nil {
		return err
	}
	if err := unix.Chdir(here); err != nil {
		return err
	}
	if err := unix.Mount(".", "/", "", unix.MS_MOVE, ""); err != nil {
		return err
	}
	if err := unix.Chroot("."); err != nil {
		return err
	}
	return unix.Chdir("/")
}

// sayHere prints what PID 1 would say.
func sayHere(format string, args ...any) { fmt.Printf("said: "+format+"\n", args...) }

// ownMounts is the table without what would show the machine's own devices.
func ownMounts() []Mount {
	return slices.DeleteFunc(slices.Clone(mounts), func(m Mount) bool { return m.Type == "devtmpfs" || m.Type == "cgroup2" })
}

func playMount() error {
	err := newTmpfs(func(root string) error {
		if err := os.Mkdir(root+"/etc", 0o755); err != nil {
			return err
		}
		return os.WriteFile(root+"/etc/hostname", []byte("# a remark\n\n  box \n"), 0o644)
	})
	if err != nil {
		return err
	}
	for range 2 { // the second time nothing is left to do
		mountAll(ownMounts(), sayHere)
	}
	if err := setHostname(); err != nil {
		return err
	}
	if err := loopbackUp(); err != nil {
		return err
	}
	if err := unix.Mount("disk", "/nowhere", "no-such-type", 0, ""); err == nil {
		return fmt.Errorf("a mount that cannot work worked")
	}
	mountAll([]Mount{{Source: "x", Target: "/mnt", Type: "no-such-type"}}, sayHere)
	return report("/proc/self/mounts", "/proc/sys/kernel/hostname", "/sys/class/net/lo/flags")
}

func report(files ...string) error {
	for _, path := range files {
		text, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		for line := range strings.Lines(string(text)) {
			fmt.Printf("%s: %s\n", path, strings.TrimSpace(line))
		}
	}
	return nil
}

func TestMountAll(t *testing.T) {
	t.Parallel()
	lines := play(t, "mount")
	for _, m := range ownMounts() {
		n := 0
		for _, line := range lines {
			if strings.HasPrefix(line, "/proc/self/mounts: "+m.Source+" "+m.Target+" "+m.Type+" ") {
				n++
			}
		}
		if n != 1 {
			t.Errorf("%s is mounted %d times", m.Target, n)
		}
	}
	if !slices.Contains(lines, "/proc/sys/kernel/hostname: box") {
		t.Error("the host's name is not set")
	}
	if !slices.Contains(lines, "/sys/class/net/lo/flags: 0x9") {
		t.Error("the loopback interface is down")
	}
	said := slices.DeleteFunc(slices.Clone(lines), func(line string) bool { return !strings.HasPrefix(line, "said: ") })
	if len(said) != 1 || !strings.HasPrefix(said[0], "said: cannot mount /mnt (mount -t no-such-type x /mnt): ") {
		t.Errorf("said %q, want one line about /mnt", said)
	}
	if t.Failed() {
		t.Log(strings.Join(lines, "\n"))
	}
}

// playEnd is PID 1 with a process that will not go.
func playEnd() error {
	ready, w, err := os.Pipe()
	if err != nil {
		return err
	}
	pid, err := syscall.ForkExec("/proc/self/exe", []string{"stubborn"}, &syscall.ProcAttr{
		Env:   []string{role + "=stubborn"},
		Files: []uintptr{0, w.Fd(), 2},
		Sys:   &syscall.SysProcAttr{Setsid: true},
	})
	if err != nil {
		return err
	}
	if _, err := ready.Read(make([]byte, 1)); err != nil {
		return err
	}
	go reapAll()
	EndOffspring(true)
	fmt.Printf("the stubborn one: %v\n", unix.Kill(pid, 0))
	return nil
}

// reapAll is the reaper until there are no children.
func reapAll() {
	for {
		if _, err := unix.Wait4(-1, nil, 0, nil); err == unix.ECHILD {
			return
		}
	}
}

func playStubborn() error {
	signals := make(chan os.Signal, 8)
	signal.Notify(signals)
	fmt.Println("ready")
	for range signals { // none of them matters
	}
	return nil
}

func TestEndOffspring(t *testing.T) {
	t.Parallel()
	lines := play(t, "end")
	if want := []string{"the stubborn one: no such process"}; !slices.Equal(lines, want) {
		t.Errorf("got %q, want %q", lines, want)
	}
}
