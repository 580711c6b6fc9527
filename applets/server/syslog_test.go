package server

import (
	"log/slog"
	"testing"

	"zinit/proc/syslog"
)

func TestSyslogOption(t *testing.T) {
	tests := map[string]struct {
		args []string
		vars map[string]string
		want string
	}{
		"standalone":            {nil, nil, ""},
		"a machine":             {[]string{"--pid1-mode"}, nil, "/dev/log"},
		"a container":           {[]string{"--pid1-mode"}, map[string]string{"ZINIT_CONTAINER": "1"}, ""},
		"a container that asks": {[]string{"--pid1-mode"}, map[string]string{"ZINIT_CONTAINER": "1", "ZINIT_SYSLOG": "1"}, "/dev/log"},
		"a machine that does not": {
			[]string{"--pid1-mode"}, map[string]string{"ZINIT_SYSLOG": "0"}, "",
		},
		"the flag":      {[]string{"--syslog"}, nil, "/dev/log"},
		"another path":  {[]string{"--syslog=/run/log"}, nil, "/run/log"},
		"the flag wins": {[]string{"--syslog=false"}, map[string]string{"ZINIT_SYSLOG": "1"}, ""},
		"it makes no sense": {
			[]string{"--pid1-mode"}, map[string]string{"ZINIT_SYSLOG": "log"}, "",
		},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			o, err := parse(test.args, env(test.vars))
			if err != nil || o.syslog != test.want {
				t.Errorf("got %q, %v", o.syslog, err)
			}
		})
	}
}

// neighbours are processes whose owners are known, and what was filed.
type neighbours struct {
	owner map[int]string
	filed []string
}

func (n *neighbours) Whose(pid int) (string, uint64, bool) {
	name, ok := n.owner[pid]
	return name, 1, ok
}

func (n *neighbours) Record(service string, text []byte) error {
	n.filed = append(n.filed, service+"|"+string(text))
	return nil
}

func (n *neighbours) Recorded() {}

func TestLetters(t *testing.T) {
	n := &neighbours{owner: map[int]string{7: "web"}}
	asked := 0
	l := &syslogSink{owners: n, to: n, log: slog.New(slog.DiscardHandler), names: func() (map[string]bool, bool) {
		asked++
		return map[string]bool{"web": true, "db": true}, true
	}}
	for _, test := range []struct {
		pid            int
		datagram, want string
	}{
		{7, "<11>web: a", "web|user.err web: a"},
		{7, "<11>db: a lie", "web|user.err db: a lie"},
		{8, "<11>db: a claim", "db|user.err db: a claim"},
		{0, "<11>db[3]: from another namespace", "db|user.err db[3]: from another namespace"},
		{8, "<11>cron: x", "syslog|user.err cron: x"},
		{8, "db", "syslog|user.notice db"},
		{8, "", "syslog|user.notice"},
	} {
		l.file(test.pid, []byte(test.datagram))
		if got := n.filed[len(n.filed)-1]; got != test.want {
			t.Errorf("%q of %d is filed as %q, want %q", test.datagram, test.pid, got, test.want)
		}
	}
	if asked != 1 {
		t.Errorf("the core was asked %d times", asked)
	}
	if got := l.whose(8, syslog.Message{Tag: []byte("db")}); got != "db" {
		t.Errorf("got %s", got)
	}
}
