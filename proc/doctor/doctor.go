package doctor

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"golang.org/x/sys/unix"

	"zinit/proc/account"
	"zinit/proc/cgroup"
	"zinit/proc/procfs"
)

// Check is one finding.
type Check struct {
	Name string // one word
	OK   bool   // nothing is weaker for it
	Text string // what there is, and what is weaker
}

// Place is what the server tells of itself.
type Place struct {
	Mode   string // standalone, container or machine
	RunDir string
	Groups *cgroup.Tree
}

// verdict is what comes of a look: what there is, and, where that is too little,
// what is weaker for it.
type verdict struct{ found, weaker string }

// Examine looks at everything, in the order in which it is shown. It takes some
// milliseconds. Any goroutine may call.
func Examine(p Place) []Check {
	mine, _ := account.Capabilities() // unknown: none are counted on
	var checks []Check
	for _, look := range []struct {
		name string
		at   verdict
	}{
		{"kernel", kernel()},
		{"mode", mode(p.Mode)},
		{"run-dir", runDir(p.RunDir)},
		{"cgroup", groups(p.Groups)},
		{"controllers", controllers(p.Groups)},
		{"proc", visible()},
		{"children", children()},
		{"pidfd", pidfd()},
		{"spawner", spawner()},
		{"users", users(mine)},
		{"capabilities", capabilities(mine)},
		{"descriptors", descriptors()},
		{"link", link()},
		{"null", device("/dev/null", unix.S_IFCHR, "a service's stdin is a pipe at its end, and output that is not wanted cannot be dropped")},
		{"syslog", device("/dev/log", unix.S_IFSOCK, "what programs send to syslog is lost")},
		{"shell", shell()},
	} {
		c := Check{Name: look.name, OK: look.at.weaker == "", Text: look.at.found}
		if !c.OK {
			c.Text += ": " + look.at.weaker
		}
		checks = append(checks, c)
	}
	return checks
}

// kernel asks for what is newer than Linux 5.11, without which nothing runs.
func kernel() verdict {
	var name unix.Utsname
	if err := unix.Uname(&name); err != nil {
		return verdict{err.Error(), "the version is not known"}
	}
	release := unix.ByteSliceToString(name.Release[:])
	v := verdict{found: "Linux " + release}
	switch version := version(release); {
	case version < 5014:
		v.weaker = "a control group is killed process by process (5.14)"
	case version < 6015:
		v.weaker = "without zinit-pid1, exit codes of services that outlived a killed server are unknown (6.15)"
	}
	return v
}

// version is a release as a number: 6.12.3-cloud is 6012.
func version(release string) int {
	words := strings.FieldsFunc(release, func(r rune) bool { return r < '0' || r > '9' })
	if len(words) < 2 {
		return 0
	}
	major, _ := strconv.Atoi(words[0])
	minor, _ := strconv.Atoi(words[1])
	return major*1000 + minor
}

func mode(mode string) verdict {
	if mode == "standalone" {
		return verdict{mode, "without zinit-pid1, exits are not told while the server is dead"}
	}
	return verdict{found: mode}
}

// runDir asks where what must outlive the server is kept.
func runDir(path string) verdict {
	var fs unix.Statfs_t
	if err := unix.Statfs(path, &fs); err != nil {
		return verdict{path + ": " + err.Error(), "nothing outlives the server"}
	}
	free := uint64(fs.Bsize) * fs.Bavail >> 20
	const ramfs, least = 0x858458f6, 16
	v := verdict{found: fmt.Sprintf("%s, %d MiB free", path, free)}
	switch {
	case fs.Type == ramfs: // it has no size
		v.found = path
	case fs.Type != unix.TMPFS_MAGIC:
		v.weaker = "it is not in memory (tmpfs), so a slow disk makes births and logs slow"
	case free < least:
		v.weaker = "when it is full output is dropped, and counted"
	}
	return v
}

func groups(t *cgroup.Tree) verdict {
	if err := t.Why(); err != nil {
		return verdict{err.Error(), "what escapes from a service is looked for by descent and mark; memory_max, cpu_max and pids_max are refused"}
	}
	return verdict{found: t.Path("")}
}

func controllers(t *cgroup.Tree) verdict {
	have := t.Controllers()
	v := verdict{found: "none"}
	if len(have) > 0 {
		v.found = strings.Join(have, " ")
	}
	var weaker []string
	for _, c := range []struct{ name, text string }{
		{"memory", "memory_max is refused and the OOM killer is not told from others"},
		{"cpu", "cpu_max is refused"},
		{"pids", "pids_max is refused"},
	} {
		if !slices.Contains(have, c.name) {
			weaker = append(weaker, c.text)
		}
	}
	v.weaker = strings.Join(weaker, "; ")
	return v
}

// device asks for a file of a kind, S_IF*.
func device(path string, kind uint32, weaker string) verdict {
	var st unix.Stat_t
	err := unix.Stat(path, &st)
	if err == nil && st.Mode&unix.S_IFMT != kind {
		err = errors.New("is something else")
	}
	if err != nil {
		return verdict{path + ": " + err.Error(), weaker}
	}
	return verdict{found: path}
}

func shell() verdict {
	const path = "/bin/sh"
	if err := unix.Access(path, unix.X_OK); err != nil {
		return verdict{path + ": " + err.Error(), "commands that need a shell don't start"}
	}
	return verdict{found: path}
}

// visible asks whether /proc shows all processes, proc(5), hidepid.
func visible() verdict {
	if _, err := procfs.Identify(1); err != nil {
		return verdict{"/proc hides processes", "what escapes under another user is not found"}
	}
	return verdict{found: "shows all processes"}
}
