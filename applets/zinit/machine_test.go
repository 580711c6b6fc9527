package zinit

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"zinit/rpc"
)

// procOf makes a /proc of a shim, a server and this process; first is what /proc/1/exe
// leads to.
func procOf(t *testing.T, first string) string {
	t.Helper()
	dir := t.TempDir()
	write := func(path, text string) {
		t.Helper()
		path = filepath.Join(dir, path)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	write("ours", "")
	write("other", "")
	write("self/here", "")
	write("1/here", "")
	write("40/status", "Name:\tzinit\nPid:\t40\nPPid:\t39\nUid:\t0\n")
	write("40/cmdline", "zinit-server\x00--pid1-mode\x00")
	write("50/status", "Name:\tbash\nPPid:\t49\n")
	write("50/cmdline", "bash\x00")
	for path, to := range map[string]string{"self/exe": "ours", "1/exe": first} {
		if err := os.Symlink(filepath.Join(dir, to), filepath.Join(dir, path)); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

func TestMachine(t *testing.T) {
	const server = 40
	tests := []struct {
		name   string
		info   rpc.Info
		down   bool // no server
		first  string
		refuse error
		words  string
		want   string // signal and pid
		stderr string
	}{
		{name: "container", info: rpc.Info{Mode: "container", Pid: server}, words: "poweroff", want: "38 39"},
		{name: "machine", info: rpc.Info{Mode: "machine", Pid: server}, first: "ours", words: "reboot", want: "39 39"},
		{name: "halt", info: rpc.Info{Mode: "machine", Pid: server}, words: "halt", want: "37 39"},
		{name: "standalone", info: rpc.Info{Mode: "standalone", Pid: server}, words: "halt", stderr: "no zinit-pid1 runs here"},
		{name: "another pid namespace", info: rpc.Info{Mode: "container", Pid: 50}, words: "halt", stderr: "no zinit-pid1 runs here"},
		{name: "a pid that is not there", info: rpc.Info{Mode: "container", Pid: 60}, words: "halt", stderr: "no zinit-pid1 runs here"},
		{name: "no server, pid 1 is ours", down: true, first: "ours", words: "poweroff", want: "38 1"},
		{name: "no server, pid 1 is another's", down: true, words: "poweroff", stderr: "no zinit-pid1 runs here"},
		{name: "not allowed", info: rpc.Info{Mode: "container", Pid: server}, refuse: syscall.EPERM, words: "poweroff",
			want: "38 39", stderr: "cannot signal zinit-pid1 (pid 39): operation not permitted (run it as root)"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			socket := filepath.Join(t.TempDir(), "none")
			if !test.down {
				f := newFake()
				f.info = test.info
				socket = serve(t, f)
			}
			if test.first == "" {
				test.first = "other"
			}
			sent := ""
			c := &call{socket: socket}
			world := c.console(&c.stdout, &c.stderr)
			world.proc = procOf(t, test.first)
			world.signal = func(pid int, signal syscall.Signal) error {
				sent = fmt.Sprintf("%d %d", int(signal), pid)
				return test.refuse
			}
			code := run(t.Context(), world, strings.Fields(test.words))
			want := exitDone
			if test.stderr != "" {
				want = exitFailed
			}
			if code != want || sent != test.want || !strings.Contains(c.stderr.String(), test.stderr) {
				t.Errorf("exit code %d, signal %q, said %q", code, sent, &c.stderr)
			}
		})
	}
}
