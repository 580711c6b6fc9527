package proc

import (
	"os"
	"os/exec"
	"testing"
)

// The first thread's descriptors stay the process's, whoever begins the spawner.
func TestOnThread(t *testing.T) {
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), "PROC_TEST_THREADS=1")
	said, err := cmd.Output()
	if err != nil || string(said) != "called on the first: true\nruns on the first: false\n" {
		t.Errorf("%q, %v", said, err)
	}
}
