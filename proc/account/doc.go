// Package account reads the files in which an administrator says whom a service runs
// as and with which variables: passwd(5), group(5), and env_file, in the format of
// systemd's EnvironmentFile=.
//
// It also knows what rights zinit has itself, and so whom it may make of a process.
// It does not know services, and makes no process: proc asks it before each birth, on
// a goroutine that may block, as a file server may not answer. proc/doctor asks for
// the rights.
package account
