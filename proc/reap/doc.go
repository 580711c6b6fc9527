// Package reap waits for processes. It is the only one that does: whoever is the
// parent of the services, zinit-pid1 or the standalone server, runs its loop.
//
// An exit goes peek (waitid with WNOWAIT), send on the link, reap: the zombie
// keeps the status until the link's queue has it. While the queue is full
// nothing is reaped, so nothing is lost and no memory grows.
//
// Orphans, whom nobody waits for, may come by the thousand. A waiter that knows them
// from the services reaps them without a message each, and only tells that there
// were some, no more often than the server reads it.
package reap
