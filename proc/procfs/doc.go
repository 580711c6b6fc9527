// Package procfs reads what /proc says of processes, proc(5): one, all of them, who
// descends from whom, and what they use.
//
// It knows pids, start times, parents, sessions and open files, and that anything may
// have changed by the time it is read: what is gone is an error or counts as nothing.
// It does not know services, and signals nobody. proc, proc/boot, proc/doctor, proc/reap
// and the server import it. PID 1 links it too, so it imports nothing of ours, and of
// others no more than strings and files take.
package procfs
