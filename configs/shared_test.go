package configs

import (
	"testing"
	"testing/fstest"
)

func TestLoadWarnsOfWhatIsShared(t *testing.T) {
	tty := func(path string, further ...string) *fstest.MapFile {
		return file(append([]string{`tty = "` + path + `"`}, further...)...)
	}
	log := func(path string) *fstest.MapFile { return file("[logging]", `file = "`+path+`"`) }
	const taken = ": each takes it from the other; give each its own, or use conflicts\n"
	const rotated = ": each rotates it under the other; give each its own\n"
	for name, c := range map[string]struct {
		files fstest.MapFS
		want  string
	}{
		"each its own": {fstest.MapFS{"a.toml": tty("/dev/tty1"), "b.toml": tty("/dev/tty2"), "c.toml": log("/x"), "d.toml": log("/y")}, ""},
		"nothing":      {fstest.MapFS{"a.toml": file(), "b.toml": file()}, ""},
		"a terminal": {fstest.MapFS{"b.toml": tty("/dev/tty1"), "a.toml": tty("/dev/tty1")},
			`/d/b.toml:3:7: tty "/dev/tty1" is that of "a" too` + taken},
		"of three": {fstest.MapFS{"a.toml": tty("/dev/tty1"), "b.toml": tty("/dev/tty1"), "c.toml": tty("/dev/tty1")},
			`/d/b.toml:3:7: tty "/dev/tty1" is that of "a" too` + taken + `/d/c.toml:3:7: tty "/dev/tty1" is that of "a" too` + taken},
		"in conflict":   {fstest.MapFS{"a.toml": tty("/dev/tty1"), "b.toml": tty("/dev/tty1", "[dependencies]", `conflicts = ["a"]`)}, ""},
		"the other way": {fstest.MapFS{"a.toml": tty("/dev/tty1", "[dependencies]", `conflicts = ["b"]`), "b.toml": tty("/dev/tty1")}, ""},
		"in conflict with one of them": {fstest.MapFS{"a.toml": tty("/dev/tty1"), "b.toml": tty("/dev/tty1", "[dependencies]", `conflicts = ["a"]`), "c.toml": tty("/dev/tty1", "[dependencies]", `conflicts = ["a"]`)},
			`/d/c.toml:3:7: tty "/dev/tty1" is that of "b" too` + taken},
		"one after the other": {fstest.MapFS{"a.toml": tty("/dev/tty1", "oneshot = true"), "b.toml": tty("/dev/tty1", "[dependencies]", `after = ["a"]`)}, ""},
		"after one that stays": {fstest.MapFS{"a.toml": tty("/dev/tty1"), "b.toml": tty("/dev/tty1", "[dependencies]", `requires = ["a"]`)},
			`/d/b.toml:3:7: tty "/dev/tty1" is that of "a" too` + taken},
		"a file": {fstest.MapFS{"a.toml": log("/var/log/x"), "b.toml": log("/var/./log/x")},
			`/d/b.toml:4:8: file "/var/log/x" is that of "a" too` + rotated},
		"a file in conflict": {fstest.MapFS{"a.toml": log("/x"), "b.toml": file("[logging]", `file = "/x"`, "[dependencies]", `conflicts = ["a"]`)},
			`/d/b.toml:4:8: file "/x" is that of "a" too` + rotated},
		"one in a cycle": {fstest.MapFS{"a.toml": tty("/dev/tty1", "[dependencies]", `after = ["c"]`), "c.toml": needs("a"), "b.toml": tty("/dev/tty1")}, ""},
	} {
		t.Run(name, func(t *testing.T) {
			if got := lines(loadMap(c.files).Warnings); got != c.want {
				t.Errorf("got:\n%swant:\n%s", got, c.want)
			}
		})
	}
}
