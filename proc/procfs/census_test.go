package procfs

import (
	"fmt"
	"os"
	"os/exec"
	"strings"
	"sync"
	"testing"
)

// reads counts our system calls that read, of proc(5)'s io.
func reads(t *testing.T) (n int) {
	t.Helper()
	text, err := os.ReadFile("/proc/self/io")
	if err != nil {
		t.Skip(err)
	}
	for line := range strings.Lines(string(text)) {
		_, _ = fmt.Sscanf(line, "syscr: %d", &n)
	}
	return n
}

// Many at once read /proc a few times, and each sees what was there when he asked.
func TestCensusIsShared(t *testing.T) {
	const count = 100
	before := reads(t)
	All()
	once := reads(t) - before
	var c Census
	var asking sync.WaitGroup
	before = reads(t)
	for range count {
		asking.Go(func() {
			if c.Read()[os.Getpid()].Pid != os.Getpid() {
				t.Error("we are not in it")
			}
		})
	}
	asking.Wait()
	if took := reads(t) - before; took > count/2*once {
		t.Errorf("%d reads for %d who asked, with %d for one", took, count, once)
	}
	if c.all != nil {
		t.Error("it is kept for nobody")
	}
	c.asking.Add(1) // somebody is slow to take the reading that there is
	c.Read()
	child := exec.Command("sleep", "1000")
	if err := child.Start(); err != nil {
		t.Fatal(err)
	}
	if c.Read()[child.Process.Pid].Ppid != os.Getpid() {
		t.Error("a child born before the question is not in it")
	}
	_ = child.Process.Kill()
	_ = child.Wait()
}
