// Package launch makes out of a process of zinit's own the process of a service: it
// carries out orders that fork(2) and execve(2) know nothing of, in the one order in
// which they work, and then executes the service's program.
//
// It knows one process, the calling one, and what the kernel lets it change about
// itself. It knows no services, no files of users and no defaults: whoever gives the
// orders has looked everything up. What can't be done ends the launch with the
// reason, so that nothing ever runs with more rights than it was given. What was taken
// for good and is not the process's own is given back by who has seen its end: a
// terminal, by GiveBack.
//
// proc writes the orders, applets/launch carries them out. It imports nothing of ours.
package launch
