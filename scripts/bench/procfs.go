package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
)

// sum adds the numbers that follow a key that begins with one of the prefixes,
// in a file of "Key:  number" lines.
func sum(path string, prefixes ...string) (total int) {
	text, err := os.ReadFile(path)
	if err != nil {
		return 0
	}
	for line := range strings.Lines(string(text)) {
		key, rest, _ := strings.Cut(line, ":")
		for _, p := range prefixes {
			if fields := strings.Fields(rest); strings.HasPrefix(key, p) && len(fields) > 0 {
				n, _ := strconv.Atoi(fields[0])
				total += n
			}
		}
	}
	return total
}

// private is the memory in kB that pids have written and share with nobody
// (proc(5), smaps_rollup); pages of a program's file count for none.
func private(pids []int) (kB float64) {
	for _, pid := range pids {
		kB += float64(sum(fmt.Sprintf("/proc/%d/smaps_rollup", pid), "Private_Dirty"))
	}
	return kB
}

// switches counts how often pid's threads were given a processor.
func switches(pid int) (total int) {
	tasks, _ := filepath.Glob(fmt.Sprintf("/proc/%d/task/*/status", pid))
	for _, task := range tasks {
		total += sum(task, "voluntary_ctxt_switches", "nonvoluntary_ctxt_switches")
	}
	return total
}

func threads(pid int) int { return sum(fmt.Sprintf("/proc/%d/status", pid), "Threads") }

// tree is pid and its descendants, but for those that run the service itself.
func tree(pid int, service string) []int {
	if exe, _ := os.Readlink(fmt.Sprintf("/proc/%d/exe", pid)); exe == service {
		return nil
	}
	all := []int{pid}
	lists, _ := filepath.Glob(fmt.Sprintf("/proc/%d/task/*/children", pid))
	for _, list := range lists {
		text, _ := os.ReadFile(list)
		for word := range strings.FieldsSeq(string(text)) {
			if child, err := strconv.Atoi(word); err == nil {
				all = append(all, tree(child, service)...)
			}
		}
	}
	return all
}

// dwellers are the processes that work in dir or below it, as a peer's helpers do.
func dwellers(dir string) (pids []int) {
	entries, _ := os.ReadDir("/proc")
	for _, e := range entries {
		pid, err := strconv.Atoi(e.Name())
		if err != nil {
			continue
		}
		if cwd, _ := os.Readlink(filepath.Join("/proc", e.Name(), "cwd")); strings.HasPrefix(cwd, dir) {
			pids = append(pids, pid)
		}
	}
	return pids
}
