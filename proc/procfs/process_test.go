package procfs

import (
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"testing"
)

// What a process is asked for is what it was born with.
func TestProcess(t *testing.T) {
	file := filepath.Join(t.TempDir(), "out")
	out, err := os.Create(file)
	if err != nil {
		t.Fatal(err)
	}
	defer out.Close()
	child := exec.Command("sleep", "1000")
	child.Env, child.Stdout = []string{"A=1", "B=two words"}, out
	if err := child.Start(); err != nil {
		t.Fatal(err)
	}
	defer func() { _ = child.Process.Kill(); _ = child.Wait() }()
	pid := child.Process.Pid // Start has waited for the exec
	if env, err := Environ(pid); err != nil || !slices.Contains(env, "A=1") || !slices.Contains(env, "B=two words") {
		t.Errorf("its environment is %q, %v", env, err)
	}
	if line := CommandLine(pid); line != "sleep 1000" {
		t.Errorf("its command line is %q", line)
	}
	if paths := Outputs(pid); paths != [2]string{file, os.DevNull} {
		t.Errorf("its outputs are %q", paths)
	}
	if uid, err := Owner(pid); err != nil || uid != os.Geteuid() {
		t.Errorf("its user is %d, %v", uid, err)
	}
	if u := Measure(pid); u.Processes != 1 || u.Descriptors < 3 || u.Memory < 4096 {
		t.Errorf("it uses %+v", u)
	}
	if kids, ok := Children(os.Getpid()); ok && !slices.Contains(kids, pid) {
		t.Errorf("it is not among our children %v", kids)
	}
}

// Of nobody there is nothing.
func TestNobody(t *testing.T) {
	const pid = 1 << 30
	if _, err := Environ(pid); err == nil {
		t.Error("it has an environment")
	}
	if _, err := Owner(pid); err == nil {
		t.Error("it has an owner")
	}
	if line, paths := CommandLine(pid), Outputs(pid); line != "" || paths != [2]string{} {
		t.Errorf("it was called as %q and writes to %q", line, paths)
	}
	if u := Measure(pid); u != (Usage{Processes: 1}) {
		t.Errorf("it uses %+v", u)
	}
}
