package boot

import (
	"errors"
	"os"
	"strings"
	"testing"
)

func TestFindRoot(t *testing.T) {
	for _, c := range []struct {
		name   string
		line   CommandLine
		device string
		err    string // a part of it; "absent" for os.ErrNotExist
	}{
		{"a device that is there", CommandLine{Root: "/dev/null"}, "/dev/null", ""},
		{"a device that is not", CommandLine{Root: "/dev/no-such-disk"}, "", "absent"},
		{"a label that nothing bears", CommandLine{Root: "LABEL=no-such-label"}, "", "absent"},
		{"a tag and its file system", CommandLine{Root: "share", RootType: "virtiofs"}, "share", ""},
		{"another kind of name", CommandLine{Root: "PARTUUID=1", RootType: "ext4"}, "", "cannot understand root=PARTUUID=1"},
	} {
		t.Run(c.name, func(t *testing.T) {
			device, err := findRoot(c.line)
			switch {
			case c.err == "absent":
				if !errors.Is(err, os.ErrNotExist) {
					t.Errorf("got %q, %v, want that it does not exist", device, err)
				}
			case c.err != "":
				if err == nil || !strings.Contains(err.Error(), c.err) {
					t.Errorf("got %q, %v, want %q", device, err, c.err)
				}
			case device != c.device || err != nil:
				t.Errorf("got %q, %v, want %q", device, err, c.device)
			}
		})
	}
}
