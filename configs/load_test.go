package configs

import (
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"testing/fstest"
)

// file is a regular file with nothing but a command, and further lines.
func file(further ...string) *fstest.MapFile {
	return &fstest.MapFile{Data: []byte("[service]\nexec = \"a\"\n" + strings.Join(further, "\n")), Mode: 0o644}
}

// needs is a file whose service requires others.
func needs(names ...string) *fstest.MapFile {
	return file("[dependencies]", `requires = ["`+strings.Join(names, `", "`)+`"]`)
}

// loadMap loads one directory, /d.
func loadMap(files fstest.MapFS) Set { return Load([]Dir{{Path: "/d", FS: files}}) }

// serviceNames are the names of a set's services, parted by blanks.
func serviceNames(s Set) string {
	var names []string
	for _, one := range s.Services {
		names = append(names, one.Name)
	}
	return strings.Join(names, " ")
}

func TestLoadSkips(t *testing.T) {
	set := loadMap(fstest.MapFS{
		"web.toml":      file(),
		".hidden.toml":  file(),
		".web.toml.swp": file(),
		"web.toml~":     file(),
		"#web.toml#":    file(),
		"#web.toml":     file(),
		"web.toml.bak":  file(),
		"README":        file(),
		".toml":         file(),
		"sub/x.toml":    file(),
		"dir.toml/x":    file(),
		"pipe.toml":     {Mode: fs.ModeNamedPipe},
		"device.toml":   {Mode: fs.ModeDevice},
		"socket.toml":   {Mode: fs.ModeSocket},
	})
	if got := serviceNames(set); got != "web" || len(set.Problems)+len(set.Warnings)+len(set.Unread) != 0 {
		t.Errorf("got %q, %v", got, set)
	}
}

func TestLoadBadFileTakesNobodyWithIt(t *testing.T) {
	set := loadMap(fstest.MapFS{"a.toml": file(), "b.toml": {Data: []byte("[service]\nexce = 1")}, "c.toml": needs("b")})
	if got := serviceNames(set); got != "a c" {
		t.Errorf("got %q", got)
	}
	if len(set.Problems) != 1 || set.Problems[0].Service != "b" || set.Problems[0].File != "/d/b.toml" || len(set.Warnings) != 0 {
		t.Errorf("problems:\n%swarnings:\n%s", lines(set.Problems), lines(set.Warnings))
	}
}

func TestLoadSeveralDirectories(t *testing.T) {
	set := Load([]Dir{
		{Path: "/sys", FS: fstest.MapFS{"log.toml": file(), "web.toml": file()}, System: true},
		{Path: "/none", FS: os.DirFS(filepath.Join(t.TempDir(), "none"))},
		{Path: "/usr", FS: fstest.MapFS{"x.toml": file(), "shop.toml": {Data: []byte("[service]\nexec = \"a\"\nname = \"web\"")}}},
	})
	if got := serviceNames(set); got != "log web x" {
		t.Errorf("got %q", got)
	}
	if set.Services[0].Class != ClassSystem || set.Services[2].Class != ClassUser || set.Services[1].Origin != "/sys/web.toml" {
		t.Errorf("classes or origins are wrong: %+v", set.Services)
	}
	const taken = "/usr/shop.toml:3:8: the name \"web\" is taken by /sys/web.toml: a name belongs to one file\n"
	if got := lines(set.Problems); got != taken || set.Problems[0].Service != "shop" {
		t.Errorf("got %s", got)
	}
	if got := lines(set.Unread); got != "/none: cannot read the directory: no such file or directory\n" {
		t.Errorf("got %s", got)
	}
}

func TestLoadEmpty(t *testing.T) {
	if set := loadMap(fstest.MapFS{}); len(set.Services)+len(set.Problems)+len(set.Unread) != 0 {
		t.Errorf("got %+v", set)
	}
}

func TestLoadRefusesCycles(t *testing.T) {
	set := loadMap(fstest.MapFS{
		"a.toml": needs("b"), "b.toml": file("[dependencies]", `after = ["x", "c"]`), "c.toml": needs("a"),
		"d.toml": needs("a"), "e.toml": file(),
	})
	if got := serviceNames(set); got != "d e" {
		t.Errorf("got %q", got)
	}
	want := `/d/a.toml:4:13: "a" is part of a cycle over requires and after: a -> b -> c -> a; take out one of these edges
/d/b.toml:4:15: "b" is part of a cycle over requires and after: a -> b -> c -> a; take out one of these edges
/d/c.toml:4:13: "c" is part of a cycle over requires and after: a -> b -> c -> a; take out one of these edges
`
	if got := lines(set.Problems); got != want {
		t.Errorf("got:\n%s", got)
	}
	if got := lines(set.Warnings); strings.Contains(got, "d.toml") {
		t.Errorf("a refused requirement is said to be unknown: %s", got)
	}
}

func TestRingIsBounded(t *testing.T) {
	var names []string
	for i := range 5000 {
		names = append(names, fmt.Sprint("n", i))
	}
	if got := Ring(append(names, "n0")); len(got) > 200 || !strings.HasPrefix(got, "n0 -> n1 ->") || !strings.HasSuffix(got, "-> n4999 -> n0") {
		t.Error(got)
	}
}

