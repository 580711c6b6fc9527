package supervisor

import (
	"time"

	"zinit/configs"
)

// Event is something that happened in the world (past tense) or something that
// somebody wishes (imperative). The set is closed.
type Event interface{ isEvent() }

// Wish is what all wishes have in common.
type Wish struct {
	ID   uint64 // the request, for its [Answer]; 0: nobody waits for one
	By   string // what was asked and by whom, for the cause: "start by uid 0"
	Wait bool   // answer when it is done; otherwise when it is accepted
}

// The wishes. Each that carries an ID other than 0 gets exactly one [Answer].
type (
	// Start wants services up, with all they require and want, transitively.
	Start struct {
		Wish
		Name   string
		NoDeps bool // only the service itself
	}
	// Stop wants a service down; those that require it go down before it.
	Stop struct {
		Wish
		Name string
	}
	// RestartService stops a service, waits until it is gone and starts it.
	RestartService struct {
		Wish
		Name string
	}
	// Signal sends a signal to a service's process group.
	Signal struct {
		Wish
		Name   string
		Signal int
	}
	// StartAll starts all services of class user but those to be ignored.
	StartAll struct{ Wish }
	// StopAll stops all services of class user.
	StopAll struct{ Wish }
	// DeleteAll stops and drops all services of class user.
	DeleteAll struct{ Wish }
	// Reload puts a newly read configuration in force. Services whose file has
	// become bad (Set.Problems) keep their definition.
	Reload struct {
		Wish
		Set    configs.Set
		DryRun bool // answer what would change, change nothing
	}
	// Add puts one definition in force. Its Origin is a file or configs.Runtime.
	Add struct {
		Wish
		Service *configs.Service
		Start   bool
	}
	// Remove stops and drops a service.
	Remove struct {
		Wish
		Name    string
		Cascade bool // with all that require it
	}
	// Shutdown stops everything, in reverse order. Only the first one counts.
	Shutdown struct {
		Wish
		Goal Goal
		Code int // to exit with, in a container
	}
	// Cancel withdraws a request whose asker has gone. It gets no answer.
	Cancel struct{ ID uint64 }
)

// Phase is what a service says it is about, sd_notify(3).
type Phase string

// The phases. A Probed success ends PhaseReloading.
const (
	PhaseReloading Phase = "reloading"
	PhaseStopping  Phase = "stopping"
)

// The events of the world. Name and Gen tell which incarnation is meant; one of
// the past changes nothing.
type (
	// Spawned says that the process of an incarnation was born.
	Spawned struct {
		Name  string
		Gen   uint64
		Pid   int
		Ticks uint64 // start time in clock ticks since boot: proc(5), stat, field 22
		// Launching: the process has orders to carry out before it executes the
		// service's program. A Launched follows, unless it ends before.
		Launching bool
	}
	// Launched says that an incarnation executes its program, or, where Why is not
	// empty, that it could not, and ends. It comes after its Spawned; after its
	// Exited, or to another server than the one that had it born, it means nothing.
	Launched struct {
		Name string
		Gen  uint64
		Why  string
	}
	// SpawnFailed says that an incarnation could not be born.
	SpawnFailed struct {
		Name string
		Gen  uint64
		Why  string
	}
	// Exited says that a child, perhaps one of ours, has ended.
	Exited struct {
		Pid    int
		Ticks  uint64 // 0 where the teller does not know
		Status Status
		At     Instant // when it ended, as far as the teller knows; 0: now
		Left   bool    // others of its process group are still there
		Gone   bool    // nothing of the incarnation is left, nor has anything escaped: the answer to an Await, unasked
	}
	// GroupGone answers an [Await]: nothing of that incarnation is left.
	GroupGone struct {
		Name string
		Gen  uint64
		Left []int // pids that could not be killed
	}
	// Probed is the outcome of one health probe; Err, one line of which the first
	// 512 bytes are kept, is empty for a success.
	Probed struct {
		Name string
		Gen  uint64
		Err  string
	}
	// Notified is what an incarnation says of itself, sd_notify(3). What it does
	// not speak of is nil or zero. READY and WATCHDOG come as Probed.
	Notified struct {
		Name   string
		Gen    uint64
		Status *string       // STATUS: one line for people, of which the first 512 bytes are kept
		Main   int           // MAINPID: a member of its process group
		Extend time.Duration // EXTEND_TIMEOUT_USEC: its start or stop has so long from now, a year at most, if it has a deadline
		Phase  Phase         // RELOADING or STOPPING
	}
	// Tick says that a deadline may have passed.
	Tick struct{}
)

func (Start) isEvent()          {}
func (Stop) isEvent()           {}
func (RestartService) isEvent() {}
func (Signal) isEvent()         {}
func (StartAll) isEvent()       {}
func (StopAll) isEvent()        {}
func (DeleteAll) isEvent()      {}
func (Reload) isEvent()         {}
func (Add) isEvent()            {}
func (Remove) isEvent()         {}
func (Shutdown) isEvent()       {}
func (Cancel) isEvent()         {}
func (Spawned) isEvent()        {}
func (SpawnFailed) isEvent()    {}
func (Launched) isEvent()       {}
func (Notified) isEvent()       {}
func (Exited) isEvent()         {}
func (GroupGone) isEvent()      {}
func (Probed) isEvent()         {}
func (Tick) isEvent()           {}
