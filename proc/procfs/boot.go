package procfs

import "bytes"

// BootID is the random name of this boot of the machine, random(4).
func BootID() (string, error) {
	text, err := readFile("/proc/sys/kernel/random/boot_id", 64)
	return string(bytes.TrimSpace(text)), err
}
