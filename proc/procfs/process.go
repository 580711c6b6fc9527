package procfs

import (
	"bytes"
	"os"
	"strings"

	"golang.org/x/sys/unix"
)

// Environ is the environment that a process began with, as KEY=VALUE, the first
// 256 KiB of it. In the midst of an exec it is empty, and that is no error.
func Environ(pid int) ([]string, error) {
	const most = 1 << 18
	text, err := readFile(dir(pid)+"/environ", most)
	if err != nil || len(text) == 0 {
		return nil, err
	}
	return strings.Split(string(text), "\x00"), nil
}

// CommandLine is the words that a process was called with, with spaces between
// them, at most 4096 bytes; "" where there are none or they cannot be read.
func CommandLine(pid int) string {
	const most = 4096
	line, err := readFile(dir(pid)+"/cmdline", most)
	if err != nil {
		return ""
	}
	return strings.ReplaceAll(string(bytes.TrimRight(line, "\x00")), "\x00", " ")
}

// Outputs are what a process has for stdout and stderr, as paths; "" for one that
// is closed or cannot be seen.
func Outputs(pid int) [2]string {
	base := dir(pid) + "/fd/"
	stdout, _ := os.Readlink(base + "1")
	stderr, _ := os.Readlink(base + "2")
	return [2]string{stdout, stderr}
}

// Owner is the user that a process runs as, by its effective uid; that of one that
// may not be dumped is root's, proc(5).
func Owner(pid int) (uid int, err error) {
	var st unix.Stat_t
	err = unix.Stat(dir(pid), &st)
	return int(st.Uid), err
}
