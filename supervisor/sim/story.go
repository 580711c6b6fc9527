package sim

import (
	"fmt"
	"strings"
	"time"

	"zinit/configs"
	"zinit/supervisor"
)

// Tell plays a story: a text of commands, each on a line of its own, with what
// they led to indented below them. It gives the same text with what they lead to
// now. Comments (#) and empty lines stay.
//
// Nothing happens in a story but what it tells: processes run until they are
// told to end and obey signals at once, births succeed, time passes with wait.
// After each command all that is on its way arrives, but for what hold keeps.
//
//	service NAME [KEY=VALUE]…   a file of that name: requires= after= wants= conflicts= (with commas), oneshot,
//	target NAME [KEY=VALUE]…    system, critical, status= restart= delay= delay-max= max= stable= start-timeout=
//	                            stop-timeout= stop-signal= health=RETRIES notify=RETRIES log=FILE env=
//	bad NAME MESSAGE            the file is no good; delete NAME: there is none any more
//	process NAME MANNER…        how its next processes are: ignores, obeys=2s, catches, child, child-ignores, escapes,
//	                            unborn=MESSAGE, orders, lingers, sick, sick=N, falls=N, well
//	boot                        the first start
//	start stop restart NAME, kill NAME SIGNAL, remove NAME [cascade], add NAME [KEY=VALUE]…, reload, start-all,
//	stop-all, delete-all, shutdown: what people ask for, waiting for the answer
//	launched NAME [MESSAGE]     its process has carried out its orders, or could not
//	say NAME status=TEXT, extend=DURATION, main=PID, reloading, stopping: it says that of itself
//	exit NAME CODE, die NAME SIGNAL [oom], children NAME: its process ends; what that one left ends
//	wait DURATION, crash [after N effects of the next command, acknowledgements among them]
//	hold births, hold server, release: the kernel, or the server, does nothing meanwhile
//	states, records, why NAME
func Tell(text string) string {
	s := newStory()
	var out strings.Builder
	for line := range strings.Lines(text) {
		line = strings.TrimRight(line, "\n")
		if strings.HasPrefix(line, "    ") {
			continue
		}
		out.WriteString(line + "\n")
		if line == "" || line[0] == '#' {
			continue
		}
		for said := range strings.Lines(s.command(strings.Fields(line))) {
			out.WriteString("    " + said)
		}
	}
	return out.String()
}

// story is the teller.
type story struct {
	w       *World
	trace   strings.Builder
	manners map[string]Manner
	held    bool // births
	frozen  bool // the server
	after   int  // effects of the next command until the crash; below 0: none
}

func newStory() *story {
	s := &story{w: newWorld(Sane, configs.Set{}), manners: map[string]Manner{}, after: -1}
	s.w.trace = &s.trace
	s.w.terse = true
	s.w.oracle = newOracle(s.w)
	s.w.manner = func(name string, _ int, _ bool) Manner {
		if m, ok := s.manners[name]; ok {
			return m
		}
		return Docile(false)
	}
	return s
}

// command carries out one line and gives the trace of it.
func (s *story) command(words []string) string {
	s.trace.Reset()
	verb, rest := words[0], words[1:]
	if f := verbs[verb]; f == nil {
		s.w.note("no such command: %s", verb)
	} else if err := s.try(f, rest); err != nil {
		s.w.note("cannot %s: %v", verb, err)
	}
	if v := s.w.oracle.found; v != nil {
		s.w.note("BROKEN: %v", v)
	}
	return s.trace.String()
}

// try carries out a command; too few words are an error.
func (s *story) try(f func(*story, []string) error, words []string) (err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("%v", p)
		}
	}()
	return f(s, words)
}

