package docker

import (
	"fmt"
	"strconv"
	"strings"
	"testing"
)

// In the pid namespace of another container zinit is not pid 1. It sees the others'
// processes, and signals none but its own: not in an ordered shutdown, nor when a
// bound of time ends one by force.
func TestPidsOfAnotherContainer(t *testing.T) {
	for name, test := range map[string]struct {
		flags []string
		exec  string
		code  int
	}{
		"in order": {nil, "/actor serve 10", 0},
		"by force": {[]string{"--env=ZINIT_SHUTDOWN_TIMEOUT_MS=200"}, "/actor stay", 1},
	} {
		t.Run(name, func(t *testing.T) {
			host := start(t, services{
				"bystander": "[service]\nexec = \"/actor serve 10\"\n",
				"leaver":    "[service]\nexec = \"/actor escape\"\n", // its child looks like anybody's orphan
			})
			host.shows("bystander | up")
			host.shows("leaver | escaped")
			before := host.listed()
			flags := append(test.flags, "--pid=container:"+host.name, "--volume", services{
				"web": "[service]\nexec = \"" + test.exec + "\"\n[lifecycle]\nstop_timeout_ms = 600000\n",
			}.write(t)+":/etc/zinit/services:ro")
			guest := guestOf(t, flags)
			guest.shows("up")
			if code := guest.stop(30); code != test.code {
				t.Errorf("exit code %d", code)
			}
			if said := guest.complaints(); strings.Count(said, "is not 1: working as a child subreaper") != 1 {
				t.Errorf("it says\n%s", said)
			}
			if after := host.listed(); after != before {
				t.Errorf("there were %s and are %s", before, after)
			}
			if code := host.stop(10); code != 0 {
				t.Errorf("exit code %d of the other container", code)
			}
		})
	}
}

// guestOf starts a container beside the test's first one.
func guestOf(t *testing.T, flags []string) container {
	t.Helper()
	c := container{t, fmt.Sprintf("%s-%s-guest", image, tag(t))}
	docker(t, append(append([]string{"run", "--detach", "--network=none", "--name", c.name}, flags...), image, "pid1")...)
	t.Cleanup(func() { docker(t, "rm", "-f", c.name) })
	return c
}

// listed is the processes that docker sees in a container's own cgroup, by pid and
// command.
func (c container) listed() string {
	c.Helper()
	var all []string
	for line := range strings.Lines(docker(c.T, "top", c.name, "-o", "pid,comm")) {
		if fields := strings.Fields(line); len(fields) == 2 {
			if pid, err := strconv.Atoi(fields[0]); err == nil {
				all = append(all, fmt.Sprintf("%d %s", pid, fields[1]))
			}
		}
	}
	return strings.Join(all, ", ")
}
