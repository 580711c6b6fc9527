package boot

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// superblock is the start of an ext4 image with nothing in it but its names.
func superblock(label string) []byte {
	image := make([]byte, 4096)
	block := image[1024:]
	block[0x38], block[0x39] = 0x53, 0xEF
	for i := range 16 {
		block[0x68+i] = byte(0xA0 + i)
	}
	copy(block[0x78:], label)
	return image
}

func TestReadVolume(t *testing.T) {
	const uuid = "a0a1a2a3-a4a5-a6a7-a8a9-aaabacadaeaf"
	other := superblock("x")
	other[1024+0x38] = 0
	for _, c := range []struct {
		name  string
		image []byte
		want  volume
		ok    bool
	}{
		{"short label", superblock("data"), volume{uuid, "data"}, true},
		{"a label that fills its field", superblock("sixteen-letters!"), volume{uuid, "sixteen-letters!"}, true},
		{"no label", superblock(""), volume{uuid, ""}, true},
		{"another file system", other, volume{}, false},
		{"too short", superblock("data")[:2000], volume{}, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "image")
			if err := os.WriteFile(path, c.image, 0o600); err != nil {
				t.Fatal(err)
			}
			if got, ok := readVolume(path); got != c.want || ok != c.ok {
				t.Errorf("got %+v, %v, want %+v, %v", got, ok, c.want, c.ok)
			}
		})
	}
}

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
