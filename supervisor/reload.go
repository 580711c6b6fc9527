package supervisor

import (
	"cmp"
	"maps"
	"slices"
	"strings"

	"zinit/configs"
	"zinit/graph"
)

// plan is what a reload would change: made on a copy, applied as a whole.
type plan struct {
	specs    map[string]*configs.Service // the definitions that are to be in force
	fresh    []string                    // new or changed names, sorted
	gone     []string                    // names whose file is gone, sorted
	problems []configs.Problem
}

func (c *Core) reload(ev Reload) {
	p := c.plan(ev.Set)
	diff := c.diff(p)
	if !ev.DryRun {
		c.apply(p, ev.cause())
		c.warnings = ev.Set.Warnings
	}
	if ev.ID != 0 {
		c.do(Answer{ID: ev.ID, Result: diff})
	}
}

// plan compares the files with what is in force. A definition that would close a
// cycle, or take a run-time service's name, is refused; so is every file that is
// bad: what they define stays as it is.
func (c *Core) plan(set configs.Set) *plan {
	p := &plan{specs: map[string]*configs.Service{}, problems: slices.Clone(set.Problems)}
	for name, s := range c.svc {
		if !s.Removed && !s.broken() {
			p.specs[name] = s.Spec
		}
	}
	bad := badFiles(set.Problems)
	listed := map[string]bool{}
	for _, spec := range set.Services {
		listed[spec.Name] = true
		c.consider(p, spec)
	}
	for _, name := range c.names() {
		s := c.svc[name]
		if s.Removed || s.Spec.Origin == configs.Runtime || listed[name] || bad[name] || bad[s.Spec.Origin] {
			continue
		}
		p.gone = append(p.gone, name)
		delete(p.specs, name)
	}
	c.unring(p)
	slices.Sort(p.fresh)
	return p
}

// badFiles is the files and the names that a set's problems speak of.
func badFiles(problems []configs.Problem) map[string]bool {
	bad := map[string]bool{}
	for _, problem := range problems {
		bad[problem.File] = true
		bad[problem.Service] = true
	}
	return bad
}

// consider takes one good file into the plan.
func (c *Core) consider(p *plan, spec *configs.Service) {
	old := c.svc[spec.Name]
	switch {
	case old == nil || old.Removed || old.broken():
	case old.Spec.Origin == configs.Runtime:
		p.problems = append(p.problems, configs.Problem{
			Service: spec.Name,
			File:    spec.Origin,
			Message: "the name " + spec.Name + " belongs to a service added at run time; remove that one first",
		})
		return
	case configs.Equal(old.Spec, spec):
		return
	}
	p.specs[spec.Name] = spec
	p.fresh = append(p.fresh, spec.Name)
}

// unring refuses the new definitions that would close a cycle. What was in force
// before had none, so each round puts at least one old definition back.
func (c *Core) unring(p *plan) {
	for {
		cycles := linked(p.specs).Cycles()
		if len(cycles) == 0 {
			return
		}
		for _, cycle := range cycles {
			for _, name := range cycle.Members {
				c.unfresh(p, name, "dependency cycle: "+configs.Ring(cycle.Ring))
			}
		}
	}
}

// unfresh refuses one new definition.
func (c *Core) unfresh(p *plan, name, why string) {
	at := slices.Index(p.fresh, name)
	if at < 0 {
		return
	}
	problem := configs.Problem{Service: name, File: p.specs[name].Origin, Message: why}
	p.problems = append(p.problems, problem)
	p.fresh = slices.Delete(p.fresh, at, at+1)
	if old := c.svc[name]; old != nil && !old.Removed && !old.broken() {
		p.specs[name] = old.Spec
	} else {
		delete(p.specs, name)
	}
}

// linked is the graph of some definitions.
func linked(specs map[string]*configs.Service) *graph.Graph {
	return graph.New(func(yield func(graph.Node) bool) {
		for _, spec := range specs {
			if !yield(spec.Node()) {
				return
			}
		}
	})
}

// ringWith is the cycle that a new definition would close, or "".
func (c *Core) ringWith(spec *configs.Service) string {
	specs := map[string]*configs.Service{spec.Name: spec}
	for name, s := range c.svc {
		specs[name] = s.Spec
	}
	for _, cycle := range linked(specs).Cycles() {
		return configs.Ring(cycle.Ring)
	}
	return ""
}

// diff is the plan for people.
func (c *Core) diff(p *plan) Diff {
	d := Diff{Removed: p.gone, Problems: p.problems}
	restarted := map[string]bool{}
	for _, name := range p.fresh {
		old := c.svc[name]
		if old == nil || old.Removed || old.broken() {
			d.Added = append(d.Added, name)
			continue
		}
		d.Changed = append(d.Changed, name)
		rests := old.State == StateInactive || old.State == StateBlocked
		if old.Up && !rests && !configs.SoftOnly(old.Spec, p.specs[name]) {
			c.restarts(restarted, name)
		}
	}
	d.Restarted = slices.Sorted(maps.Keys(restarted))
	d.Unchanged = len(p.specs) - len(p.fresh)
	return d
}

