// Package server is the daemon: it reads its command line, puts the parts together
// in the order of a recovery, and answers the control protocol.
//
// It is wiring. What is decided is decided in package supervisor, what happens
// happens in package proc; this package translates between them and people: words
// and variables in, signals in, requests in, errors and log lines out.
//
// The order of a start, and why:
//
//  1. lock the run directory: a second server must touch nothing;
//  2. listen on the socket: who connects from now on waits and is answered later;
//  3. open the ears and the syslog socket, which must be there before the first
//     birth; recover, let the exits come in;
//  4. serve, until the core says that the shutdown is complete;
//  5. file the last messages, close the ears, clear the run directory, take leave of
//     the peers.
//
// Below zinit-pid1 (the type shim) the sockets whose queues are to outlive the server
// are kept there, and the run directory stays.
package server
