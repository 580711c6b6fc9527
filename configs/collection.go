package configs

import (
	"fmt"
	"maps"
	"math"
	"slices"
	"strconv"
	"strings"
)

// command is what is executed: a string to be split, or the words themselves.
type command struct{ in func(*Service) *Command }

func (command) allowed() string { return "a command: one string, or an array of its words" }

func (f command) read(s *source, key string, v value, to *Service) {
	var c Command
	var ok bool
	if v.kind == isArray {
		c, ok = f.words(s, key, v)
	} else {
		c, ok = f.text(s, key, v)
	}
	if ok {
		*f.in(to) = c
	}
}

func (f command) text(s *source, key string, v value) (Command, bool) {
	t, ok := s.str(key, v, f.allowed())
	if !ok {
		return Command{}, false
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

// limits is the table of resource limits.
type limits struct{}

// limitNames are the resources of setrlimit(2), Linux 2.6.25 and later.
var limitNames = []string{"as", "core", "cpu", "data", "fsize", "locks", "memlock", "msgqueue",
	"nice", "nofile", "nproc", "rss", "rtprio", "rttime", "sigpending", "stack"}

func (limits) allowed() string { return `a number, "unlimited" or "soft:hard"` }

func (f limits) read(s *source, key string, v value, to *Service) {
	for _, e := range v.table.entries {
		if !slices.Contains(limitNames, e.name) {
			s.fault(e.at, "unknown limit %s in [limits]: use %s%s", quote(e.name), list(limitNames, "or"), didYouMean(e.name, slices.Values(limitNames)))
			continue
		}
		limit, ok := f.limit(s, e)
		if !ok {
			continue
		}
		if to.Limits == nil {
			to.Limits = map[string]Limit{}
		}
		to.Limits[e.name] = limit
	}
}

// limit reads one limit.
func (f limits) limit(s *source, e *entry) (Limit, bool) {
	switch e.kind {
	case isInteger:
		n, ok := s.integer(e.name, e.value, 0, math.MaxInt64, f.allowed())
		return Limit{uint64(n), uint64(n)}, ok
	case isString:
		soft, hard, two := strings.Cut(e.text, ":")
		if !two {
			hard = soft
		}
		a, ok1 := amount(soft)
		b, ok2 := amount(hard)
		switch {
		case ok1 && ok2 && a > b:
			s.fault(e.value.at, "%s = %s: the soft limit must not be above the hard one", e.name, quote(e.text))
			return Limit{}, false
		case ok1 && ok2:
			return Limit{a, b}, true
		}
	}
	s.wrong(e.name, e.value, f.allowed())
	return Limit{}, false
}

// amount reads one half of a limit.
func amount(text string) (uint64, bool) {
	if text == "unlimited" {
		return Unlimited, true
	}
	n, err := strconv.ParseUint(text, 10, 64)
	return n, err == nil
}

func (limits) show(of *Service) any {
	if len(of.Limits) == 0 {
		return nil
	}
	shown := make(map[string]string, len(of.Limits))
	for name, l := range maps.All(of.Limits) {
		shown[name] = half(l.Soft) + ":" + half(l.Hard)
	}
	return shown
}

// half writes one half of a limit.
func half(n uint64) string {
	if n == Unlimited {
		return "unlimited"
	}
	return strconv.FormatUint(n, 10)
}
