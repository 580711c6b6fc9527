package applets

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// The program needs nothing but itself and the kernel's /proc: no libc, no shell, no
// /etc, no /dev. In a root directory that holds one file it starts a service, shows
// its output and ends in order.
func TestEmptyRoot(t *testing.T) {
	if os.Geteuid() != 0 {
		t.Skip("only root can have another root directory")
	}
	root := t.TempDir()
	build := exec.Command("go", "build", "-o", filepath.Join(root, "zinit"), "zinit")
	build.Env = append(os.Environ(), "CGO_ENABLED=0")
	if text, err := build.CombinedOutput(); err != nil {
		t.Fatalf("cannot build: %v\n%s", err, text)
	}
	inside := func(words ...string) *exec.Cmd {
		cmd := exec.Command("/zinit", words...)
		cmd.Dir, cmd.Env = "/", []string{"ZINIT_SOCKET=/z.sock", "ZINIT_CONFIG_DIR=/services"}
		cmd.SysProcAttr = &syscall.SysProcAttr{Chroot: root}
		return cmd
	}
	for _, dir := range []string{"services", "proc"} {
		if err := os.Mkdir(filepath.Join(root, dir), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	if err := unix.Mount("proc", filepath.Join(root, "proc"), "proc", unix.MS_RDONLY, ""); err != nil {
		t.Skipf("cannot mount /proc: %v", err)
	}
	t.Cleanup(func() {
		if err := unix.Unmount(filepath.Join(root, "proc"), unix.MNT_DETACH); err != nil {
			t.Error(err)
		}
	})
	const web = "[service]\nexec = \"/zinit --version\"\noneshot = true\n"
	if err := os.WriteFile(filepath.Join(root, "services/web.toml"), []byte(web), 0o644); err != nil {
		t.Fatal(err)
	}
	server := inside("server")
	var log strings.Builder
	server.Stderr = &log
	if err := server.Start(); err != nil {
		t.Fatal(err)
	}
	ended := make(chan error, 1)
	go func() { ended <- server.Wait() }()
	said := ""
	for limit := time.Now().Add(patience); !strings.Contains(said, "go1."); <-time.After(pause) {
		if time.Now().After(limit) {
			_ = server.Process.Kill()
			<-ended
			t.Fatalf("the service never spoke:\n%s%s", said, log.String())
		}
		text, _ := inside("logs", "web").CombinedOutput() // an error is in it
		said = string(text)
	}
	if text, err := inside("shutdown").CombinedOutput(); err != nil {
		_ = server.Process.Kill()
		t.Errorf("shutdown: %v\n%s", err, text)
	}
	if err := <-ended; err != nil {
		t.Errorf("the server's end: %v\n%s", err, log.String())
	}
}
