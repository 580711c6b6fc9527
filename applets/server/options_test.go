package server

import (
	"errors"
	"flag"
	"log/slog"
	"slices"
	"strings"
	"testing"
)

func env(vars map[string]string) func(string) string {
	return func(key string) string { return vars[key] }
}

func TestFlagsWinOverVariables(t *testing.T) {
	vars := map[string]string{"ZINIT_CONFIG_DIR": "/a::/b", "ZINIT_SOCKET": "/s", "ZINIT_LOG_LEVEL": "warn"}
	tests := map[string]struct {
		args []string
		want options
	}{
		"variables alone": {nil, options{dirs: []string{"/a", "/b"}, socket: "/s", level: slog.LevelWarn}},
		"all flags": {
			[]string{"--config-dir", "/x", "--config-dir=/y", "--socket", "/z", "--log-level", "trace"},
			options{dirs: []string{"/x", "/y"}, socket: "/z", level: levelTrace},
		},
		"some flags": {[]string{"--log-level=error"}, options{dirs: []string{"/a", "/b"}, socket: "/s", level: slog.LevelError}},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			o, err := parse(test.args, env(vars))
			if err != nil {
				t.Fatal(err)
			}
			if !slices.Equal(o.dirs, test.want.dirs) || o.socket != test.want.socket || o.level != test.want.level {
				t.Errorf("got %+v, want %+v", o, test.want)
			}
		})
	}
}

func TestDefaults(t *testing.T) {
	o, err := parse(nil, env(nil))
	if err != nil {
		t.Fatal(err)
	}
	if !slices.Equal(o.dirs, []string{"/etc/zinit/services"}) || o.level != slog.LevelInfo {
		t.Errorf("got %+v", o)
	}
}

func TestUsageErrorsSayWhatIsAllowed(t *testing.T) {
	tests := map[string]struct {
		args []string
		vars map[string]string
		want string
	}{
		"unknown word":      {[]string{"quiet"}, nil, `unknown word "quiet"`},
		"unknown option":    {[]string{"--sokcet", "/x"}, nil, "unknown option --sokcet"},
		"no value":          {[]string{"--socket"}, nil, "needs an argument: --socket"},
		"empty directory":   {[]string{"--config-dir", ""}, nil, "the directory is empty"},
		"bad level":         {[]string{"--log-level", "loud"}, nil, "trace, debug, info, warn, error"},
		"bad level in env":  {nil, map[string]string{"ZINIT_LOG_LEVEL": "loud"}, `unknown log level "loud"`},
		"not a switch":      {[]string{"--version=perhaps"}, nil, "--version"},
		"words after flags": {[]string{"--socket", "/x", "single"}, nil, `unknown word "single"`},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			_, err := parse(test.args, env(test.vars))
			if err == nil || !strings.Contains(err.Error(), test.want) || strings.Contains(err.Error(), "\n") {
				t.Errorf("got %v, want %q in one line", err, test.want)
			}
		})
	}
	if _, err := parse([]string{"--help"}, env(nil)); !errors.Is(err, flag.ErrHelp) {
		t.Errorf("--help gives %v", err)
	}
}

func TestDefaultSocketIsTheFirstThatCanBeMade(t *testing.T) {
	tests := map[string]struct {
		uid      int
		runtime  string
		writable []string
		want     string
	}{
		"root":                      {0, "", []string{"/run", "/var/run"}, "/run/zinit.sock"},
		"read-only /run":            {0, "", []string{"/var/run"}, "/var/run/zinit.sock"},
		"a user":                    {1000, "/run/user/1000", []string{"/run/user/1000"}, "/run/user/1000/zinit.sock"},
		"root has no XDG directory": {0, "/run/user/0", []string{"/run/user/0"}, "/run/zinit.sock"},
		"a read-only root":          {0, "", []string{"/dev/shm"}, "/dev/shm/zinit.sock"},
		"nothing":                   {1000, "", nil, "/run/zinit.sock"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			got := defaultSocket(test.uid, test.runtime, func(dir string) bool { return slices.Contains(test.writable, dir) })
			if got != test.want {
				t.Errorf("got %s, want %s", got, test.want)
			}
		})
	}
}

func TestRunDirectoryFollowsTheSocket(t *testing.T) {
	for socket, want := range map[string]string{
		"/run/zinit.sock":           "/run/zinit",
		"/var/run/zinit.sock":       "/var/run/zinit",
		"/run/user/1000/zinit.sock": "/run/user/1000/zinit.sock.d",
		"/tmp/x":                    "/tmp/x.d",
	} {
		if got := runDir(socket); got != want {
			t.Errorf("%s: got %s, want %s", socket, got, want)
		}
	}
}
