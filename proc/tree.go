package proc

import (
	"slices"
	"sort"

	"zinit/proc/procfs"
)

// Process is one process and what descends from it.
type Process struct {
	Pid, Ppid, Pgid int
	Command         string // the words, or [NAME] where there are none, at most 4096 bytes
	State           string // one letter, proc(5)
	Children        []Process
}

// Tree is the process tree of a service: its leader's, with what has escaped from it,
// by its control group or mark, among the leader's children. ok is false where pid,
// which may be 0, does not exist; the escaped ones are then the children of nobody.
func (k *Kernel) Tree(name string, pid int) (tree Process, ok bool) {
	all, ours := k.ours()
	below := all.Children()
	s, ok := all[pid]
	if ok {
		tree = describe(s, all, below)
	}
	members := map[int]bool{}
	for _, other := range k.Cgroup.Members(name) {
		members[other] = true
	}
	for other, m := range ours {
		members[other] = members[other] || m.service == name
	}
	for other, is := range members {
		// Of an escaped family only the head: the rest hangs below it.
		if is && all[other].Pid != 0 && other != pid && !members[all[other].Ppid] && !(ok && all.Descends(other, pid)) {
			tree.Children = append(tree.Children, describe(all[other], all, below))
		}
	}
	sort.SliceStable(tree.Children, func(i, j int) bool { return tree.Children[i].Pid < tree.Children[j].Pid })
	return tree, ok
}

func describe(s procfs.Stat, all procfs.Table, below map[int][]int) Process {
	p := Process{Pid: s.Pid, Ppid: s.Ppid, Pgid: s.Pgid, Command: commandOf(s), State: string(s.State)}
	kids := below[s.Pid]
	// A table read while it changed could hold a ring: each is described once.
	delete(below, s.Pid)
	slices.Sort(kids)
	for _, kid := range kids {
		p.Children = append(p.Children, describe(all[kid], all, below))
	}
	return p
}

func commandOf(s procfs.Stat) string {
	if line := procfs.CommandLine(s.Pid); line != "" {
		return line
	}
	return "[" + s.Command + "]"
}
