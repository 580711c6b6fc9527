package configs

import (
	"bytes"
	"cmp"
	"fmt"
	"sort"
	"strings"
	"unicode/utf8"
)

// maxProblems bounds what is said about one file: whoever wrote fifty mistakes
// has to read it anew anyway.
const maxProblems = 50

// String is the problem in one line, with its place as compilers print it.
func (p Problem) String() string {
	switch {
	case p.File == "":
		return p.Message
	case p.Line == 0:
		return p.File + ": " + p.Message
	}
	return fmt.Sprintf("%s:%d:%d: %s", p.File, p.Line, p.Column, p.Message)
}

// source is one text under examination and what was found wrong with it.
type source struct {
	file     string
	service  string // see [Problem]
	text     []byte
	problems []Problem

	meantExec bool // an unknown key looks like exec: that exec is missing need not be said
}

// nowhere is the offset of what has no place in the text.
const nowhere = -1

// fault notes a problem at an offset of the text.
func (s *source) fault(at int, format string, args ...any) {
	if len(s.problems) < maxProblems {
		s.problems = append(s.problems, s.problem(at, format, args...))
	}
}

// problem makes a problem out of an offset and a message.
func (s *source) problem(at int, format string, args ...any) Problem {
	line, column := s.place(at)
	return Problem{Service: s.service, File: s.file, Line: line, Column: column, Message: fmt.Sprintf(format, args...)}
}

// place turns an offset into a line and a column, both from 1; a column is a
// character, not a byte.
func (s *source) place(at int) (line, column int) {
	if at < 0 || at > len(s.text) {
		return 0, 0
	}
	before := s.text[:at]
	start := bytes.LastIndexByte(before, '\n') + 1
	return bytes.Count(before, []byte{'\n'}) + 1, utf8.RuneCount(before[start:]) + 1
}

// sortProblems puts problems in the order in which a person meets them.
func sortProblems(problems []Problem) {
	sort.SliceStable(problems, func(i, j int) bool {
		a, b := problems[i], problems[j]
		return cmp.Or(
			cmp.Compare(a.File, b.File),
			cmp.Compare(a.Line, b.Line),
			cmp.Compare(a.Column, b.Column),
		) < 0
	})
}

// quote shows a word of the file: in quotes, in one line, never endless.
func quote(word string) string {
	const longest = 60
	if len(word) > longest {
		word = strings.ToValidUTF8(word[:longest], "") + "…"
	}
	return fmt.Sprintf("%q", word)
}

// list joins the words of an enumeration.
func list(words []string, last string) string {
	if len(words) < 2 {
		return strings.Join(words, "")
	}
	n := len(words) - 1
	return strings.Join(words[:n], ", ") + " " + last + " " + words[n]
}

// bare is [quote] without the quotes.
func bare(word string) string {
	quoted := quote(word)
	return quoted[1 : len(quoted)-1]
}
