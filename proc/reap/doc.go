// Package reap waits for processes. It is the only one that does: whoever is the
// parent of the services, zinit-pid1 or the standalone server, runs its loop.
//
// An exit goes peek (waitid with WNOWAIT), send on the link, reap: the zombie
// keeps the status until the link's queue has it. While the queue is full
// nothing is reaped, so nothing is lost and no memory grows.
package reap
