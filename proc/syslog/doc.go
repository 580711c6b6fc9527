// Package syslog receives what programs say with syslog(3): datagrams at /dev/log.
//
// It knows the socket and the two ways in which a message is written, RFC 3164 as
// the C libraries send it and RFC 5424. It does not know services: whose a message
// is, is asked of the sender's pid, which the kernel vouches for (SCM_CREDENTIALS,
// unix(7)). applets/server imports it.
//
// # Floods
//
// The queue of such a socket is short (net.unix.max_dgram_qlen, 10 by default), and
// nothing is ever dropped on our side: a sender that finds it full waits, or drops
// the message itself if it must not wait. So a flood has the pace of who reads it.
//
// # What is kept
//
// Priority, tag, pid and text, and the structured data of RFC 5424 but for its
// timeQuality. The time is that of the arrival; the sender's own, its host and the
// message id are dropped. A message of several lines stays one: the lines after its
// first are indented. A message is cut at 64 KiB, which is said at its end.
package syslog
