// Package sim runs the core in a simulated world: a fake kernel with a tiny pid
// space, processes that obey, delay or ignore signals, late and reordered
// results, a clock that jumps, and a crash of the server between any two effects.
//
// A [Case] is a seed and a list of [Op]s. The seed makes the services and the
// manners of their processes, the ops say what happens next. So a case can be
// replayed, shortened, enumerated and read from a fuzzer's bytes, all the same.
//
// After every step an oracle compares what the world has seen (births, signals,
// ends, answers) with the invariants. It is written against observations and views
// and shares no code with the core.
//
// # Invariants
//
//  1. Nothing runs while a requirement is not up, but for its own stop in flight and
//     the requirement's own restart after a crash.
//  2. Two that conflict never both have live processes.
//  3. A service has at most one live incarnation, and is on file before it is born.
//  4. Each exit is applied once, to the incarnation that owned it.
//  5. No signal goes to a pid that is not owned at that moment.
//  6. Each request that was accepted gets one final answer, not before its effect.
//  7. A stop ends within its timeout and the grace of SIGKILL, or is said to be
//     unkillable.
//  8. Stopping has a deadline or awaits an exit, starting has its start deadline if it
//     is to have one, a restart delay has one; nothing else has any.
//  9. A restart comes not sooner than its delay and not later than the maximum; only
//     the stable period resets the count.
//  10. There are no more automatic restarts in a row than max_restarts.
//  11. After an explicit stop nothing starts but by an explicit wish.
//  12. At rest all that is wanted is up, exited, failed, or blocked with a reason; why
//     lists exactly these reasons; and one that is gone unblocks by itself.
//  13. A dependency is signalled only when no dependent lives.
//  14. A birth comes only after all that it requires or follows has settled.
//  15. A oneshot that has succeeded is not run again by itself.
//  16. What a probe, a launch or a service says counts for its own generation only.
//  17. A reload of unchanged files has no effect.
//  18. After a reload the graph is a function of the files and of what was added at run
//     time; a refused file keeps its old definition.
//  19. An accepted graph has no cycle.
//  20. Once a shutdown is accepted nothing is born, and it ends within its bound.
//  21. What concerns all services leaves class system alone.
//  22. A crash anywhere, recovered and settled, ends as no crash would have.
//  23. Left alone, the core comes to rest in a bounded number of steps.
//  24. Transitions are those of the table in package supervisor.
//  25. A process that is being launched is not up, goes on when it executes its program,
//     and is ended when it cannot.
//  26. What probes found and what a service says is on show, and a deadline is put off
//     as far as it asks for.
//  27. A terminal is not given back while another service lives on it.
//
// Only tests import it. It has no clock, no goroutine and no I/O.
package sim
