package proc

import (
	"maps"
	"slices"
	"time"

	"zinit/proc/procfs"
	"zinit/supervisor"
)

// How often groups are looked at while somebody awaits their end, besides the
// look at each exit: what a group's members do to each other nobody tells us.
const (
	shortestLook = 10 * time.Millisecond
	longestLook  = 200 * time.Millisecond
)

// waiting is one Await that is not yet answered.
type waiting struct {
	supervisor.Await
	hunt *hunt // not nil: the group is empty, only what escaped is left to find
}

func (w *waiting) left() []int {
	if w.hunt == nil {
		return nil
	}
	return w.hunt.left()
}

// await is the goroutine that answers Awaits. It sleeps while there are none.
func (k *Kernel) await() {
	pending := map[int]*waiting{} // by leader
	look := longestLook
	var rested supervisor.Instant // when the next look may be, if it is one that costs
	timer := time.NewTimer(look)
	defer timer.Stop()
	for {
		var due <-chan time.Time
		if len(pending) > 0 {
			due = timer.C
		}
		select {
		case <-k.awaits:
			asked := k.takeAsked(pending)
			dead := k.left.take()
			if wait := rested.Sub(Now()); wait > 0 && k.adopted.Load() {
				look = shortestLook
				timer.Reset(wait)
				continue
			}
			if len(asked) > 0 {
				look = shortestLook
				timer.Reset(look)
			}
			rested = k.check(pending, append(asked, touched(pending, dead)...), false)
		case <-due:
			rested = k.check(pending, slices.Collect(maps.Keys(pending)), look == longestLook)
			look = min(2*look, longestLook)
			timer.Reset(max(look, rested.Sub(Now())))
		case <-k.done:
			return
		}
	}
}

// takeAsked takes in new Awaits and gives their leaders. A repeated one counts
// once; one that has the number of a former leader proves that group to be gone.
func (k *Kernel) takeAsked(pending map[int]*waiting) (leaders []int) {
	for _, a := range k.asked.take() {
		old := pending[a.Pid]
		switch {
		case old == nil:
			pending[a.Pid] = &waiting{Await: a}
		case old.Name == a.Name && old.Gen == a.Gen:
			old.Escaped, old.TTY = old.Escaped || a.Escaped, a.TTY
		default:
			k.gone(old)
			pending[a.Pid] = &waiting{Await: a}
		}
		leaders = append(leaders, a.Pid)
	}
	return leaders
}

// nobody stands for an orphan, or for many, of whom no more is known: no process has
// this number.
const nobody = 0

// touched gives the leaders whose group a death may concern: that of the dead, if
// it led one; else any, and if they are too many the next look must do.
func touched(pending map[int]*waiting, dead []int) []int {
	const few = 16
	var leaders []int
	for _, pid := range dead {
		if pending[pid] != nil {
			leaders = append(leaders, pid)
		} else if len(pending) <= few {
			return slices.Collect(maps.Keys(pending))
		}
	}
	return leaders
}

// unreaped says that a leader is a zombie which somebody else has to reap, and may
// take his time: only the adopted have such parents.
func (k *Kernel) unreaped(pid int) bool {
	if !k.adopted.Load() {
		return false
	}
	s, err := procfs.Identify(pid)
	return err == nil && s.Zombie()
}

// check looks at some groups, and sweeps for all that are empty in one go.
// thorough: also see whether a group is one of zombies only.
//
// With adopted services a look reads all of /proc: the next should be for all that
// have come until rested, after as long a time as this one took.
func (k *Kernel) check(pending map[int]*waiting, pids []int, thorough bool) (rested supervisor.Instant) {
	began := Now()
	var empty []*waiting
	var all procfs.Table
	slices.Sort(pids)
	for _, pid := range slices.Compact(pids) {
		w := pending[pid]
		if w == nil {
			continue
		}
		if w.hunt == nil && pid > 1 && groupExists(pid) {
			if !thorough && !k.unreaped(pid) {
				continue
			}
			if all == nil {
				all = procfs.All()
			}
			if len(all.Group(pid)) > 0 {
				continue
			}
		}
		if w.hunt == nil {
			w.hunt = &hunt{until: Now().Add(sweepFor), prey: map[int]uint64{}}
		}
		empty = append(empty, w)
	}
	k.sweep(empty)
	for _, w := range empty {
		if len(w.left()) == 0 || Now() >= w.hunt.until {
			delete(pending, w.Pid)
			k.Cgroup.Remove(w.Name)
			k.gone(w)
		}
	}
	if len(empty) == 0 && all == nil {
		return 0
	}
	ended := Now()
	return ended.Add(max(shortestLook, ended.Sub(began)))
}
