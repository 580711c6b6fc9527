package volume

import (
	"bytes"
	"fmt"
	"strings"
)

// format is where a file system keeps its names. Offsets count from the start of
// the device.
type format struct {
	kind     string
	magic    string
	magicAt  int64
	uuidAt   int64
	labelAt  int64
	labelLen int
}

// formats are those that are told apart. See, in Linux, ext4/super.rst,
// xfs_format.h, btrfs_tree.h and swap.h; of FAT the boot sector, which names itself.
var formats = []format{
	{"ext4", "\x53\xEF", 1024 + 0x38, 1024 + 0x68, 1024 + 0x78, 16},
	{"xfs", "XFSB", 0, 32, 108, 12},
	{"btrfs", "_BHRfS_M", 65536 + 64, 65536 + 32, 65536 + 299, 256},
	{"swap", "SWAPSPACE2", 4096 - 10, 1024 + 12, 1024 + 28, 16},
	{"vfat", "FAT32   ", 82, 67, 71, 11},
	{"vfat", "FAT16   ", 54, 39, 43, 11},
	{"vfat", "FAT12   ", 54, 39, 43, 11},
}

// volume reads the names.
func (f format) volume(fd int) Volume {
	v := Volume{Type: f.kind}
	label, _, _ := bytes.Cut(at(fd, f.labelAt, f.labelLen), []byte{0})
	v.Label = strings.TrimRight(string(label), " ")
	if f.kind == "vfat" {
		if serial := at(fd, f.uuidAt, 4); serial != nil {
			v.UUID = fmt.Sprintf("%02X%02X-%02X%02X", serial[3], serial[2], serial[1], serial[0])
		}
		return v
	}
	if b := at(fd, f.uuidAt, 16); b != nil {
		v.UUID = fmt.Sprintf("%x-%x-%x-%x-%x", b[:4], b[4:6], b[6:8], b[8:10], b[10:])
	}
	return v
}
