// Package probe asks services how they are: when it is time to ask, how to ask over
// a connection, and how to read what a service says of itself.
//
// It knows intervals, sockets, the first line of HTTP and the words of sd_notify(3).
// It does not know processes: commands that probe are born and killed by proc, which
// also knows who sent a message. Only proc imports it.
package probe
