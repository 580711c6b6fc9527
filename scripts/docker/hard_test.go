package docker

import (
	"strings"
	"testing"
)

func TestOrphanFlood(t *testing.T) {
	c := start(t, services{"flood": "[service]\nexec = \"/actor orphans 20000\"\n"})
	c.shows("made 20000 orphans")
	c.until("no zombie is left", func() bool {
		text, err := c.exec("/actor", "zombies")
		return err == nil && strings.HasPrefix(text, "0 zombies")
	})
	if code := c.stop(10); code != 0 {
		t.Errorf("exit code %d", code)
	}
}

// In a pid cgroup that is full zinit can neither fork nor make a thread. It goes on,
// and stops what fills it.
func TestForkBomb(t *testing.T) {
	c := start(t, services{
		"bomb":  "[service]\nexec = \"/actor bomb\"\nstatus = \"stop\"\n[lifecycle]\nstop_timeout_ms = 500\n",
		"other": shop["database"],
	}, "--pids-limit=100")
	c.shows("other | up")
	if text, err := c.exec("/zinit", "start", "bomb"); err != nil {
		t.Fatalf("%v: %s", err, text)
	}
	c.until("the cgroup is full", func() bool {
		_, err := c.exec("/actor", "nothing")
		return err != nil
	})
	if code := c.stop(30); code != 0 {
		t.Errorf("exit code %d", code)
	}
	if logs := c.logs(); !strings.HasSuffix(logs, "other | stopping\nother | stopped\n") {
		t.Errorf("it shows\n%s", logs)
	}
}

// The eater is killed by the kernel, for it is the biggest; zinit starts it again.
// While its memory is not given back yet the next biggest may be killed too, the
// server: then the next one goes on, and nobody else notices.
func TestMemory(t *testing.T) {
	c := start(t, services{
		"eater": "[service]\nexec = \"/actor eat\"\n[lifecycle]\nrestart_delay_ms = 200\n",
		"other": shop["database"],
	}, "--memory=64m", "--memory-swap=64m")
	c.until("the eater was killed twice", func() bool {
		s, ok := c.status("eater")
		return ok && s.RestartsTotal >= 2
	})
	if s, ok := c.status("other"); !ok || s.State != "running" || s.RestartsTotal != 0 {
		t.Errorf("the other one: %+v, %v", s, ok)
	}
	if code := c.stop(10); code != 0 {
		t.Errorf("exit code %d", code)
	}
}

// A server that is killed takes no service with it.
func TestServerIsKilled(t *testing.T) {
	c := start(t, shop)
	c.opened(3)
	c.runs("web")
	before, _ := c.status("web")
	if text, err := c.exec("/actor", "murder", "zinit-server"); err != nil {
		t.Fatalf("%v: %s", err, text)
	}
	c.until("the server is back", func() bool {
		return strings.Count(c.complaints(), "zinit-server is ready") == 2
	})
	c.runs("web")
	if after, _ := c.status("web"); after != before {
		t.Errorf("the service was %+v and is %+v", before, after)
	}
	if code := c.stop(10); code != 0 {
		t.Errorf("exit code %d", code)
	}
	if logs := c.logs(); strings.Count(logs, " | up\n") != 3 || !strings.HasSuffix(logs, stopped) {
		t.Errorf("it shows\n%s", logs)
	}
}

// The rights that a container may be without.
func TestRights(t *testing.T) {
	const refuse = `{"defaultAction": "SCMP_ACT_ALLOW", "syscalls": [
		{"names": ["pidfd_open", "clone3"], "action": "SCMP_ACT_ERRNO", "errnoRet": 38}]}`
	profile := services{"seccomp": refuse}.write(t) + "/seccomp.toml"
	for name, test := range map[string]struct {
		flags  []string
		shm    bool // it falls back to /dev/shm
		reaper bool // its pid is not 1
	}{
		"read-only":              {[]string{"--read-only"}, true, false},
		"read-only with tmpfs":   {[]string{"--read-only", "--tmpfs=/run"}, false, false},
		"user":                   {[]string{"--user=1000"}, true, false},
		"user read-only":         {[]string{"--user=1000:1000", "--read-only"}, true, false},
		"no capabilities":        {[]string{"--cap-drop=ALL"}, false, false},
		"no new privileges":      {[]string{"--cap-drop=ALL", "--security-opt=no-new-privileges", "--user=1000"}, true, false},
		"init":                   {[]string{"--init"}, false, true},
		"the host pids":          {[]string{"--pid=host"}, false, true},
		"few system calls":       {[]string{"--security-opt=seccomp=" + profile}, false, false},
		"few system calls, user": {[]string{"--security-opt=seccomp=" + profile, "--user=1000", "--cap-drop=ALL", "--read-only"}, true, false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			flags := append(test.flags, "--volume", shop.write(t)+":/etc/zinit/services:ro")
			var words []string
			if test.reaper {
				words = []string{"pid1"} // /zinit alone is the client there
			}
			c := startImage(t, image, flags, words...)
			c.opened(3)
			c.runs("web")
			said := c.complaints()
			if got := strings.Count(said, "a tmpfs on /run is better"); got != count(test.shm) {
				t.Errorf("it speaks %d times of /dev/shm:\n%s", got, said)
			}
			if got := strings.Count(said, "is not 1: working as a child subreaper"); got != count(test.reaper) {
				t.Errorf("it speaks %d times of its pid:\n%s", got, said)
			}
			if strings.Contains(said, " ERR ") {
				t.Errorf("it complains:\n%s", said)
			}
			if text, _ := c.exec("/actor", "pidfd"); strings.Contains(name, "few") != strings.Contains(text, "not implemented") {
				t.Errorf("pidfd_open says %q", text)
			}
			if text, err := c.exec("/zinit", "restart", "app"); err != nil {
				t.Errorf("%v: %s", err, text)
			}
			c.opened(5)
			if code := c.stop(10); code != 0 {
				t.Errorf("exit code %d", code)
			}
			if logs := c.logs(); !strings.HasSuffix(logs, stopped) {
				t.Errorf("it shows\n%s", logs)
			}
		})
	}
}

// count is how often something is said that is or is not.
func count(is bool) int {
	if is {
		return 1
	}
	return 0
}
