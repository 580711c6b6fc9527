package launch

import (
	"reflect"
	"testing"
)

func TestOrdersAsText(t *testing.T) {
	number, other, bits := -5, 1000, uint64(1<<40|1)
	for name, o := range map[string]Orders{
		"nothing":        {},
		"a program":      {Path: "/bin/true", Dir: "/"},
		"strange words":  {Path: "/a b\n\"c\x00\xff", Dir: "ü", Cgroup: "/sys/fs/cgroup/a b", TTY: "/dev/ttyS0"},
		"numbers":        {Nice: &number, OOMScoreAdj: &other},
		"limits":         {Limits: []Limit{{"nofile", 1, 2}, {"core", 0, ^uint64(0)}}},
		"root alone":     {Identity: &Identity{Groups: []int{}}},
		"a user":         {Identity: &Identity{UID: 1, GID: 4294967294, Groups: []int{3, 4}}},
		"privileges":     {Capabilities: &bits, NoNewPrivileges: true},
		"no capability":  {Capabilities: new(uint64)},
		"a negative one": {Nice: &number},
	} {
		t.Run(name, func(t *testing.T) {
			got, err := Parse(o.Format())
			if err != nil || !reflect.DeepEqual(got, o) {
				t.Errorf("%q became %+v (%v), want %+v", o.Format(), got, err, o)
			}
		})
	}
}

// What is not understood is not skipped: it may be what keeps a service harmless.
func TestOrdersRefused(t *testing.T) {
	for name, text := range map[string]string{
		"unknown":       "seccomp strict\n",
		"no number":     "nice\n",
		"no quotes":     "path /bin/true\n",
		"a limit short": "limit nofile 1\n",
		"a user alone":  "identity 1\n",
		"minus one":     "identity -1 1\n",
		"too large":     "identity 1 4294967296\n",
		"no bits":       "capabilities all\n",
		"empty line":    "\n",
	} {
		t.Run(name, func(t *testing.T) {
			if o, err := Parse(text); err == nil {
				t.Errorf("%q became %+v", text, o)
			}
		})
	}
}
