package launch

import (
	"bytes"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"golang.org/x/sys/unix"
)

// TestMain lets the test binary be what carries out orders.
func TestMain(m *testing.M) {
	if os.Args[0] == Name {
		os.Exit(Main(os.Args[1:], os.Environ()))
	}
	// As the server does, so that programs inherit nothing from whoever runs the tests.
	if err := unix.CloseRange(3, 1<<31-1, unix.CLOSE_RANGE_CLOEXEC); err != nil {
		panic(err)
	}
	os.Exit(m.Run())
}

// outcome is what came of a launch.
type outcome struct {
	out    string // what the program printed
	report string // what came by the pipe
	code   int
}

// try launches a shell as uid, which is root's where it is 0.
func try(t *testing.T, uid uint32, o Orders, line string) outcome {
	t.Helper()
	if o.Path == "" {
		o.Path = "/bin/sh"
	}
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	var out bytes.Buffer
	cmd := &exec.Cmd{
		Path: "/proc/self/exe", Args: []string{Name, o.Format(), "sh", "-c", line}, Env: []string{"PATH=/usr/bin:/bin"},
		Stdout: &out, Stderr: &out, ExtraFiles: []*os.File{w}, SysProcAttr: &syscall.SysProcAttr{Setsid: true},
	}
	if uid != 0 {
		cmd.SysProcAttr.Credential = &syscall.Credential{Uid: uid, Gid: uid}
	}
	err = cmd.Start()
	w.Close()
	if err != nil {
		t.Fatal(err)
	}
	report, _ := io.ReadAll(r)
	_ = cmd.Wait()
	return outcome{out.String(), string(report), cmd.ProcessState.ExitCode()}
}

// status is a line of /proc/self/status.
func status(text, key string) string {
	for line := range strings.Lines(text) {
		if value, ok := strings.CutPrefix(line, key+":"); ok {
			return strings.Join(strings.Fields(value), " ")
		}
	}
	return ""
}

func ref[T any](v T) *T { return &v }

const stranger = 4242 // a uid that is in no file

func needRoot(t *testing.T) {
	t.Helper()
	if os.Geteuid() != 0 {
		t.Skip("only root can be somebody else")
	}
}

const (
	bind  = uint64(1) << unix.CAP_NET_BIND_SERVICE
	chown = uint64(1) << unix.CAP_CHOWN
)

// What a program finds of itself in /proc.
func TestWhatAProgramIs(t *testing.T) {
	needRoot(t)
	me := &Identity{UID: stranger, GID: 4343, Groups: []int{4343, 4444}}
	for name, c := range map[string]struct {
		orders Orders
		want   map[string]string
	}{
		"nothing asked": {Orders{}, map[string]string{
			"Uid": "0 0 0 0", "SigBlk": "0000000000000000", "SigIgn": "0000000000000000", "NoNewPrivs": "0"}},
		"a user": {Orders{Identity: me}, map[string]string{
			"Uid": "4242 4242 4242 4242", "Gid": "4343 4343 4343 4343", "Groups": "4343 4444",
			"CapPrm": "0000000000000000", "CapEff": "0000000000000000", "CapAmb": "0000000000000000"}},
		"a user with capabilities": {Orders{Identity: me, Capabilities: ref(bind | chown)}, map[string]string{
			"Uid": "4242 4242 4242 4242", "CapInh": "0000000000000401", "CapPrm": "0000000000000401",
			"CapEff": "0000000000000401", "CapBnd": "0000000000000401", "CapAmb": "0000000000000401"}},
		"root with one": {Orders{Capabilities: ref(bind)}, map[string]string{
			"Uid": "0 0 0 0", "CapPrm": "0000000000000400", "CapEff": "0000000000000400",
			"CapBnd": "0000000000000400", "CapAmb": "0000000000000400"}},
		"root with none": {Orders{Capabilities: new(uint64)}, map[string]string{
			"CapPrm": "0000000000000000", "CapEff": "0000000000000000", "CapBnd": "0000000000000000"}},
		"no new privileges": {Orders{Identity: me, NoNewPrivileges: true}, map[string]string{"NoNewPrivs": "1"}},
		"all at once": {Orders{Identity: me, NoNewPrivileges: true, Capabilities: ref(bind)}, map[string]string{
			"NoNewPrivs": "1", "CapEff": "0000000000000400", "CapBnd": "0000000000000400"}},
	} {
		t.Run(name, func(t *testing.T) {
			got := try(t, 0, c.orders, "cat /proc/self/status")
			if got.report != Executing || got.code != 0 {
				t.Fatalf("got %+v", got)
			}
			for key, want := range c.want {
				if value := status(got.out, key); value != want {
					t.Errorf("%s is %q, want %q", key, value, want)
				}
			}
		})
	}
}

func TestWhatAProgramHas(t *testing.T) {
	for name, c := range map[string]struct {
		orders Orders
		line   string
		want   string
	}{
		"niceness":       {Orders{Nice: ref(7)}, "nice", "7"},
		"oom_score_adj":  {Orders{OOMScoreAdj: ref(500)}, "cat /proc/self/oom_score_adj", "500"},
		"directory":      {Orders{Dir: "/proc"}, "pwd", "/proc"},
		"limit":          {Orders{Limits: []Limit{{"nofile", 20, 30}}}, "ulimit -Sn; ulimit -Hn", "20\n30"},
		"no core files":  {Orders{Limits: []Limit{{"core", 0, 0}}}, "ulimit -c", "0"},
		"address space":  {Orders{Limits: []Limit{{"as", 1 << 26, 1 << 26}}}, "ulimit -v", "65536"},
		"one process":    {Orders{Limits: []Limit{{"nproc", 1, 1}}}, "echo ran", "ran"},
		"only its files": {Orders{}, "ls /proc/self/fd", "0\n1\n2\n3"}, // 3 is what ls reads
		"environment":    {Orders{}, "env | grep -v PWD | grep -v _=", "PATH=/usr/bin:/bin"},
		"relative path":  {Orders{Dir: "/bin", Path: "./sh"}, "echo $0", "sh"},
	} {
		t.Run(name, func(t *testing.T) {
			got := try(t, 0, c.orders, c.line)
			if strings.TrimSpace(got.out) != c.want || got.report != Executing {
				t.Errorf("got %+v, want %q", got, c.want)
			}
		})
	}
}

