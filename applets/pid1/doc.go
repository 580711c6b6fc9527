// Package pid1 is the shim: the first process of a container, a virtual machine
// or an initramfs, and the parent of every service. It waits for everybody, keeps
// the link and the services' pipes open, restarts the server, and ends the system.
// What can live in the server lives there.
//
// One goroutine owns what the shim knows. The others block in one system call
// each and send it values: the reaper, which has the first thread for itself, the
// reader of the link, the signals.
//
// # The link
//
// The server gets one end as descriptor 3. From the shim: the ends of processes (see
// proc/link), "stop GOAL" and "reload". From the server: "hold NAME" with a service's
// pipes, and "free NAME"; "keep NAME" with a socket whose queue the next server is to
// find, and "drop NAME"; "emergency" when a critical service has failed for good on a
// machine; and "end GOAL CODE" when the ordered shutdown is complete. The shim holds
// both ends, so that nothing that is queued dies with a server.
//
// # The boot of a machine
//
// Mounts first, then what the kernel's command line asks for: a shell, the real
// root behind an initramfs, the server. A shell that the boot waits for does not
// keep the shim from answering signals, and neither does a root that is not there.
package pid1
