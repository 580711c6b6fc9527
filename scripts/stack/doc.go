// Package stack is a test of the whole with real programs from Debian: a
// PostgreSQL database with a cluster of its own, a Redis cache, an nginx web
// server and a worker that is a shell script.
//
//	cluster ← database ← schema ← worker ← web ← shop (target)
//	                      cache ←─┘
//
// Each is up when it is ready: pg_isready says so, or it answers TCP or HTTP. A second
// house has programs that speak for themselves, with systemd-notify(1) and syslog(3).
//
// The service files and scripts are in testdata; where DIR, PG/, PORT and CACHE are
// written there the house fills in its own. scripts/shop.sh puts the same files into the
// trees with which scripts/docker and scripts/vm run the shop.
//
// It starts, kills, stuns, restarts, reloads, stops and abandons them, and looks at each
// fact from outside: pids and their start times in /proc, answers on sockets,
// files that were written. It needs root, for the programs that want users of
// their own, and leaves nothing behind.
package stack
