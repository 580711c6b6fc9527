package supervisor

import (
	"slices"
	"sort"
)

// ask is a request that waits until its service is where it should be.
type ask struct {
	id   uint64
	want want
	gen  uint64 // incarnations when it was asked
	bulk *bulk  // it is a part of this; then id is 0
}

// want is what a request waits for.
type want uint8

const (
	wantUp want = iota
	wantDown
	wantGone
)

// bulk gathers the outcomes of a bulk request.
type bulk struct {
	id     uint64
	open   int
	result Bulk
}

// await has the request wait for the service; its answer comes when the step, or
// a later one, has settled.
func (c *Core) await(s *service, a *ask) {
	s.asks = append(s.asks, a)
	c.wake(s)
}

// wake has the requests that wait for a service looked at.
func (c *Core) wake(s *service) {
	if len(s.asks) > 0 && !s.asked {
		s.asked = true
		c.asking = append(c.asking, s)
	}
}

// answer answers every request that is done, or will not be.
func (c *Core) answer() {
	for _, s := range c.asking {
		s.asked = false
		s.asks = slices.DeleteFunc(s.asks, func(a *ask) bool {
			done, refusal := c.outcome(s, a)
			if done {
				c.reply(s, a, refusal)
			}
			return done
		})
	}
	c.asking = c.asking[:0]
}

// reply gives one answer, or adds it to the bulk it is a part of.
func (c *Core) reply(s *service, a *ask, refusal *Refusal) {
	if a.bulk == nil {
		c.do(Answer{ID: a.id, Refusal: refusal})
		return
	}
	b := a.bulk
	if refusal == nil {
		b.result.Done = append(b.result.Done, s.Name)
	} else {
		b.result.Skipped = append(b.result.Skipped, Skipped{s.Name, refusal.Text})
	}
	b.open--
	c.replyBulk(b)
}

// replyBulk answers a bulk request whose parts are all done.
func (c *Core) replyBulk(b *bulk) {
	if b.open > 0 || b.id == 0 {
		return
	}
	slices.Sort(b.result.Done)
	skipped := b.result.Skipped
	sort.SliceStable(skipped, func(i, j int) bool { return skipped[i].Name < skipped[j].Name })
	c.do(Answer{ID: b.id, Result: b.result})
	b.id = 0
}

// outcome says whether a request is done, and what came in its way.
func (c *Core) outcome(s *service, a *ask) (done bool, refusal *Refusal) {
	switch a.want {
	case wantGone:
		return c.outcomeGone(s)
	case wantDown:
		return c.outcomeDown(s)
	default:
		return c.outcomeUp(s, a)
	}
}

func (c *Core) outcomeGone(s *service) (bool, *Refusal) {
	switch {
	case c.svc[s.Name] != s:
		return true, nil
	case !s.Removed:
		return true, refused(HasFailed, s.Name, s.Name+" was added again meanwhile ("+s.Wish.String()+")", "")
	default:
		return s.Unkillable, c.stuck(s)
	}
}

func (c *Core) outcomeDown(s *service) (bool, *Refusal) {
	switch {
	case !s.live() || c.svc[s.Name] != s:
		return true, nil
	case s.Unkillable:
		return true, c.stuck(s)
	case s.Up:
		return true, refused(HasFailed, s.Name, s.Name+" was started again meanwhile ("+s.Wish.String()+")", "")
	default:
		return false, nil
	}
}

// stuck is the refusal for a process that SIGKILL does not end.
func (c *Core) stuck(s *service) *Refusal {
	if s.Pid == 0 {
		return refused(HasFailed, s.Name, s.Name+" is still being started and cannot be stopped yet",
			"its program may be on a file system that does not answer")
	}
	return refused(HasFailed, s.Name, s.Name+" does not end, not even by SIGKILL",
		"see zinit debug-procs "+s.Name)
}

func (c *Core) outcomeUp(s *service, a *ask) (bool, *Refusal) {
	tried := s.Gen > a.gen
	switch {
	case c.svc[s.Name] != s || s.Removed:
		return true, refused(NotFound, s.Name, s.Name+" was removed meanwhile", "")
	case c.sys.Goal != GoalRun:
		return true, refused(ShuttingDown, s.Name, "zinit is shutting down", "")
	case !s.Up:
		return true, refused(HasFailed, s.Name, s.Name+" was stopped meanwhile ("+s.Wish.String()+")", "")
	case s.isUp() && !s.mustStop:
		return true, nil
	case s.State == StateFailed || s.State == StateExited:
		return !s.Again, c.failed(s)
	case s.State == StateBlocked && s.Until > 0 && tried:
		return true, c.failed(s)
	case s.State == StateBlocked && s.hopeless:
		return true, c.hopeless(s)
	default:
		return false, nil
	}
}

// failed is the refusal for a service that could not come up.
func (c *Core) failed(s *service) *Refusal {
	return refused(HasFailed, s.Name, c.sentence(s), "zinit logs "+s.Name)
}

// hopeless is the refusal for a service that waits for what will not come.
func (c *Core) hopeless(s *service) *Refusal {
	hint := "zinit why " + s.Name
	if s.waits == ReasonConflict {
		hint = "zinit stop " + s.blocker
	}
	return refused(IsBlocked, s.Name, c.sentence(s), hint)
}

// cancel forgets the request of an asker that has gone.
func (c *Core) cancel(id uint64) {
	for _, s := range c.svc {
		s.asks = slices.DeleteFunc(s.asks, func(a *ask) bool { return a.bulk == nil && a.id == id })
		for _, a := range s.asks {
			if a.bulk != nil && a.bulk.id == id {
				a.bulk.id = 0
			}
		}
	}
}

func refused(kind RefusalKind, service, text, hint string) *Refusal {
	return &Refusal{Kind: kind, Service: service, Text: text, Hint: hint}
}
