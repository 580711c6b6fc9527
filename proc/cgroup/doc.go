// Package cgroup gives each service a control group of its own, cgroups(7) in
// version 2, where such can be made: what a process of the service forks stays in
// it, whatever session, parent or environment it takes.
//
// It knows directories and files of the cgroup2 file system. It does not know
// incarnations, nor what a process group is. proc imports it, and the server opens
// the tree. Nothing is kept in memory: a group is found again by its name.
//
// The groups are ROOT/zinit/SERVICE, and in it .probe for the commands that look at the
// service's health: its limits hold for them too. With a limit on memory the service
// itself is in .main, so that the OOM killer can end one of the two and not the other,
// and tell which it was. The other limits need no second group.
//
// A group that has children and controllers may
// hold no processes itself (only the machine's root may), so what lives in ROOT,
// as zinit itself does in a container, is moved to ROOT/init first.
//
// Linux 4.5 has the file system, 5.14 cgroup.kill; before that the processes are
// killed one by one.
package cgroup