// restarts notes who runs anew when the service does: itself and those with a
// process that require it.
func (c *Core) restarts(names map[string]bool, name string) {
	names[name] = true
	for d := range c.graph.Closure([]string{name}, false, graph.Requires) {
		if s := c.svc[d]; s != nil && s.live() {
			names[d] = true
		}
	}
}

// apply puts a plan in force.
func (c *Core) apply(p *plan, why Cause) {
	for _, name := range p.gone {
		c.expel(c.svc[name], why)
	}
	for _, name := range p.fresh {
		c.replace(p.specs[name], why)
	}
	c.clearProblems(p.problems)
	broken := c.refuse(p.problems)
	if len(p.fresh) > 0 || broken {
		c.relink()
	}
}

// replace puts one new definition in force.
func (c *Core) replace(spec *configs.Service, why Cause) {
	s := c.svc[spec.Name]
	switch {
	case s == nil:
		c.insert(spec, spec.Status == configs.StatusStart, why)
	case s.broken():
		s.Failure, s.ConfigError = Failure{}, ""
		s.Spec = spec
		c.to(s, StateInactive, why)
		s.Up, s.Wish = spec.Status == configs.StatusStart, why
	case s.Removed:
		// Its file is back before it is gone: it stops, and starts by the new one.
		s.Removed = false
		s.Up, s.Wish = spec.Status == configs.StatusStart, why
		c.exchange(s, spec, why)
	case configs.SoftOnly(s.Spec, spec):
		c.soften(s, spec)
	default:
		c.exchange(s, spec, why)
	}
}

// exchange replaces a definition by one that needs another process. A service
// that somebody stopped stays down.
func (c *Core) exchange(s *service, spec *configs.Service, why Cause) {
	if s.live() && s.Ran == nil {
		s.Ran = s.Spec
	}
	s.Spec = spec
	c.touch(s)
	if !s.Up {
		return
	}
	s.Restarts, s.Done = 0, false
	if s.live() {
		s.Again, s.Wish = true, why
		s.Recovering = false
		return
	}
	s.Recovering = false
	c.until(s, 0)
	c.lift(s, why)
}

// soften replaces a definition by one that the living process need not notice.
func (c *Core) soften(s *service, spec *configs.Service) {
	old := s.Spec
	otherProbes := s.Ran == nil && !configs.SameHealth(old, spec)
	if otherProbes {
		c.unprobe(s)
		s.Probes, s.ProbeError = 0, "" // found by other probes
	}
	s.Spec = spec
	c.touch(s)
	if s.live() && s.Pid != 0 && (old.Log != spec.Log || old.BufferLines != spec.BufferLines) {
		c.do(Relog{Name: s.Name, Spec: spec})
	}
	if s.State == StateStarting && s.Ran == nil && old.StartTimeout != spec.StartTimeout {
		c.startDeadline(s)
	}
	switch {
	case !otherProbes || s.Pid == 0 || s.Launching:
	case s.State == StateStarting:
		c.alive(s) // without probes it is ready
	case s.State == StateRunning:
		c.probe(s)
	}
}

// clearProblems takes a problem away from a service whose file is good again.
func (c *Core) clearProblems(problems []configs.Problem) {
	bad := badFiles(problems)
	for _, name := range c.names() {
		s := c.svc[name]
		if s.ConfigError != "" && !s.broken() && !bad[name] && !bad[s.Spec.Origin] {
			s.ConfigError = ""
			c.touch(s)
		}
	}
}

// refuse notes what is wrong with files: at the service that the file defines,
// or as a service that has failed where there is none; it says whether it made
// such ones.
func (c *Core) refuse(problems []configs.Problem) (made bool) {
	told := map[*service]bool{}
	for _, problem := range problems {
		s := c.owner(problem)
		if s == nil {
			s = c.insertBroken(problem)
			made = made || s != nil
		}
		if s == nil || told[s] {
			continue
		}
		told[s] = true
		text := problem.String()
		if s.ConfigError == text {
			continue
		}
		s.ConfigError = text
		if s.broken() {
			s.Failure.Message = text
		}
		c.touch(s)
	}
	return made
}

// owner is the service whose definition came from the problem's file.
func (c *Core) owner(problem configs.Problem) *service {
	if s := c.svc[problem.Service]; s != nil && s.Spec.Origin == problem.File {
		return s
	}
	for _, name := range c.names() {
		if s := c.svc[name]; problem.File != "" && s.Spec.Origin == problem.File {
			return s
		}
	}
	return nil
}

// insertBroken makes the entry that shows a bad file in the list, under the
// file's name. It has no definition, so nothing can start it.
func (c *Core) insertBroken(problem configs.Problem) *service {
	name := cmp.Or(problem.Service, stem(problem.File))
	if c.svc[name] != nil {
		name = stem(problem.File)
	}
	if name == "" || c.svc[name] != nil {
		return nil
	}
	why := Cause{Kind: CauseReload, Text: "bad file"}
	spec := &configs.Service{Name: name, Origin: problem.File, Class: configs.ClassUser, Status: configs.StatusStop}
	s := c.insert(spec, false, why)
	s.Failure = Failure{Kind: FailConfig, Message: problem.String()}
	c.to(s, StateFailed, why)
	return s
}

// stem is a file's name without directory and .toml.
func stem(file string) string {
	return strings.TrimSuffix(file[strings.LastIndexByte(file, '/')+1:], ".toml")
}