// verbs are the commands.
var verbs = map[string]func(*story, []string) error{
	"service":  (*story).service,
	"target":   (*story).target,
	"bad":      (*story).bad,
	"delete":   (*story).remove,
	"process":  (*story).process,
	"boot":     func(s *story, _ []string) error { s.w.boot(); s.run(); return nil },
	"exit":     (*story).exit,
	"die":      (*story).die,
	"children": (*story).children,
	"wait":     (*story).wait,
	"hold":     func(s *story, a []string) error { s.held, s.frozen = a[0] == "births", a[0] == "server"; return nil },
	"release":  func(s *story, _ []string) error { s.held, s.frozen = false, false; s.run(); return nil },
	"launched": (*story).launched,
	"say":      (*story).say,
	"crash":    (*story).crash,
	"states":   (*story).states,
	"records":  (*story).records,
	"why":      (*story).why,

	"start": ask(func(w supervisor.Wish, a []string) supervisor.Event {
		return supervisor.Start{Wish: w, Name: a[0], NoDeps: len(a) > 1}
	}),
	"stop": ask(func(w supervisor.Wish, a []string) supervisor.Event { return supervisor.Stop{Wish: w, Name: a[0]} }),
	"restart": ask(func(w supervisor.Wish, a []string) supervisor.Event {
		return supervisor.RestartService{Wish: w, Name: a[0]}
	}),
	"kill": ask(func(w supervisor.Wish, a []string) supervisor.Event {
		sig, _ := configs.ParseSignal(a[1])
		return supervisor.Signal{Wish: w, Name: a[0], Signal: int(sig)}
	}),
	"remove": ask(func(w supervisor.Wish, a []string) supervisor.Event {
		return supervisor.Remove{Wish: w, Name: a[0], Cascade: len(a) > 1}
	}),
	"add": func(s *story, a []string) error {
		spec, err := define(a)
		if err != nil {
			return err
		}
		spec.Origin = configs.Runtime
		s.ask(supervisor.Add{Wish: s.wish(), Service: spec, Start: true})
		return nil
	},
	"reload": func(s *story, _ []string) error {
		s.ask(supervisor.Reload{Wish: s.wish(), Set: s.w.set})
		return nil
	},
	"start-all":  ask(func(w supervisor.Wish, _ []string) supervisor.Event { return supervisor.StartAll{Wish: w} }),
	"stop-all":   ask(func(w supervisor.Wish, _ []string) supervisor.Event { return supervisor.StopAll{Wish: w} }),
	"delete-all": ask(func(w supervisor.Wish, _ []string) supervisor.Event { return supervisor.DeleteAll{Wish: w} }),
	"shutdown": ask(func(w supervisor.Wish, _ []string) supervisor.Event {
		return supervisor.Shutdown{Wish: w, Goal: supervisor.GoalExit}
	}),
}

// ask makes a command of a wish.
func ask(of func(supervisor.Wish, []string) supervisor.Event) func(*story, []string) error {
	return func(s *story, words []string) error {
		s.ask(of(s.wish(), words))
		return nil
	}
}

func (s *story) wish() supervisor.Wish {
	s.w.lastID++
	return supervisor.Wish{ID: s.w.lastID, By: "the operator", Wait: true}
}

// ask gives the server a wish and lets arrive what comes of it.
func (s *story) ask(ev supervisor.Event) {
	s.armed()
	s.w.give(ev)
	s.run()
}

// armed has the server die in what follows, if the story said so.
func (s *story) armed() {
	if s.after >= 0 {
		s.w.arm(s.after)
		s.after = -1
	}
}

// run lets arrive all that is on its way.
func (s *story) run() {
	for range patience {
		s.w.recoverSafely()
		if s.w.ended != nil || s.frozen {
			return
		}
		list := s.w.pending()
		if s.held && len(s.w.kernel.births) > 0 {
			list = list[1:]
		}
		if len(list) == 0 {
			return
		}
		list[0]()
	}
	s.w.note("no end to it")
}

// wait lets time pass, from one happening to the next.
func (s *story) wait(words []string) error {
	d, err := time.ParseDuration(words[0])
	if err != nil {
		return err
	}
	end := s.w.now.Add(d)
	for range patience {
		at, ok := s.w.due()
		if !ok || at > end {
			break
		}
		s.w.advance(at)
		s.run()
	}
	s.w.advance(end)
	s.run()
	return nil
}

// crash kills the server, at once or in the midst of the next wish.
func (s *story) crash(words []string) error {
	if len(words) > 1 {
		_, err := fmt.Sscan(words[1], &s.after)
		return err
	}
	s.w.crash()
	s.run()
	return nil
}
