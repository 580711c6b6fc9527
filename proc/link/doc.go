// Package link is the queue between the one that waits for processes and the
// server: a SOCK_SEQPACKET socket pair (unix(7)) whose two ends are both held by
// the waiter, so that what is queued survives the server. A message is one line
// of words, like "reload".
//
// The reader peeks at a message, saves what follows from it and only then
// consumes it: a crash between any two of these repeats the message, never loses
// it. What the words mean is the business of both ends, except for those about
// the end of processes.
package link
