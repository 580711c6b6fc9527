// Package supervisor is the mind of zinit: given what is configured, what is
// wanted and what has happened, it decides what happens next.
//
// It is pure. [Core.Step] takes the time and one event and gives back a [Ready]:
// what to save, then what to do, then what has changed. There is no clock, no
// goroutine, no file and no log in here; whoever runs it (package driver) obeys.
// So a state can be saved, replayed, simulated and explained.
//
// # Words
//
// What is wanted of a service (Record.Up) is a wish: made by the boot, a command
// or a reload, kept until another wish. What is, is its [State]. The core is
// level-triggered: after each event it asks of every service that may be
// concerned "may it run now? must it stop now?", makes the one transition that is
// due, and asks its neighbours again, until nothing changes any more (settle.go).
// Nothing is queued, so nothing can be lost: a service whose requirement comes
// back after a week starts then.
//
//   - An incarnation is one run of a service, numbered by Record.Gen. Events that
//     speak of an older one change nothing.
//   - A service is live while it has a process or may have one: starting, running,
//     stopping. A target is live while it is running.
//   - It is launching between its birth and the moment at which it executes its
//     program, where it has something to do before (limits, a terminal, a control
//     group). It is starting then, whatever it says.
//   - It is up when those that require it may run: running and ready; a oneshot
//     that has exited with 0; a target whose requirements are all up.
//   - It is recovering between a failure and the restart that its policy makes.
//     Those that require it go on meanwhile.
//   - It is leaving when it is not up and not recovering, or must stop. Those that
//     require it must stop then, and it may be signalled only when they are gone:
//     a live dependent holds it. The order of stopping needs no other code.
//   - It is hopeless when it is blocked and only somebody's doing can change that.
//     A start that waits for it is answered then.
//
// # States and events
//
//	event               | inactive | blocked  | starting | running  | stopping | exited   | failed
//	--------------------+----------+----------+----------+----------+----------+----------+----------
//	wanted, allowed     | starting | starting | .        | .        | .        | .        | .
//	wanted, not allowed | blocked  | .        | stopping | stopping | .        | .        | .
//	not wanted          | .        | inactive | stopping | stopping | .        | .        | .
//	start by hand       | starting | starting | .        | .        | .        | starting | starting
//	spawned             | .        | .        | running  | .        | .        | .        | .
//	spawn failed        | .        | .        | policy   | .        | exited   | .        | .
//	spawned, launching  | .        | .        | .        | .        | .        | .        | .
//	launched            | .        | .        | running  | .        | .        | .        | .
//	launch failed       | .        | .        | stopping | .        | .        | .        | .
//	notified            | .        | .        | .        | .        | .        | .        | .
//	exited, group gone  | .        | .        | policy   | policy   | exited   | .        | .
//	exited, others left | .        | .        | stopping | stopping | .        | .        | .
//	probe good          | .        | .        | running  | .        | .        | .        | .
//	probe bad           | .        | .        | .        | stopping | .        | .        | .
//	deadline            | .        | starting | stopping | .        | exited   | .        | .
//
// A dot: nothing changes. A deadline in stopping sends SIGKILL, which ends it.
// Policy: exited, or blocked with a deadline, or failed.
// A service that passes through blocked on its way to starting is shown as
// starting. One whose leader dies while others of its group live, or with a terminal
// to give back, is stopping until they are gone. One that is stopping and wanted ends
// blocked, not exited.
// A target goes from blocked to running and back; it is never starting or
// stopping. TestDocTable walks the table.
//
// # What survives
//
// A [Record] holds all that must outlive the server about one service. It is saved
// before anything is done that follows from it, so that the next server finds an
// intent for everything that may have happened. Recovery repeats what may not have
// been done; every [Action] is safe to repeat.
//
// # Decisions
//
//   - At boot only services with status = "start" are wanted; what they require
//     and want is pulled in by a start command, not by the boot.
//   - A oneshot that is started by its own name runs again though it has succeeded;
//     those that require it go on. A restart of it restarts them.
//   - A oneshot whose exit status is unknown is failed: it may have succeeded.
//   - A service that ended by itself with success and is not restarted is down for
//     good: those that require it are stopped and wait with the reason inactive.
//   - A service whose launch was under way when the server died is taken to be
//     launched: nobody can tell any more, and it is, or ends, in a moment.
//   - Time counts from when something happened, not from when it was heard of, where
//     the two differ in a service's favour: how long it was up, and its restart delay.
//     The floor of 10 starts a second counts from births heard of.
//   - A start whose own service fails is answered at the first failure, though the
//     policy goes on trying; a requirement that fails is waited for while its
//     policy tries.
package supervisor