// Go raises the soft limit of open files; the program gets the one there was.
func TestLimitOfOpenFilesIsGivenBack(t *testing.T) {
	var before unix.Rlimit
	if err := unix.Getrlimit(unix.RLIMIT_NOFILE, &before); err != nil {
		t.Fatal(err)
	}
	defer unix.Setrlimit(unix.RLIMIT_NOFILE, &before)
	if err := unix.Setrlimit(unix.RLIMIT_NOFILE, &unix.Rlimit{Cur: 123, Max: before.Max}); err != nil {
		t.Fatal(err)
	}
	if got := try(t, 0, Orders{}, "ulimit -Sn"); strings.TrimSpace(got.out) != "123" {
		t.Errorf("got %+v, want 123", got)
	}
}

// What can't be done ends the launch, and the program never runs.
func TestLaunchesThatFail(t *testing.T) {
	needRoot(t)
	dir := t.TempDir()
	if err := os.Chmod(filepath.Dir(dir), 0o755); err != nil {
		t.Fatal(err)
	}
	shut := filepath.Join(dir, "shut")
	if err := os.Mkdir(shut, 0o700); err != nil {
		t.Fatal(err)
	}
	secret := filepath.Join(dir, "secret")
	if err := os.WriteFile(secret, []byte("#!/bin/sh\n"), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink("/bin/sh", filepath.Join(shut, "sh")); err != nil {
		t.Fatal(err)
	}
	him := &Identity{UID: stranger, GID: stranger}
	var files unix.Rlimit
	if err := unix.Getrlimit(unix.RLIMIT_NOFILE, &files); err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		uid    uint32
		orders Orders
		want   string
	}{
		"nice": {stranger, Orders{Nice: ref(-5)}, "cannot set nice to -5: permission denied (zinit lacks CAP_SYS_NICE)"},
		"oom":  {stranger, Orders{OOMScoreAdj: ref(-5)}, "cannot set oom_score_adj to -5: permission denied (zinit lacks CAP_SYS_RESOURCE)"},
		"limit": {stranger, Orders{Limits: []Limit{{"nofile", 10, files.Max + 1}}},
			"cannot set limit nofile to 10:" + amount(files.Max+1) + ": operation not permitted (the hard limit is " + amount(files.Max) + ")"},
		"soft above hard":    {0, Orders{Limits: []Limit{{"nofile", 11, 10}}}, "cannot set limit nofile to 11:10: invalid argument"},
		"no such limit":      {0, Orders{Limits: []Limit{{"files", 1, 1}}}, "cannot set limit files: the kernel has no such limit"},
		"another user":       {stranger, Orders{Identity: &Identity{UID: 1, GID: 1}}, "cannot set supplementary groups : operation not permitted (zinit lacks CAP_SETGID)"},
		"capability":         {stranger, Orders{Capabilities: ref(bind)}, "cannot give up capability 0: operation not permitted (zinit lacks CAP_SETPCAP)"},
		"unknown capability": {0, Orders{Capabilities: ref(uint64(1) << 63)}, "cannot have capability"},
		"no such terminal":   {0, Orders{TTY: "/dev/no-tty"}, "cannot take terminal /dev/no-tty: no such file or directory"},
		"no terminal":        {0, Orders{TTY: "/dev/null"}, "cannot take terminal /dev/null: it is no terminal"},
		"no such group":      {0, Orders{Cgroup: dir}, "cannot join control group " + dir + ": no such file or directory"},
		"no such dir":        {0, Orders{Dir: dir + "/gone"}, "cannot run /bin/sh: working directory " + dir + "/gone: no such file or directory"},
		"a shut dir":         {0, Orders{Dir: shut, Identity: him}, "cannot run /bin/sh: working directory " + shut + ": permission denied"},
		"a secret program":   {0, Orders{Path: secret, Identity: him}, "cannot run " + secret + ": user id 4242 has no right to execute or enter " + secret + " (mode 0700)"},
		"behind a shut dir":  {0, Orders{Path: shut + "/sh", Identity: him}, "cannot run " + shut + "/sh: user id 4242 has no right to execute or enter " + shut + " (mode 0700)"},
		"no such program":    {0, Orders{Path: "/gone"}, "cannot run /gone: no such file"},
	} {
		t.Run(name, func(t *testing.T) {
			got := try(t, c.uid, c.orders, "echo it ran")
			why := strings.TrimPrefix(got.report, Executing)
			if got.code != Failed || got.out != "" || !strings.HasPrefix(why, c.want) || strings.Count(why, "\n") != 1 {
				t.Errorf("got %+v, want %q", got, c.want)
			}
		})
	}
}

// By hand it does nothing.
func TestNobodyElseCallsIt(t *testing.T) {
	cmd := &exec.Cmd{Path: "/proc/self/exe", Args: []string{Name, "path \"/bin/true\"\n", "true"}}
	out, err := cmd.CombinedOutput()
	if err == nil || !strings.Contains(string(out), "is run by zinit-server only") {
		t.Errorf("got %q, %v", out, err)
	}
}
