package proc

import (
	"errors"
	"fmt"
	"log/slog"
	"os"
	"sync"
	"sync/atomic"

	"golang.org/x/sys/unix"

	"zinit/configs"
	"zinit/proc/cgroup"
	"zinit/proc/link"
	"zinit/proc/probe"
	"zinit/proc/procfs"
	"zinit/supervisor"
)

// Ears is who listens to the services' output.
type Ears interface {
	// Open gives the paths at which any thread of ours opens the pipes for stdout and
	// stderr, made if absent, that belong to uid and gid and of which at least so many
	// lines are kept. It is called before each birth, from several goroutines.
	Open(name string, uid, gid, lines int) (stdout, stderr string, err error)
	// Relog puts a service's [logging] in force: how many lines are kept, and where
	// else they go. It comes before each Open, and when that has changed without a birth.
	Relog(spec *configs.Service)
	// Outputs are the files that only this service and what it has started write to, as
	// procfs.Outputs shows them; none where nobody has opened them, or a predecessor.
	Outputs(name string) []string
	// Forget drops what is kept of a service.
	Forget(name string)
}

// KernelOptions are what a kernel is made of. What does not say what its zero value
// means is required.
type KernelOptions struct {
	Life string // of the run directory: the mark of our processes
	Ears Ears   // nil: the services' output is dropped
	// Mode is how the server runs, for @builtin commands: "standalone", "container" or
	// "machine".
	Mode string
	// Births is the path of the register of births, in the run directory. "": none.
	Births string
	Env    []string // the server's own environment, KEY=VALUE
	Log    *slog.Logger
	// Cgroup is where services get control groups. nil: nowhere.
	Cgroup *cgroup.Tree
	// Shim is our end of the link when zinit-pid1 runs above us: the services are
	// its children, it waits for them and tells of exits. 0: the server is their
	// parent and waits itself.
	Shim int
	// Notify is the socket at which services speak, from NotifySocket. 0: the kernel
	// makes one when a service needs it.
	Notify int
	// Order takes what else the shim says: "stop GOAL", "reload". The message is
	// dropped from the link when it returns. Required with Shim.
	Order func(link.Message)
	// GiveUp is told of a critical service that has failed for good. It must not
	// block. nil: nobody minds.
	GiveUp func(supervisor.GiveUp)
	// Post takes the events, in order. ack, unless it is nil, is called once, when
	// the event is saved. Post may block while the core's loop runs, but not after,
	// and must neither call Do nor wait for one that is under way.
	Post func(ev supervisor.Event, ack func())
}

// Kernel carries out actions. There is one in a process, as there is one who
// waits for its children.
type Kernel struct {
	KernelOptions
	self int // the pid whose children the services are: ours, or the shim's
	env  []string

	// Births: prepared by the feeders, forked by the spawner.
	unprepared *queue[func() *birth] // nil from one: it comes to no birth
	ready      chan *birth           // from the feeders to the spawner
	spent      chan program          // back from the spawner, to be closed
	apart      chan struct{}         // closed once the spawner has its thread
	forking    sync.Mutex            // from a fork until its Spawned is posted
	unsaved    atomic.Int64          // births that are not on the core's file yet
	launches   launches

	// Who is whose.
	leaders   leaders
	others    others
	senders   senders
	runaways  runaways
	outputs   outputs
	oomKills  oomKills
	census    procfs.Census
	leftovers leftovers
	adopted   atomic.Bool  // something of ours may be no descendant of ours
	watched   map[int]bool // by Adopt, for Lost

	// How services are.
	probes  probes
	voices  voices
	notices notices

	// Ends.
	link     *own // nil below a shim
	receiver *link.Receiver
	watch    *watch
	awaits   chan struct{} // one token: asked or left have something new
	asked    inbox[supervisor.Await]
	left     inbox[int] // pids of the dead

	started bool // by Start, before anybody else looks
	done    chan struct{}
	running sync.WaitGroup
}

// feeders is how many births are prepared at a time. A binary under a lease or
// on a dead file server holds one of them for its 45 s, and not the others.
const feeders = 4

