package builtin

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
)

const sysctls = "/proc/sys/"

// sysctl writes the parameters of sysctl.d(5). A dash before a key means that it may
// fail; a key may be a pattern, of which those are left out that have a line of their
// own, be it a value or an exclusion, "-key" alone.
func (t *task) sysctl() {
	lines := t.dropIns("sysctl.d")
	own := map[string]bool{}
	for _, l := range lines {
		key, _, _ := strings.Cut(l.text, "=")
		own[parameter(strings.TrimPrefix(strings.TrimSpace(key), "-"))] = true
	}
	for _, l := range lines {
		t.set(l, own)
	}
}

func (t *task) set(l line, own map[string]bool) {
	key, value, isSetting := strings.Cut(l.text, "=")
	key, lenient := strings.CutPrefix(strings.TrimSpace(key), "-")
	if !isSetting && lenient {
		return // an exclusion
	}
	if !isSetting || key == "" {
		t.fail("%s: cannot understand %q: write key = value", l, l.text)
		return
	}
	value = strings.TrimSpace(value)
	path := parameter(key)
	if !strings.ContainsAny(path, "*?[") {
		t.write(l, key, path, value, lenient)
		return
	}
	found, err := filepath.Glob(t.root + sysctls + path)
	if err != nil {
		t.fail("%s: cannot understand the pattern %q", l, key)
	}
	for _, file := range found {
		if path := strings.TrimPrefix(file, t.root+sysctls); !own[path] {
			t.write(l, strings.ReplaceAll(path, "/", "."), path, value, lenient)
		}
	}
}

func (t *task) write(l line, key, path, value string, lenient bool) {
	file, err := os.OpenFile(t.root+sysctls+path, os.O_WRONLY, 0)
	if err == nil {
		_, err = file.WriteString(value + "\n")
		err = errors.Join(err, file.Close())
	}
	switch {
	case err == nil:
	case lenient:
		t.say("%s: cannot set %s to %q: %v (it may fail)", l, key, value, cause(err))
	default:
		t.fail("%s: cannot set %s to %q: %v", l, key, value, cause(err))
	}
}

// parameter is the path of a key. Its first separator, dot or slash, says which one
// it uses; with dots a slash stands for a dot in a name: net.ipv4.conf.eth0/1.forwarding.
func parameter(key string) string {
	at := strings.IndexAny(key, "./")
	if at < 0 || key[at] == '/' {
		return key
	}
	path := []byte(key)
	for i, c := range path {
		switch c {
		case '.':
			path[i] = '/'
		case '/':
			path[i] = '.'
		}
	}
	return string(path)
}
