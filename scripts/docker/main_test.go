package docker

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
)

// image is the name of the image without services, and of all that is made of it.
var image = fmt.Sprintf("zinit-test-%d", os.Getpid())

// built is where the two programs are.
var built string

func TestMain(m *testing.M) {
	if exec.Command("docker", "version").Run() != nil {
		os.Exit(withDaemon())
	}
	os.Exit(run(m))
}

// withDaemon runs these tests again, with a daemon of their own.
func withDaemon() int {
	if os.Getenv("DOCKER_TEST_DAEMON") != "" {
		fmt.Fprintln(os.Stderr, "the daemon that was started does not answer")
		return 1
	}
	cmd := exec.Command("../docker.sh", os.Args...)
	cmd.Env = append(os.Environ(), "DOCKER_TEST_DAEMON=1")
	cmd.Stdout, cmd.Stderr = os.Stdout, os.Stderr
	err := cmd.Run()
	if failed, ok := errors.AsType[*exec.ExitError](err); ok {
		return failed.ExitCode()
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	return 0
}

func run(m *testing.M) int {
	dir, err := os.MkdirTemp("", "zinit-docker-")
	if err == nil {
		defer os.RemoveAll(dir)
		built = dir
		err = prepare()
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	defer exec.Command("docker", "rmi", "-f", image).Run()
	return m.Run()
}

// prepare builds the programs and the image that has both.
func prepare() error {
	files := filepath.Join(built, "files")
	if err := os.Mkdir(files, 0o755); err != nil {
		return err
	}
	for _, words := range [][]string{
		{"make", "-s", "-C", "../..", "build", "BINARY=" + filepath.Join(built, "zinit")},
		{"go", "build", "-ldflags", "-s -w", "-o", filepath.Join(files, "actor"), "../actor"},
		{"../image.sh", "-b", filepath.Join(built, "zinit"), "-f", files, "-t", image},
	} {
		cmd := exec.Command(words[0], words[1:]...)
		cmd.Env = append(os.Environ(), "CGO_ENABLED=0")
		if text, err := cmd.CombinedOutput(); err != nil {
			return fmt.Errorf("%s: %w\n%s", words, err, text)
		}
	}
	return nil
}
