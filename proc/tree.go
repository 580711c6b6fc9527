package proc

import (
	"bytes"
	"cmp"
	"slices"
	"strconv"
	"strings"
)

// Process is one process and what descends from it.
type Process struct {
	Pid, Ppid, Pgid int
	Command         string // the words, or [NAME] where there are none, at most 4096 bytes
	State           string // one letter, proc(5)
	Children        []Process
}

// Tree is the process tree of a service: its leader's, with what has escaped
// from it, by its mark, among the leader's children. ok is false where pid, which
// may be 0, does not exist; the escaped ones are then the children of nobody.
func (k *Kernel) Tree(name string, pid int) (tree Process, ok bool) {
	all, ours := k.ours()
	below := map[int][]int{}
	for child, s := range all {
		below[s.ppid] = append(below[s.ppid], child)
	}
	s, ok := all[pid]
	if ok {
		tree = describe(s, all, below)
	}
	for other, m := range ours {
		// Of an escaped family only the head: the rest hangs below it.
		if m.service == name && other != pid && ours[all[other].ppid].service != name && !descends(all, other, pid) {
			tree.Children = append(tree.Children, describe(all[other], all, below))
		}
	}
	slices.SortFunc(tree.Children, func(a, b Process) int { return cmp.Compare(a.Pid, b.Pid) })
	return tree, ok
}

func describe(s stat, all map[int]stat, below map[int][]int) Process {
	p := Process{Pid: s.pid, Ppid: s.ppid, Pgid: s.pgrp, Command: commandOf(s), State: string(s.state)}
	kids := below[s.pid]
	// A table read while it changed could hold a ring: each is described once.
	delete(below, s.pid)
	slices.Sort(kids)
	for _, kid := range kids {
		p.Children = append(p.Children, describe(all[kid], all, below))
	}
	return p
}

func commandOf(s stat) string {
	const most = 4096
	line, err := readFile("/proc/"+strconv.Itoa(s.pid)+"/cmdline", most)
	line = bytes.TrimRight(line, "\x00")
	if err != nil || len(line) == 0 {
		return "[" + s.command + "]"
	}
	return strings.ReplaceAll(string(line), "\x00", " ")
}
