// Package driver is the one goroutine around the core. It takes an event, lets the
// core step, saves what must outlive the server, does what is to be done,
// acknowledges the event to its source, and tells those who watch: in this order,
// for each event, so that a server that dies between any two of them leaves
// something that the next one can go on from.
//
// It decides nothing. It knows the run directory's records and who waits for which
// answer; it does not know processes (package proc, behind [Kernel]), the protocol,
// or what the states mean.
//
// What comes in:
//
//   - the world's events, through [Driver.Post], which never blocks: the kernel's
//     goroutines may post while the loop is inside the kernel. Their number is
//     bounded by the world, a few for each live process;
//   - people's wishes and questions, through [Driver.Ask], [Driver.Read] and
//     [Driver.Watch], which wait for a place in a short queue;
//   - time, as one timer for the core's next deadline.
package driver
