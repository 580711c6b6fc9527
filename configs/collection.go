package configs

import (
	"fmt"
	"slices"
	"strings"
)

// command is what is executed: a string to be split, or the words themselves.
type command struct {
	in       func(*Service) *Command
	builtins bool // it may be one of zinit's own
}

func (command) allowed() string { return "a command: one string, or an array of its words" }

func (f command) read(s *source, key string, v value, to *Service) {
	var c Command
	var ok bool
	if v.kind == isArray {
		c, ok = f.words(s, key, v)
	} else {
		c, ok = f.text(s, key, v)
	}
	switch {
	case ok && c.Builtin && !f.builtins:
		s.fault(v.at, "%s: a builtin does its work once and probes nothing: use a command", key)
	case ok:
		*f.in(to) = c
	}
}

func (f command) text(s *source, key string, v value) (Command, bool) {
	t, ok := s.str(key, v, f.allowed())
	if !ok {
		return Command{}, false
	}
	if words := strings.Fields(t); len(words) > 0 && isBuiltin(words[0]) {
		return s.builtin(key, v.at, words)
	}
	c, bad := split(t)
	if bad == nil {
		return c, true
	}
	at := v.at
	if v.plain {
		at += 1 + bad.At
	}
	s.fault(at, "%s: %s", key, bad.Message)
	return Command{}, false
}

func (f command) words(s *source, key string, v value) (Command, bool) {
	words, ok := s.strings(key, v, f.allowed())
	switch {
	case !ok:
		return Command{}, false
	case len(words) == 0:
		s.fault(v.at, "%s is an empty array: its first word is the program", key)
		return Command{}, false
	case words[0] == "":
		s.fault(v.items[0].at, "%s: the first word, the command, is empty", key)
		return Command{}, false
	case isBuiltin(words[0]):
		return s.builtin(key, v.items[0].at, words)
	}
	return Command{Argv: words}, true
}

func (f command) show(of *Service) any {
	c := f.in(of)
	switch {
	case c.Text != "":
		return c.Text
	case len(c.Argv) > 0:
		return c.Argv
	}
	return nil
}

// names is an array of names of other services.
type names struct{ in func(*Service) *[]string }

func (names) allowed() string { return "an array of names" }

func (f names) read(s *source, key string, v value, to *Service) {
	if v.kind == isString {
		s.fault(v.at, "%s must be %s: write [%s]", key, f.allowed(), quote(v.text))
		return
	}
	words, ok := s.strings(key, v, f.allowed())
	for i, w := range words {
		switch bad := badName(w); {
		case bad != "":
			s.fault(v.items[i].at, "%s: a name %s, not %s", key, bad, quote(w))
			ok = false
		case slices.Contains(words[:i], w):
			s.fault(v.items[i].at, "%s names %s twice", key, quote(w))
			ok = false
		}
	}
	if ok && len(words) > 0 {
		slices.Sort(words)
		*f.in(to) = words
	}
}

func (f names) show(of *Service) any {
	if n := *f.in(of); n != nil {
		return n
	}
	return []string{}
}

// strings are the words of an array of strings. As soon as one is none, there are
// no words.
func (s *source) strings(key string, v value, allowed string) ([]string, bool) {
	if v.kind != isArray {
		s.wrong(key, v, allowed)
		return nil, false
	}
	var words []string
	for i, item := range v.items {
		if w, ok := s.str(fmt.Sprintf("%s[%d]", key, i), item, "a string"); ok {
			words = append(words, w)
		}
	}
	if len(words) < len(v.items) {
		return nil, false
	}
	return words, true
}

// environment is a table of variables.
type environment struct{}

func (environment) allowed() string { return `a table of strings, such as { PORT = "80" }` }

func (f environment) read(s *source, key string, v value, to *Service) {
	if v.kind != isTable {
		s.wrong(key, v, f.allowed())
		return
	}
	for _, e := range v.table.entries {
		if e.name == "" || strings.ContainsAny(e.name, "=\x00") {
			s.fault(e.at, "%s: %s can't be the name of a variable: it must not be empty and have no =", key, quote(e.name))
			continue
		}
		if t, ok := s.str(key+"."+bare(e.name), e.value, "a string"); ok {
			if to.Env == nil {
				to.Env = make(map[string]string, len(v.table.entries))
			}
			to.Env[e.name] = t
		}
	}
}

func (environment) show(of *Service) any {
	if of.Env == nil {
		return map[string]string{}
	}
	return of.Env
}
