package supervisor

import "zinit/configs"

// Record is all that must outlive the server about one service: one file,
// replaced by one rename. Instants count from boot.
type Record struct {
	Name string           `json:"name"`
	Spec *configs.Service `json:"spec,omitempty"` // the definition in force
	Ran  *configs.Service `json:"ran,omitempty"`  // as the live process was started, where that differs

	Up       bool    `json:"up"` // what is wanted
	State    State   `json:"state"`
	Gen      uint64  `json:"gen"`              // incarnations so far
	Pid      int     `json:"pid,omitempty"`    // leader of the process group; 0 with Starting: an intent
	Ticks    uint64  `json:"ticks,omitempty"`  // its start time, proc(5)
	Dead     bool    `json:"dead,omitempty"`   // the leader has ended, its group has not
	Since    Instant `json:"since"`            // of the state
	Born     Instant `json:"born,omitempty"`   // last spawn: when it was decided
	Forked   Instant `json:"forked,omitempty"` // last birth: when it was heard of, not before it
	ReadyAt  Instant `json:"ready_at,omitempty"`
	Until    Instant `json:"until,omitempty"` // the one deadline of the state; 0: none
	Restarts int     `json:"restarts,omitempty"`
	Total    int     `json:"total,omitempty"`

	Done       bool `json:"done,omitempty"`       // oneshot: its success still counts
	Recovering bool `json:"recovering,omitempty"` // between a crash and its restart: dependents stay
	Again      bool `json:"again,omitempty"`      // a restart is asked for: stop, then start
	Removed    bool `json:"removed,omitempty"`    // stop, then drop
	ByPolicy   bool `json:"by_policy,omitempty"`  // stopping through its own fault: the restart policy decides
	Killed     bool `json:"killed,omitempty"`     // this stop needed SIGKILL
	Unkillable bool `json:"unkillable,omitempty"` // SIGKILL did not help within the grace time
	Ended      bool `json:"ended,omitempty"`      // Last is the status of a process
	Launching  bool `json:"launching,omitempty"`  // born, but it does not execute its program yet

	Probes     int    `json:"probes,omitempty"`      // since it was ready: failed probes in a row
	SaidReady  bool   `json:"said_ready,omitempty"`  // it said so before its birth, or its launch, was heard of
	ProbeError string `json:"probe_error,omitempty"` // what the last probe of this incarnation found, if it failed
	Said       Said   `json:"said,omitzero"`

	Last        Status  `json:"last"`
	Failure     Failure `json:"failure"`
	Cause       Cause   `json:"cause"`                  // of the state
	Wish        Cause   `json:"wish"`                   // of what is wanted
	ConfigError string  `json:"config_error,omitempty"` // the file is bad, Spec (if any) is the old one
	Left        []int   `json:"left,omitempty"`         // pids that could not be killed

	Damaged bool `json:"-"` // set by the reader: the file could not be read, only Name holds
}

// Said is what an incarnation says of itself, sd_notify(3).
type Said struct {
	Status string `json:"status,omitempty"` // one line for people
	Main   int    `json:"main,omitempty"`   // the pid of its main process; 0: it did not say
	Phase  Phase  `json:"phase,omitempty"`
}

// System is what must outlive the server about the whole.
type System struct {
	Booted bool   `json:"booted,omitempty"` // the boot's wishes were made: from here on it is recovery
	Code   int    `json:"code,omitempty"`   // to end with
	Goal   Goal   `json:"goal,omitempty"`
	Gen    uint64 `json:"gen,omitempty"` // the highest of a dropped service: a name that comes back counts on from it
}
