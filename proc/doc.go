// Package proc is the only door to the kernel: it carries out the core's actions
// and tells, as events, what comes of them and what else happens to processes.
//
// It knows processes by pid and start time, groups, signals, descriptors, the
// run directory. It does not know states, dependencies or policies, and nothing
// of the protocol. supervisor never imports it.
//
// # Words
//
//   - An incarnation is one run of a service: its name and generation. The core
//     numbers them.
//   - A birth is all that has to be known of a process before it exists.
//   - A leader is the first process of an incarnation. It leads a session and a process
//     group of the same number. Others are our children that lead no service: commands
//     that probe.
//   - A launch is what a process does to itself, by orders, between fork and exec; see
//     proc/launch.
//   - The mark is in the environment of each process of a service: ZINIT_SERVICE and
//     ZINIT_RUN. A life is the time of one run directory; it is part of the mark.
//   - To escape is to leave the process group. A runaway was seen to do so; what else
//     escaped is found by descent, control group, mark or output.
//   - A voice is what a service says of itself by sd_notify(3), a notice one message.
//   - The shim is zinit-pid1 above us. Without it we are the services' parent ourselves.
//
// # Where things are
//
//	kernel.go                        Kernel: what it is made of, and what each action does
//	spawn.go                         the feeders: how a birth is prepared
//	orders.go lookup.go environ.go   … whom it runs as, with what environment and program
//	cgroups.go                       … in which control group
//	spawner.go fork.go births.go     the spawner: how it is carried out and written down
//	launches.go                      how launches went
//	parent.go exits.go               the ends of our children: from the link to the core
//	watch.go                         the ends of those that are no children of ours
//	leaders.go others.go whose.go    which process is whose
//	signal.go                        to signal a group, to kill one process
//	await.go terminals.go            when nothing is left of an incarnation; its terminal
//	sweep.go runaways.go outputs.go  to find and kill what has escaped from one
//	health.go                        probes
//	examine.go catch.go leftovers.go … by commands, what these print, and what they leave
//	notices.go voices.go watchdog.go … by what services say
//	tree.go usage.go                 what people ask about processes; see proc/procfs
//	rundir.go clock.go queue.go      what outlives the server; time; from one goroutine to another
//	adopt.go                         recovery: what a former server has left
//
// # Goroutines
//
//   - Feeders (feed) prepare births. They may block: a file server may not answer.
//   - The spawner (spawn) forks. It is locked to a thread that has a descriptor table
//     and a umask of its own, alone writes the register of births, and makes plain
//     system calls only. release closes, in our table, what feeders had opened.
//   - hearLaunches takes over the pipes of launches; each launch has a goroutine until
//     it is over.
//   - reap, without a shim, waits for our children and writes their ends to the link.
//     exits reads the link: all ends come that way, but for those of the adopted.
//   - watch sees the end of the adopted.
//   - await alone knows which ends of groups are awaited, and sweeps.
//   - hearNotices hears what services say.
//   - A probe has a goroutine only while it asks.
//
// Do runs on the core's loop and never blocks. All other state is behind the lock of
// the type that has it.
//
// Linux 5.11 is enough (close_range); exit statuses of adopted processes need 6.15.
package proc
