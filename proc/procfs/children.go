package procfs

import (
	"math"
	"os"
	"strconv"
	"strings"

	"golang.org/x/sys/unix"
)

// Children are the children of a process, from /proc/PID/task/*/children; ok is
// false where the kernel was built without them (CONFIG_PROC_CHILDREN).
func Children(pid int) (pids []int, ok bool) {
	base := dir(pid) + "/task"
	for _, thread := range threads(pid, base) {
		text, err := readFile(base+"/"+thread+"/children", math.MaxInt)
		if err != nil {
			continue
		}
		ok = true
		for _, field := range strings.Fields(string(text)) {
			if child, err := strconv.Atoi(field); err == nil {
				pids = append(pids, child)
			}
		}
	}
	return pids, ok
}

// threads are the names in base, a process's task directory, whose number of links
// is two more than there are threads: of a single one the name is known.
func threads(pid int, base string) []string {
	const alone = 3
	var st unix.Stat_t
	if unix.Stat(base, &st) != nil {
		return nil
	}
	if st.Nlink == alone {
		return []string{strconv.Itoa(pid)}
	}
	dir, err := os.Open(base)
	if err != nil {
		return nil
	}
	defer dir.Close()
	names, _ := dir.Readdirnames(-1)
	return names
}
