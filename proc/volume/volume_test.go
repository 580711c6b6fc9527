package volume

import (
	"errors"
	"os"
	"path/filepath"
	"testing"
)

// names is what a test writes into a superblock.
var names = []byte{0xA0, 0xA1, 0xA2, 0xA3, 0xA4, 0xA5, 0xA6, 0xA7, 0xA8, 0xA9, 0xAA, 0xAB, 0xAC, 0xAD, 0xAE, 0xAF}

const uuid = "a0a1a2a3-a4a5-a6a7-a8a9-aaabacadaeaf"

// image is the start of a device in some format, with nothing in it but its names.
func image(magic string, magicAt, uuidAt, labelAt int, label string) []byte {
	text := make([]byte, 128<<10)
	copy(text[uuidAt:], names)
	copy(text[labelAt:], label)
	copy(text[magicAt:], magic)
	return text
}

func TestRead(t *testing.T) {
	ext := func(label string) []byte { return image("\x53\xEF", 0x438, 0x468, 0x478, label) }
	for _, c := range []struct {
		name  string
		image []byte
		want  Volume
		ok    bool
	}{
		{"ext4", ext("data"), Volume{"ext4", uuid, "data"}, true},
		{"a label that fills its field", ext("sixteen-letters!"), Volume{"ext4", uuid, "sixteen-letters!"}, true},
		{"no label", ext(""), Volume{"ext4", uuid, ""}, true},
		{"xfs", image("XFSB", 0, 32, 108, "data"), Volume{"xfs", uuid, "data"}, true},
		{"btrfs", image("_BHRfS_M", 65600, 65568, 65835, "data"), Volume{"btrfs", uuid, "data"}, true},
		{"swap", image("SWAPSPACE2", 4086, 1036, 1052, "data"), Volume{"swap", uuid, "data"}, true},
		{"vfat", image("FAT32   ", 82, 67, 71, "DATA       "), Volume{"vfat", "A3A2-A1A0", "DATA"}, true},
		{"small vfat", image("FAT16   ", 54, 39, 43, "DATA       "), Volume{"vfat", "A3A2-A1A0", "DATA"}, true},
		{"something else", make([]byte, 128<<10), Volume{}, false},
		{"too short", ext("data")[:1080], Volume{}, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got, err := Read(file(t, c.image)); got != c.want || (err == nil) != c.ok {
				t.Errorf("got %+v, %v, want %+v, %v", got, err, c.want, c.ok)
			}
		})
	}
}

func file(t *testing.T, text []byte) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "device")
	if err := os.WriteFile(path, text, 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestBlank(t *testing.T) {
	last := make([]byte, blank)
	last[blank-1] = 1
	for _, c := range []struct {
		name string
		text []byte
		want bool
	}{
		{"zeros", make([]byte, blank), true},
		{"one byte", last, false},
		{"behind it", append(make([]byte, blank), 1), true},
		{"too small", make([]byte, blank-1), false},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got, err := Blank(file(t, c.text)); got != c.want || err != nil {
				t.Errorf("got %v, %v, want %v", got, err, c.want)
			}
		})
	}
}

func TestNamed(t *testing.T) {
	v := Volume{"ext4", uuid, "data"}
	for _, c := range []struct {
		source     string
		named, got bool
	}{
		{"LABEL=data", true, true},
		{`LABEL="data"`, true, true},
		{"LABEL=other", true, false},
		{"UUID=A0A1A2A3-a4a5-a6a7-a8a9-aaabacadaeaf", true, true},
		{"PARTUUID=1", false, false},
		{"/dev/sda", false, false},
	} {
		is, named := Named(c.source)
		if named != c.named || named && is(v) != c.got {
			t.Errorf("%s: got %v", c.source, named)
		}
	}
}

func TestFindNone(t *testing.T) {
	_, err := Find(func(v Volume) bool { return v.Label == "no-such-label" })
	if !errors.Is(err, os.ErrNotExist) {
		t.Errorf("got %v", err)
	}
}
