package account

import (
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
)

// etc makes a directory with files of users and groups; "": there is no such file.
func etc(t *testing.T, passwd, group string) string {
	t.Helper()
	dir := t.TempDir()
	for name, text := range map[string]string{"passwd": passwd, "group": group} {
		if text == "" {
			continue
		}
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

const (
	somePasswd = "# people\n\nroot:x:0:0:root:/root:/bin/bash\nweb:x:33:44:The Web:/srv/web:/bin/sh\n" +
		"bare:x:50:50:::\nsys:x:51:51::/var:/usr/sbin/nologin\n+nis::::::\nshort:x:1\n-web:x:1:1::/:/\nodd:x:many:1::/:\nbig:x:4294967295:1::/:\n"
	someGroup = "root:x:0:\nweb:x:44:\nlog:x:60:web,other\nssl:x:61:other, web\ntwice:x:60:web\nown:x:44:web\nall:x:62:bare,web\nodd:x:many:web\n"
)

func TestResolve(t *testing.T) {
	full := etc(t, somePasswd, someGroup)
	none := t.TempDir()
	for name, c := range map[string]struct {
		etc, user, group string
		uid, gid         int
		groups           []int
		home, shell      string
	}{
		"by name":          {full, "web", "", 33, 44, []int{44, 60, 62}, "/srv/web", "/bin/sh"},
		"by number":        {full, "33", "", 33, 44, []int{44, 60, 62}, "/srv/web", "/bin/sh"},
		"leading zero":     {full, "033", "", 33, 44, []int{44, 60, 62}, "/srv/web", "/bin/sh"},
		"another group":    {full, "web", "ssl", 33, 61, []int{61, 60, 44, 62}, "/srv/web", "/bin/sh"},
		"a group's number": {full, "web", "7", 33, 7, []int{7, 60, 44, 62}, "/srv/web", "/bin/sh"},
		"no home or shell": {full, "bare", "", 50, 50, []int{50, 62}, "/", ""},
		"no real shell":    {full, "sys", "", 51, 51, []int{51}, "/var", ""},
		"unknown number":   {full, "1000", "", 1000, 1000, []int{1000}, "/", ""},
		"no files":         {none, "1000", "", 1000, 1000, []int{1000}, "/", ""},
		"both numbers":     {none, "1000", "2000", 1000, 2000, []int{2000}, "/", ""},
		"only a group":     {full, "", "log", os.Geteuid(), 60, []int{60}, "", ""},
		"no group file":    {etc(t, somePasswd, ""), "web", "", 33, 44, []int{44}, "/srv/web", "/bin/sh"},
	} {
		t.Run(name, func(t *testing.T) {
			a, err := Resolve(c.etc, c.user, c.group)
			if err != nil {
				t.Fatal(err)
			}
			if a.UID != c.uid || a.GID != c.gid || !slices.Equal(a.Groups, c.groups) || a.home != c.home || a.shell != c.shell {
				t.Errorf("got %+v, want %+v", *a, c)
			}
		})
	}
	if a, err := Resolve(none, "", ""); a != nil || err != nil {
		t.Errorf("nobody is %+v, %v", a, err)
	}
}

func TestUnknownAccounts(t *testing.T) {
	full, none := etc(t, somePasswd, someGroup), t.TempDir()
	pipe := t.TempDir()
	if err := syscall.Mkfifo(pipe+"/passwd", 0o600); err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		etc, user, group string
		want             string
	}{
		"user":           {full, "wbe", "", "cannot run as user wbe: there is none of that name in " + full + "/passwd"},
		"group":          {full, "web", "wbe", "cannot run as group wbe: there is none of that name in " + full + "/group"},
		"no passwd":      {none, "web", "", "cannot run as user web: cannot look it up in " + none + "/passwd: no such file or directory"},
		"no group file":  {none, "1", "web", "cannot run as group web: cannot look it up in " + none + "/group: no such file or directory"},
		"a pipe":         {pipe, "web", "", "it is no regular file"},
		"no number":      {full, "odd", "", "cannot run as user odd: " + full + "/passwd gives no numbers for it"},
		"the number -1":  {full, "big", "", "gives no numbers for it"},
		"minus one":      {full, "4294967295", "", "cannot run as user 4294967295: there is none"},
		"group's number": {full, "web", "odd", "cannot run as group odd: " + full + "/group gives no number for it"},
		"NIS":            {full, "+nis", "", "there is none of that name"},
	} {
		t.Run(name, func(t *testing.T) {
			a, err := Resolve(c.etc, c.user, c.group)
			if err == nil || !strings.Contains(err.Error(), c.want) || strings.Contains(err.Error(), "\n") {
				t.Errorf("got %+v, %v, want %q", a, err, c.want)
			}
		})
	}
}

func TestLogin(t *testing.T) {
	full := etc(t, somePasswd, someGroup)
	for name, c := range map[string]struct {
		user, group string
		want        map[string]string
		drop        []string
	}{
		"a user":      {"web", "", map[string]string{"HOME": "/srv/web", "USER": "web", "LOGNAME": "web", "SHELL": "/bin/sh"}, nil},
		"no shell":    {"bare", "", map[string]string{"HOME": "/", "USER": "bare", "LOGNAME": "bare"}, []string{"SHELL"}},
		"a number":    {"1000", "", map[string]string{"HOME": "/"}, []string{"USER", "LOGNAME", "SHELL"}},
		"only groups": {"", "web", map[string]string{}, nil},
		"nobody":      {"", "", map[string]string{}, nil},
	} {
		t.Run(name, func(t *testing.T) {
			a, err := Resolve(full, c.user, c.group)
			if err != nil {
				t.Fatal(err)
			}
			if add, drop := a.Login(); !maps.Equal(add, c.want) || !slices.Equal(drop, c.drop) {
				t.Errorf("got %v and without %v, want %v and without %v", add, drop, c.want, c.drop)
			}
		})
	}
}
