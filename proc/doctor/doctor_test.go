package doctor

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/sys/unix"
)

// Every check has a name of one word, a text of one line, and no two the same name.
func TestExamine(t *testing.T) {
	seen := map[string]Check{}
	for _, c := range Examine(Place{Mode: "container", RunDir: t.TempDir()}) {
		if c.Name == "" || strings.ContainsAny(c.Name, " \n") || c.Text == "" || strings.Contains(c.Text, "\n") {
			t.Errorf("odd: %+v", c)
		}
		if _, again := seen[c.Name]; again {
			t.Errorf("%s comes twice", c.Name)
		}
		seen[c.Name] = c
	}
	if c := seen["mode"]; !c.OK || c.Text != "container" {
		t.Errorf("mode is %+v", c)
	}
	if c := seen["cgroup"]; c.OK || !strings.Contains(c.Text, "memory_max, cpu_max and pids_max are refused") {
		t.Errorf("cgroup is %+v", c)
	}
	if c := seen["pidfd"]; !c.OK {
		t.Errorf("pidfd is %+v", c)
	}
}

func TestRunDir(t *testing.T) {
	if v := runDir(filepath.Join(t.TempDir(), "none")); v.weaker == "" {
		t.Errorf("a directory that is not there is fine: %+v", v)
	}
	if v := runDir("/proc"); !strings.Contains(v.weaker, "it is not in memory") {
		t.Errorf("/proc is fine: %+v", v)
	}
}

func TestVersion(t *testing.T) {
	for release, want := range map[string]int{"6.12.3-cloud-amd64": 6012, "5.11": 5011, "6.18.44-fc-v657": 6018, "odd": 0, "": 0} {
		if got := version(release); got != want {
			t.Errorf("%q is %d, want %d", release, got, want)
		}
	}
}

func TestDevice(t *testing.T) {
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	for path, ok := range map[string]bool{"/dev/null": true, file: false, file + ".none": false} {
		if v := device(path, unix.S_IFCHR, "lost"); (v.weaker == "") != ok {
			t.Errorf("%s: %+v", path, v)
		}
	}
}

func TestCapabilities(t *testing.T) {
	if v := capabilities(^uint64(0)); v.weaker != "" {
		t.Errorf("all is not enough: %+v", v)
	}
	none := capabilities(0)
	for _, p := range powers {
		if !strings.Contains(none.found, p.name) || !strings.Contains(none.weaker, p.weaker) {
			t.Errorf("%s is not lacked: %+v", p.name, none)
		}
	}
	if v := users(1 << unix.CAP_SETUID); !strings.Contains(v.weaker, "others are refused") {
		t.Errorf("one capability will do: %+v", v)
	}
}
