// Package zinit is the command line client: it turns words into requests to the
// server, and answers into lines for people or one JSON document for programs.
//
// The contract with scripts is small and does not change: what was asked for goes
// to stdout, everything else to stderr as one line that begins with "zinit: ", and
// the exit code is 0 done, 1 it failed, 2 usage or invalid configuration, 3 no such
// service, 4 the server cannot be reached, 5 timed out. With several services it is
// the code of the worst outcome: 4 before 2 before 3 before 1 before 5.
//
// It knows nothing of processes and nothing of how the server decides. A file is
// named like its command; commands.go lists them in the order of the README.
package zinit
