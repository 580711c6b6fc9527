package applets

import (
	"reflect"
	"runtime"
	"slices"
	"strings"
	"testing"

	"zinit/applets/pid1"
	"zinit/applets/server"
	"zinit/applets/zinit"
)

func TestChoose(t *testing.T) {
	tests := []struct {
		name string
		argv string
		pid  int
		want applet
		args string
	}{
		{"client", "zinit list --json", 7, zinit.Main, "list --json"},
		{"client by path", "/usr/local/bin/zinit list", 7, zinit.Main, "list"},
		{"client by any other name", "./zz list", 7, zinit.Main, "list"},
		{"client alone", "zinit", 7, zinit.Main, ""},
		{"server by name", "/sbin/zinit-server --socket /s", 7, server.Main, "--socket /s"},
		{"server by word", "zinit server --socket /s", 7, server.Main, "--socket /s"},
		{"server by word and another name", "zz server", 7, server.Main, ""},
		{"server's name wins over words", "zinit-server pid1", 7, server.Main, "pid1"},
		{"shim by name", "zinit-pid1", 7, pid1.Main, ""},
		{"shim as init", "/sbin/init quiet splash 3", 1, pid1.Main, "quiet splash 3"},
		{"shim as /init", "/init", 1, pid1.Main, ""},
		{"shim as init with another pid", "init --version", 7, pid1.Main, "--version"},
		{"shim by word", "zinit pid1 --container", 7, pid1.Main, "--container"},
		{"pid 1, zinit alone", "/zinit", 1, pid1.Main, ""},
		{"pid 1, zinit with words", "/zinit list", 1, zinit.Main, "list"},
		{"pid 1, zinit pid1", "/zinit pid1 --container", 1, pid1.Main, "--container"},
		{"pid 1, zinit server", "/zinit server", 1, server.Main, ""},
		{"pid 1, server's name", "/zinit-server", 1, server.Main, ""},
		{"pid 1, any other name", "/entry list", 1, pid1.Main, "list"},
		{"no name", "", 7, zinit.Main, ""},
		{"install-links", "zinit install-links /sbin", 7, installLinks, "/sbin"},
		{"version", "zinit --version", 7, showVersion, ""},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			run, args := choose(strings.Fields(test.argv), test.pid)
			if name(run) != name(test.want) {
				t.Errorf("got %s, want %s", name(run), name(test.want))
			}
			if want := strings.Fields(test.args); !slices.Equal(args, want) {
				t.Errorf("got arguments %q, want %q", args, want)
			}
		})
	}
}

// name is the name of a function: functions themselves cannot be compared.
func name(run applet) string { return runtime.FuncForPC(reflect.ValueOf(run).Pointer()).Name() }
