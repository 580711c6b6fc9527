package applets

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// place is a binary and a directory for links, both empty files to begin with.
type place struct{ exe, dir string }

func newPlace(t *testing.T) place {
	t.Helper()
	root, err := filepath.EvalSymlinks(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	p := place{exe: filepath.Join(root, "bin", "zinit"), dir: filepath.Join(root, "sbin")}
	for _, dir := range []string{filepath.Dir(p.exe), p.dir} {
		if err := os.Mkdir(dir, 0o755); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.WriteFile(p.exe, []byte("binary"), 0o755); err != nil {
		t.Fatal(err)
	}
	return p
}

// links is what the directory holds: "name -> target" or "name", sorted.
func links(t *testing.T, dir string) string {
	t.Helper()
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	var all []string
	for _, e := range entries {
		target, err := os.Readlink(filepath.Join(dir, e.Name()))
		if err == nil {
			target = " -> " + target
		}
		all = append(all, e.Name()+target)
	}
	return strings.Join(all, ", ")
}

func TestMakeLinks(t *testing.T) {
	tests := []struct {
		name  string
		order linkOrder
		same  bool // the links go beside the binary
		with  map[string]string
		want  string // EXE stands for the binary
		err   string
	}{
		{name: "absolute", want: "zinit -> EXE, zinit-pid1 -> EXE, zinit-server -> EXE"},
		{name: "relative", order: linkOrder{relative: true}, want: "zinit -> ../bin/zinit, zinit-pid1 -> ../bin/zinit, zinit-server -> ../bin/zinit"},
		{name: "init", order: linkOrder{init: true}, want: "init -> EXE, zinit -> EXE, zinit-pid1 -> EXE, zinit-server -> EXE"},
		{name: "beside the binary", same: true, want: "zinit, zinit-pid1 -> zinit, zinit-server -> zinit"},
		{name: "there already", with: map[string]string{"zinit-server": "EXE"}, want: "zinit -> EXE, zinit-pid1 -> EXE, zinit-server -> EXE"},
		{name: "an older zinit", with: map[string]string{"zinit-server": "/opt/old/zinit"}, want: "zinit -> EXE, zinit-pid1 -> EXE, zinit-server -> EXE"},
		{name: "somebody else's link", order: linkOrder{init: true}, with: map[string]string{"init": "/lib/systemd/systemd"},
			want: "init -> /lib/systemd/systemd", err: "init: it points to /lib/systemd/systemd; remove it first"},
		{name: "a file", with: map[string]string{"zinit-pid1": ""}, want: "zinit-pid1", err: "it is there and is no symbolic link"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			p := newPlace(t)
			if test.order.dir = p.dir; test.same {
				test.order.dir = filepath.Dir(p.exe)
			}
			for name, target := range test.with {
				put(t, filepath.Join(p.dir, name), strings.ReplaceAll(target, "EXE", p.exe))
			}
			for range 2 { // it is idempotent
				err := makeLinks(&bytes.Buffer{}, p.exe, test.order)
				if test.err == "" && err != nil || test.err != "" && (err == nil || !strings.Contains(err.Error(), test.err)) {
					t.Fatalf("got error %v, want %q", err, test.err)
				}
				if got, want := links(t, test.order.dir), strings.ReplaceAll(test.want, "EXE", p.exe); got != want {
					t.Fatalf("got  %s\nwant %s", got, want)
				}
			}
		})
	}
}

// put makes a link, or a file where there is no target.
func put(t *testing.T, path, target string) {
	t.Helper()
	err := os.WriteFile(path, nil, 0o644)
	if target != "" {
		os.Remove(path)
		err = os.Symlink(target, path)
	}
	if err != nil {
		t.Fatal(err)
	}
}

func TestMakeLinksSaysWhatItDid(t *testing.T) {
	p := newPlace(t)
	var out bytes.Buffer
	if err := makeLinks(&out, p.exe, linkOrder{dir: p.dir, relative: true}); err != nil {
		t.Fatal(err)
	}
	if want := filepath.Join(p.dir, "zinit-server") + " -> ../bin/zinit\n"; !strings.Contains(out.String(), want) {
		t.Errorf("got %q, want %q in it", out.String(), want)
	}
}

func TestMakeLinksNeedsADirectory(t *testing.T) {
	p := newPlace(t)
	for _, dir := range []string{filepath.Join(p.dir, "none"), p.exe} {
		err := makeLinks(&bytes.Buffer{}, p.exe, linkOrder{dir: dir})
		if err == nil || !strings.HasPrefix(err.Error(), "cannot make links in "+dir+": n") {
			t.Errorf("%s: got error %v", dir, err)
		}
	}
}

func TestParseLinks(t *testing.T) {
	tests := []struct {
		args string
		want linkOrder
		err  string
	}{
		{args: "/sbin", want: linkOrder{dir: "/sbin"}},
		{args: "--init /sbin", want: linkOrder{dir: "/sbin", init: true}},
		{args: "/sbin --init --relative", want: linkOrder{dir: "/sbin", init: true, relative: true}},
		{args: "-- --init", want: linkOrder{dir: "--init"}},
		{args: "--help", want: linkOrder{help: true}},
		{args: "", err: "install-links needs a directory"},
		{args: "/a /b", err: "install-links takes one directory, not 2"},
		{args: "/a --force", err: "install-links has no option --force"},
	}
	for _, test := range tests {
		t.Run(test.args, func(t *testing.T) {
			got, err := parseLinks(strings.Fields(test.args))
			if test.err != "" {
				if err == nil || err.Error() != test.err {
					t.Fatalf("got error %v, want %q", err, test.err)
				}
				return
			}
			if err != nil || got != test.want {
				t.Errorf("got %+v, %v, want %+v", got, err, test.want)
			}
		})
	}
}

func TestInstallLinks(t *testing.T) {
	dir := t.TempDir()
	tests := []struct {
		name string
		args []string
		code int
	}{
		{"no directory named", nil, 2},
		{"unknown option", []string{dir, "--quiet"}, 2},
		{"no such directory", []string{filepath.Join(dir, "none")}, 1},
		{"help", []string{"--help"}, 0},
		{"made", []string{dir, "--init"}, 0},
		{"there already", []string{dir, "--init"}, 0},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			if code := installLinks(test.args); code != test.code {
				t.Errorf("got exit code %d, want %d", code, test.code)
			}
		})
	}
	self, err := os.Stat("/proc/self/exe")
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"zinit", "zinit-server", "zinit-pid1", "init"} {
		if linked, err := os.Stat(filepath.Join(dir, name)); err != nil || !os.SameFile(linked, self) {
			t.Errorf("%s does not lead to this binary: %v", name, err)
		}
	}
}
