// Package proc is the only door to the kernel: it carries out the core's actions
// and tells, as events, what comes of them and what else happens to processes.
//
// It knows processes by pid and start time, groups, signals, descriptors, the
// run directory. It does not know states, dependencies or policies, and nothing
// of the protocol. supervisor never imports it.
//
// Goroutines: feeders prepare births (users, files, logs), one locked thread forks,
// one for each process that carries out orders first (proc/launch) waits for it to
// say how it went, proc/reap waits, one reads the exits from the link, one looks after groups
// that are to become empty, one after adopted processes, which are no children.
// One hears what services say of themselves. A probe has a goroutine only while it
// asks.
// There is one road for exits, the link, but for the adopted.
//
// Linux 5.11 is enough (close_range); exit statuses of adopted processes need 6.15.
package proc
