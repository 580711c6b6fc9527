// Package sim runs the core in a simulated world: a fake kernel with a tiny pid
// space, processes that obey, delay or ignore signals, late and reordered
// results, a clock that jumps, and a crash of the server between any two effects.
//
// A [Case] is a seed and a list of [Op]s. The seed makes the services and the
// manners of their processes, the ops say what happens next. So a case can be
// replayed, shortened, enumerated and read from a fuzzer's bytes, all the same.
//
// After every step an oracle compares what the world has seen (births, signals,
// ends, answers) with the invariants of DESIGN section 6, by their numbers there,
// and two more: 25, a process that is being launched is not up, goes on when it
// executes its program and is ended when it cannot; 26, what probes found and what
// a service says is on show, and a deadline is put off as far as it asks for.
// It is written against observations and views and shares no code with the core.
//
// Only tests import it. It has no clock, no goroutine and no I/O.
package sim
