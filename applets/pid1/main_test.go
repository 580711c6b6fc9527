package pid1_test

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"syscall"
	"testing"

	"golang.org/x/sys/unix"
)

// The programs, built for these tests: the shim starts the server from its own
// executable, so the test's will not do.
var zinit, actor string

func TestMain(m *testing.M) {
	if os.Getenv("PID1_TEST_STAGE") != "" {
		fmt.Fprintln(os.Stderr, stage(os.Args[1:]))
		os.Exit(99)
	}
	os.Exit(run(m))
}

func run(m *testing.M) int {
	dir, err := os.MkdirTemp("", "zinit-pid1-")
	if err == nil {
		defer os.RemoveAll(dir)
		err = build(dir)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	return m.Run()
}

func build(dir string) error {
	if err := os.Chmod(dir, 0o755); err != nil {
		return err
	}
	zinit, actor = filepath.Join(dir, "zinit-pid1"), filepath.Join(dir, "actor")
	for path, what := range map[string]string{zinit: "../..", actor: "../../scripts/actor"} {
		cmd := exec.Command("go", "build", "-ldflags", "-s -w", "-o", path, what)
		cmd.Env = append(os.Environ(), "CGO_ENABLED=0")
		if text, err := cmd.CombinedOutput(); err != nil {
			return fmt.Errorf("cannot build %s: %w\n%s", what, err, text)
		}
	}
	return nil
}

// stage is what the first process of a namespace does before it is the shim: it
// makes the container that it is to find. It returns only with an error.
func stage(words []string) error {
	if os.Getpid() == 1 {
		if err := unix.Mount("", "/", "", unix.MS_REC|unix.MS_PRIVATE, ""); err != nil {
			return err
		}
		if err := unix.Mount("proc", "/proc", "proc", 0, ""); err != nil {
			return err
		}
	}
	if uid, err := strconv.Atoi(os.Getenv("PID1_TEST_UID")); err == nil {
		if err := syscall.Setuid(uid); err != nil {
			return err
		}
	}
	if os.Getenv("PID1_TEST_CLOSED") != "" {
		for fd := range 3 {
			_ = unix.Close(fd)
		}
	}
	_ = os.Unsetenv("PID1_TEST_STAGE")
	return unix.Exec(words[0], words, os.Environ())
}
