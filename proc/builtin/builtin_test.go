package builtin

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"golang.org/x/sys/unix"
)

// world is a task in a root of its own, and what it has said.
type world struct {
	*task
	said []string
}

// newWorld makes files below a new root.
func newWorld(t *testing.T, files map[string]string) *world {
	t.Helper()
	w := &world{task: &task{root: t.TempDir()}}
	w.say = func(format string, args ...any) { w.said = append(w.said, fmt.Sprintf(format, args...)) }
	for name, text := range files {
		path := filepath.Join(w.root, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	return w
}

// expect compares what was said, and how many of it were failures.
func (w *world) expect(t *testing.T, failed int, said ...string) {
	t.Helper()
	if w.failed != failed || !slices.Equal(w.said, said) {
		t.Errorf("%d failures, said\n%s\nwant %d,\n%s", w.failed, strings.Join(w.said, "\n"), failed, strings.Join(said, "\n"))
	}
}

func (w *world) read(t *testing.T, name string) string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(w.root, name))
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

func TestUnknown(t *testing.T) {
	if err := Run("dhcp", nil); err == nil || err.Error() != `unknown builtin "dhcp"` {
		t.Errorf("got %v", err)
	}
}

func TestDropIns(t *testing.T) {
	w := newWorld(t, map[string]string{
		"etc/x.d/50-b.conf":           "b1\n\n  # comment\n; another\n b2 \r\n",
		"run/x.d/50-b.conf":           "hidden",
		"usr/lib/x.d/10-a.conf":       "a",
		"usr/local/lib/x.d/60-c.conf": "c",
		"etc/x.d/.hidden.conf":        "no",
		"etc/x.d/README":              "no",
	})
	var got []string
	for _, l := range w.dropIns("x.d") {
		got = append(got, l.String()+" "+l.text)
	}
	want := []string{"/usr/lib/x.d/10-a.conf:1 a", "/etc/x.d/50-b.conf:1 b1", "/etc/x.d/50-b.conf:5 b2", "/usr/local/lib/x.d/60-c.conf:1 c"}
	if !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
	w.expect(t, 0)
}

func TestSysctl(t *testing.T) {
	w := newWorld(t, map[string]string{
		"proc/sys/kernel/hostname":                  "",
		"proc/sys/net/ipv4/conf/eth0.1/forwarding":  "",
		"proc/sys/net/ipv4/conf/all/rp_filter":      "",
		"proc/sys/net/ipv4/conf/eth0/rp_filter":     "",
		"proc/sys/net/ipv4/conf/lo/rp_filter":       "0",
		"proc/sys/net/ipv4/conf/default/rp_filter":  "0",
		"proc/sys/net/ipv4/conf/default/forwarding": "",
		"etc/sysctl.d/a.conf": `
kernel.hostname = shop = 1
net/ipv4/conf/eth0.1/forwarding=1
net.ipv4.conf.eth0/1.forwarding = 2
net.ipv4.conf.*.rp_filter = 2
net.ipv4.conf.all.rp_filter = 1
-net.ipv4.conf.lo.rp_filter
-net.ipv4.conf.default.rp_filter
-no.such.key = 1
no.such.other = 1
nonsense
`,
	})
	w.sysctl()
	w.expect(t, 2,
		`/etc/sysctl.d/a.conf:9: cannot set no.such.key to "1": no such file or directory (it may fail)`,
		`/etc/sysctl.d/a.conf:10: cannot set no.such.other to "1": no such file or directory`,
		`/etc/sysctl.d/a.conf:11: cannot understand "nonsense": write key = value`)
	for name, want := range map[string]string{
		"kernel/hostname": "shop = 1\n", "net/ipv4/conf/eth0.1/forwarding": "2\n",
		"net/ipv4/conf/all/rp_filter": "1\n", "net/ipv4/conf/eth0/rp_filter": "2\n",
		"net/ipv4/conf/lo/rp_filter": "0", "net/ipv4/conf/default/rp_filter": "0",
	} {
		if got := w.read(t, "proc/sys/"+name); got != want {
			t.Errorf("%s: got %q, want %q", name, got, want)
		}
	}
}

func TestModulesWithoutKernel(t *testing.T) {
	w := newWorld(t, map[string]string{"etc/modules-load.d/a.conf": "loop"})
	w.modules()
	if w.failed != 1 || !strings.Contains(w.said[0], "modules.dep: no such file or directory (depmod makes it)") {
		t.Errorf("said %q", w.said)
	}
	w = newWorld(t, nil)
	w.modules()
	w.expect(t, 0)
}

func TestModules(t *testing.T) {
	var u unix.Utsname
	if err := unix.Uname(&u); err != nil {
		t.Fatal(err)
	}
	dir := "lib/modules/" + unix.ByteSliceToString(u.Release[:])
	w := newWorld(t, map[string]string{
		"etc/modules-load.d/a.conf": "loop max_loop=8\nno-such-thing\nfuse\nbr-netfilter",
		dir + "/modules.dep":        "kernel/net/br_netfilter.ko: kernel/net/bridge.ko kernel/net/stp.ko.xz\nkernel/net/bridge.ko: kernel/net/stp.ko.xz\n",
		dir + "/modules.builtin":    "kernel/drivers/block/loop.ko\nkernel/fs/fuse/fuse.ko\n",
	})
	w.modules()
	root := w.root + "/" + dir
	w.expect(t, 2,
		"/etc/modules-load.d/a.conf:2: cannot load module no-such-thing: there is none in "+root,
		"/etc/modules-load.d/a.conf:4: cannot load module br-netfilter: it needs stp: cannot open "+root+"/kernel/net/stp.ko.xz: no such file or directory")
}

func TestTable(t *testing.T) {
	w := newWorld(t, map[string]string{"etc/fstab": `# device dir type options
LABEL=data /srv/my\040data ext4 ro,noatime,nofail,x-systemd.automount,data=ordered,errors=remount-ro 0 2
tmpfs /tmp tmpfs
/dev/sdb1 none
UUID=1 none swap noauto,pri=5
//host/share /mnt cifs user,exec,rw,sync,async,_netdev,comment=x
`})
	entries := w.table()
	w.expect(t, 1, `/etc/fstab:4: cannot understand "/dev/sdb1 none": write device, directory, type and options`)
	if len(entries) != 4 {
		t.Fatalf("%d entries", len(entries))
	}
	for i, want := range []struct {
		source, target, kind string
		mount                mount
	}{
		{"LABEL=data", "/srv/my data", "ext4", mount{unix.MS_RDONLY | unix.MS_NOATIME, "data=ordered,errors=remount-ro", true, false}},
		{"tmpfs", "/tmp", "tmpfs", mount{}},
		{"UUID=1", "none", "swap", mount{0, "pri=5", false, true}},
		{"//host/share", "/mnt", "cifs", mount{unix.MS_NOSUID | unix.MS_NODEV, "", false, false}},
	} {
		e := entries[i]
		if e.source != want.source || e.target != want.target || e.kind != want.kind || e.mount != want.mount {
			t.Errorf("got %+v, want %+v", e, want)
		}
	}
}

func TestUnescape(t *testing.T) {
	for text, want := range map[string]string{`a\040b`: "a b", `\134`: `\`, `a\04`: `a\04`, `\999x`: `\999x`, "": ""} {
		if got := unescape(text); got != want {
			t.Errorf("%q: got %q, want %q", text, got, want)
		}
	}
}

func TestSwapFlags(t *testing.T) {
	for _, c := range []struct {
		options []string
		want    uintptr
		err     string
	}{
		{nil, 0, ""},
		{[]string{"sw"}, 0, ""},
		{[]string{"pri=0"}, swapPrefer, ""},
		{[]string{"defaults", "pri=32767", "discard=once"}, swapPrefer | 32767 | swapDiscard, ""},
		{[]string{"discard"}, swapDiscard, ""},
		{[]string{"pri=-1"}, 0, "pri=-1 is no number from 0 to 32767"},
	} {
		got, err := swapFlags(c.options)
		if got != c.want || fmt.Sprint(err) != c.err && (err != nil || c.err != "") {
			t.Errorf("%v: got %#x, %v", c.options, got, err)
		}
	}
}

func TestDevice(t *testing.T) {
	w := newWorld(t, nil)
	for _, c := range []struct{ source, want, err string }{
		{"tmpfs", "tmpfs", ""},
		{"/srv/data", "/srv/data", ""},
		{"/dev/null", "/dev/null", ""},
		{"PARTUUID=1", "", "PARTUUID=1 is not understood here: write LABEL=, UUID= or the device"},
	} {
		got, err := w.device(c.source)
		if got != c.want || err == nil != (c.err == "") || err != nil && err.Error() != c.err {
			t.Errorf("%s: got %q, %v", c.source, got, err)
		}
	}
}

func TestFormatRefuses(t *testing.T) {
	used := make([]byte, 2<<20)
	used[510], used[511] = 0x55, 0xAA // a partition table
	ext := make([]byte, 2<<20)
	copy(ext[1024+0x38:], "\x53\xEF")
	copy(ext[1024+0x78:], "photos")
	for _, c := range []struct {
		name string
		disk []byte
		want string
	}{
		{"a partition table", used, "there is something on it; wipe its first MiB if it is not needed"},
		{"a file system", ext, `it carries ext4, label "photos"`},
	} {
		t.Run(c.name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "disk")
			if err := os.WriteFile(path, c.disk, 0o600); err != nil {
				t.Fatal(err)
			}
			err := format(path)
			if err == nil || !strings.Contains(err.Error(), c.want) || !strings.HasPrefix(err.Error(), "will not format "+path) {
				t.Errorf("got %v", err)
			}
		})
	}
}
