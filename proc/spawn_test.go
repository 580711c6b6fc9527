package proc

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"zinit/configs"
	"zinit/supervisor"
)

func TestSpawnErrors(t *testing.T) {
	w := newWorld(t)
	w.Start()
	file := func(name, text string, mode os.FileMode) string {
		path := filepath.Join(w.dir, name)
		if err := os.WriteFile(path, []byte(text), mode); err != nil {
			t.Fatal(err)
		}
		return path
	}
	plain := file("plain", "hello", 0o644)
	script := file("script", "#!/bin/foo -x\n", 0o755)
	dos := file("dos", "#!/bin/sh\r\n", 0o755)
	empty := file("empty", "#!\n", 0o755)
	garbage := file("garbage", "no program", 0o755)
	path := map[string]string{"PATH": w.dir}
	for name, c := range map[string]struct {
		argv []string
		dir  string
		env  map[string]string
		want string
	}{
		"no-file":        {argv: []string{"/usr/bin/no-web"}, want: "cannot run /usr/bin/no-web: no such file"},
		"no-file-below":  {argv: []string{plain + "/web"}, want: "cannot run " + plain + "/web: no such file"},
		"directory":      {argv: []string{"/usr"}, want: "cannot run /usr: is a directory"},
		"device":         {argv: []string{"/dev/null"}, want: "cannot run /dev/null: is no regular file"},
		"not-executable": {argv: []string{plain}, want: "cannot run " + plain + ": is not executable"},
		"in-path":        {argv: []string{"plain"}, env: path, want: "cannot run " + plain + ": is not executable"},
		"interpreter":    {argv: []string{script}, want: "is a script whose interpreter /bin/foo is missing"},
		"dos":            {argv: []string{dos}, want: `is a script whose interpreter "/bin/sh\r" is missing (the file has DOS line ends)`},
		"bare":           {argv: []string{empty}, want: "is a script that has no interpreter"},
		"garbage":        {argv: []string{garbage}, want: "is neither a program for this machine nor a script"},
		"not-in-path":    {argv: []string{"no-web"}, want: "cannot run no-web: no such command no-web in PATH (/usr/bin:/bin)"},
		"own-path":       {argv: []string{"true"}, env: path, want: "no such command true in PATH (" + w.dir + ")"},
		"no-dir":         {argv: []string{"/bin/true"}, dir: "/srv/no-web", want: "cannot run /bin/true: working directory /srv/no-web: no such directory"},
		"file-as-dir":    {argv: []string{"/bin/true"}, dir: plain, want: "working directory " + plain + ": it is no directory"},
		"newline":        {argv: []string{"/a\nb"}, want: `cannot run "/a\nb": no such file`},
		"zero":           {argv: []string{"/bin/true", "a\x00b"}, want: "hold a zero byte"},
		"too-long":       {argv: []string{"/bin/true", strings.Repeat("x", 1<<20)}, want: "are too long"},
		"nothing":        {want: "cannot run the command: it is empty"},
	} {
		t.Run(name, func(t *testing.T) {
			spec := &configs.Service{Name: name, Dir: c.dir, Env: c.env, Command: configs.Command{Argv: c.argv}}
			w.Do(supervisor.Spawn{Name: name, Gen: 4, Spec: spec})
			got := next(w, func(e supervisor.SpawnFailed) bool { return e.Name == name && e.Gen == 4 })
			if !strings.Contains(got.Why, c.want) || strings.Contains(got.Why, "\n") {
				t.Errorf("got %q, want %q", got.Why, c.want)
			}
		})
	}
}

func TestFindsCommands(t *testing.T) {
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "tool"), []byte("#!/bin/sh\n"), 0o755); err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		cmd  configs.Command
		env  []string
		want string
	}{
		"absolute":     {configs.Command{Argv: []string{"/bin/sh"}}, nil, "/bin/sh"},
		"relative":     {configs.Command{Argv: []string{"./tool"}}, nil, "./tool"},
		"path":         {configs.Command{Argv: []string{"tool"}}, []string{"PATH=/nowhere:" + dir}, dir + "/tool"},
		"empty entry":  {configs.Command{Argv: []string{"tool"}}, []string{"PATH=:/bin"}, "./tool"},
		"default path": {configs.Command{Argv: []string{"env"}}, nil, "/usr/bin/env"},
		"shell":        {configs.Command{Argv: []string{"a | b"}, Shell: true}, nil, "/bin/sh"},
	} {
		t.Run(name, func(t *testing.T) {
			p, err := finder{dir: dir, env: c.env}.find(c.cmd)
			if err != nil || p.path != c.want {
				t.Fatalf("found %q (%v), want %q", p.path, err, c.want)
			}
			p.release()
		})
	}
}

// The environment holds each key once: getenv takes the first, shells the last.
func TestEnvironment(t *testing.T) {
	base := inherited([]string{"A=1", "NOTIFY_SOCKET=x", "LISTEN_PID=1", "WATCHDOG_USEC=1", "ZINIT_RUN=x.1", "B=2", "odd", "=C:"})
	got := environment(base, map[string]string{"B": "3", "C": "4", "ZINIT_SERVICE": "forged"}, mark{"web", "l-1", 7, false})
	want := "A=1 B=3 C=4 ZINIT_SERVICE=web ZINIT_RUN=l-1.7"
	if strings.Join(got, " ") != want {
		t.Errorf("got %v, want %v", got, want)
	}
}

// A birth leaves no descriptor behind, neither here nor in the spawner's table.
func TestBirthsCostNoDescriptors(t *testing.T) {
	w := newWorld(t)
	w.Start()
	open := func() int {
		names, err := os.ReadDir("/proc/self/fd")
		if err != nil {
			t.Fatal(err)
		}
		return len(names)
	}
	birth := func() { w.exited(w.run(sh("web", "exit 0")).Pid) }
	birth()
	before := open()
	const births = 20
	for range births {
		birth()
	}
	until(t, "the programs' files are closed", func() bool { return open() < before+births/2 })
}