func TestLoadWarns(t *testing.T) {
	set := loadMap(fstest.MapFS{
		"database.toml": file(), "web.toml": needs("databse"),
		"app.toml": file("[dependencies]", `after = ["syslog"]`, `wants = ["nobody"]`, `conflicts = ["old"]`),
	})
	want := `/d/app.toml:4:10: after names "syslog", but no service has that name: there is nothing to wait for
/d/web.toml:4:13: requires names "databse", but no service has that name: it waits until there is one: did you mean "database"?
`
	if got := lines(set.Warnings); got != want || len(set.Services) != 3 {
		t.Errorf("got:\n%s", got)
	}
}

func TestLoadRealDirectory(t *testing.T) {
	dir, out := t.TempDir(), t.TempDir()
	write(t, filepath.Join(out, "real"), "[service]\nexec = \"a\"")
	write(t, filepath.Join(dir, "open.toml"), "[service]\nexec = \"a\"")
	for _, err := range []error{
		os.Symlink(filepath.Join(out, "real"), filepath.Join(dir, "linked.toml")),
		os.Symlink(filepath.Join(out, "none"), filepath.Join(dir, "dangling.toml")),
		os.Symlink("loop.toml", filepath.Join(dir, "loop.toml")),
		os.Symlink(out, filepath.Join(dir, "dirlink.toml")),
		syscall.Mkfifo(filepath.Join(dir, "fifo.toml"), 0o600),
		os.Symlink(filepath.Join(dir, "fifo.toml"), filepath.Join(dir, "fifolink.toml")),
		os.Chmod(filepath.Join(dir, "open.toml"), 0o666),
	} {
		if err != nil {
			t.Fatal(err)
		}
	}
	set := Load([]Dir{{Path: dir, FS: os.DirFS(dir), Strict: true}})
	want := `dangling.toml: the symbolic link leads nowhere: repair or remove it
loop.toml: cannot follow the symbolic link: too many levels of symbolic links
open.toml: anybody may write the file (mode 0666) and zinit runs as root: chmod o-w it
`
	if got := strings.ReplaceAll(lines(set.Problems), dir+"/", ""); got != want || serviceNames(set) != "linked" {
		t.Errorf("%q and\n%s", serviceNames(set), got)
	}
	if got := serviceNames(Load([]Dir{{Path: dir, FS: os.DirFS(dir)}})); got != "linked open" {
		t.Errorf("not strict: %q", got)
	}
}

func TestLoadRefusesDirectory(t *testing.T) {
	dir := t.TempDir()
	write(t, filepath.Join(dir, "web.toml"), "[service]\nexec = \"a\"")
	if err := os.Chmod(dir, 0o777); err != nil {
		t.Fatal(err)
	}
	set := Load([]Dir{{Path: dir, FS: os.DirFS(dir), Strict: true}})
	if len(set.Services) != 0 || len(set.Problems) != 1 || len(set.Unread) != 1 || set.Problems[0].Service != "" ||
		!strings.Contains(set.Problems[0].Message, "anybody may write it (mode 0777)") {
		t.Errorf("got %+v", set)
	}
	notDir := filepath.Join(dir, "web.toml")
	if set := Load([]Dir{{Path: notDir, FS: os.DirFS(notDir)}}); len(set.Unread) != 1 || len(set.Problems) != 1 {
		t.Errorf("a file in place of a directory: %+v", set)
	}
}

func TestLoadLongFile(t *testing.T) {
	set := loadMap(fstest.MapFS{"a.toml": file("#" + strings.Repeat("x", 3*maxFile))})
	if !strings.Contains(lines(set.Problems), "longer than 1 MiB") {
		t.Error(lines(set.Problems))
	}
}

func write(t testing.TB, name, text string) {
	t.Helper()
	if err := os.WriteFile(name, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
}

// many writes n ordinary files, each of which requires the one before.
func many(b *testing.B, n int) string {
	dir := b.TempDir()
	for i := range n {
		write(b, filepath.Join(dir, fmt.Sprintf("s%05d.toml", i)), fmt.Sprintf(`# An ordinary service.
[service]
description = "service %d"
exec = "/usr/bin/server --port %d --config /etc/server/%d.conf"
env = { PORT = "80", MODE = "production" }
[dependencies]
requires = ["s%05d"]
[lifecycle]
restart = "always"
stop_timeout_ms = 5000
`, i, i, i, max(0, i-1)+btoi(i == 0)))
	}
	return dir
}

func btoi(b bool) int {
	if b {
		return 1
	}
	return 0
}

func BenchmarkLoad5000(b *testing.B) {
	dir := many(b, 5000)
	write(b, filepath.Join(dir, "s00000.toml"), "[service]\nexec = \"a\"")
	for b.Loop() {
		if set := Load([]Dir{{Path: dir, FS: os.DirFS(dir), Strict: true}}); len(set.Services) != 5000 {
			b.Fatal(lines(slices.Concat(set.Problems, set.Unread)))
		}
	}
	b.ReportMetric(float64(b.Elapsed().Microseconds())/float64(b.N)/5000, "µs/file")
}
