// Package stack is a test of the whole with real programs from Debian: a
// PostgreSQL database with a cluster of its own, a Redis cache, an nginx web
// server and a worker that is a shell script.
//
//	cluster ← database ← schema ← worker ← web ← shop (target)
//	                      cache ←─┘
//
// It starts, kills, restarts, reloads, stops and abandons them, and looks at each
// fact from outside: pids and their start times in /proc, answers on sockets,
// files that were written. It needs root, for the programs that want users of
// their own, and leaves nothing behind.
package stack