// NewKernel prepares the process for being the parent of services: it becomes a
// child subreaper, its descriptors close on exec, ignored signals get their
// default back. Nothing is reaped before Start.
func NewKernel(o KernelOptions) (*Kernel, error) {
	if err := prepareProcess(); err != nil {
		return nil, err
	}
	k := &Kernel{
		KernelOptions: o,
		self:          os.Getpid(),
		env:           inherited(o.Env),
		unprepared:    newQueue[func() *birth](),
		ready:         make(chan *birth, feeders),
		spent:         make(chan program, feeders),
		awaits:        make(chan struct{}, 1),
		apart:         make(chan struct{}),
		done:          make(chan struct{}),
		probes:        probes{rounds: probe.NewRounds()},
	}
	k.voices.post = func(ev supervisor.Event, saved func()) { k.Post(ev, saved) }
	if err := k.join(); err != nil {
		return nil, err
	}
	var err error
	if k.watch, err = newWatch(k.adoptedEnded, k.leaders.wasSignaled); err != nil {
		return nil, errors.Join(err, k.receiver.Close(), k.link.close())
	}
	if err := k.launches.open(); err != nil {
		return nil, errors.Join(err, k.receiver.Close(), k.link.close())
	}
	for range feeders {
		k.running.Go(k.feed)
	}
	k.running.Go(func() { onThread(k.spawn) })
	k.running.Go(k.release)
	k.running.Go(k.hearLaunches)
	k.running.Go(k.await)
	k.running.Go(k.watch.run)
	return k, nil
}

// Now is the time since boot.
func (k *Kernel) Now() supervisor.Instant { return Now() }

// Start begins to reap and to tell of exits.
func (k *Kernel) Start() {
	k.started = true
	k.running.Go(k.exits)
	if k.link != nil {
		k.running.Go(k.reap)
	}
}

// Do carries out an action. It never blocks; what comes of it is posted.
func (k *Kernel) Do(action supervisor.Action) {
	switch a := action.(type) {
	case supervisor.Spawn:
		k.unprepared.push(func() *birth { return k.prepare(a) })
	case supervisor.Kill:
		if err := k.kill(a); err != nil {
			k.Log.Error("signal not sent", "service", a.Name, "err", err)
		}
	case supervisor.Await:
		k.asked.put(a)
		k.nudge()
	case supervisor.Probe:
		k.probe(a)
	case supervisor.Unprobe:
		k.unprobe(a)
	case supervisor.Forget:
		k.voices.forget(a.Name)
		k.Cgroup.Remove(a.Name)
		k.oomKills.set(a.Name, 0)
		k.outputs.forget(a.Name)
		if k.Ears != nil {
			k.Ears.Forget(a.Name)
		}
	case supervisor.Relog:
		if k.Ears != nil {
			k.Ears.Relog(a.Spec)
		}
	case supervisor.GiveUp:
		if k.GiveUp != nil {
			k.GiveUp(a)
		}
	default:
		k.Log.Error("action not carried out", "action", fmt.Sprintf("%T", a))
	}
}

// Close ends what the kernel does; processes stay as they are. It waits for
// births under way, and so for a binary that cannot be opened.
func (k *Kernel) Close() {
	close(k.done)
	k.unprepared.close()
	k.probes.close()
	k.voices.close()
	k.notices.close()
	if k.started && k.link != nil {
		k.link.reaper.Stop()
	}
	_ = k.receiver.Close()
	k.launches.close()
	k.watch.close()
	k.running.Wait()
	_ = k.link.close()
}

// nudge wakes the await loop.
func (k *Kernel) nudge() {
	select {
	case k.awaits <- struct{}{}:
	default:
	}
}

// prepareProcess sees to what children would inherit.
func prepareProcess() error {
	if err := unix.CloseRange(3, 1<<31-1, unix.CLOSE_RANGE_CLOEXEC); err != nil {
		return fmt.Errorf("cannot mark descriptors close-on-exec: %w (Linux 5.11 or later is needed)", err)
	}
	return defaultDispositions()
}
