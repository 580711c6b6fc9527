package configs

import (
	"slices"
	"strings"
)

// shellOnly are the characters that, where nothing quotes them, only a shell
// understands.
const shellOnly = "$|&;<>()*?~`"

// shellWords are first words that no file of the system stands for: the reserved
// words and the special built-ins (POSIX.1-2024, XCU 2.4 and 2.15), and the
// built-ins that change the shell itself.
var shellWords = []string{
	"!", "{", "}", "case", "do", "done", "elif", "else", "esac", "fi", "for", "if", "in", "then", "until", "while",
	".", ":", "break", "continue", "eval", "exec", "exit", "export", "readonly", "return", "set", "shift", "times", "trap", "unset",
	"cd", "ulimit", "umask",
}

// splitError is why a text is no command. At counts bytes of the text.
type splitError struct {
	At      int
	Message string
}

// split makes a command out of a text as a shell would: blanks part words,
// quotes and backslashes keep them together. What only a shell understands is
// left to one, as it stands.
func split(text string) (Command, *splitError) {
	s := splitter{text: text}
	for s.at < len(text) && !s.left {
		if err := s.step(); err != nil {
			return Command{}, err
		}
	}
	s.endWord()
	switch {
	case s.shell && !isComment(text):
		return Command{Argv: []string{text}, Shell: true, Text: text}, nil
	case len(s.words) == 0:
		return Command{}, &splitError{0, "no command is given"}
	case s.words[0] == "":
		return Command{}, &splitError{0, "the first word, the command, is empty"}
	}
	return Command{Argv: s.words, Text: text}, nil
}

// isComment says whether a text, read by a shell, is a comment and nothing else.
func isComment(text string) bool {
	text = strings.Trim(text, " \t\n") // the shell's blanks, not Unicode's
	return strings.HasPrefix(text, "#") && !strings.Contains(text, "\n")
}

// splitter is the state of a [split].
type splitter struct {
	text   string
	at     int
	words  []string
	word   []byte
	open   bool // a word has begun, though it may be empty
	quoted bool // some of the word was quoted: it is no word of the shell's own
	line   bool // a line has ended since the last word
	shell  bool
	left   bool // the rest has a grammar of its own, which only the shell can follow
}

// step takes one character outside of quotes, or one pair of quotes.
func (s *splitter) step() *splitError {
	c := s.text[s.at]
	switch {
	case c == ' ' || c == '\t':
		s.endWord()
	case c == '\n':
		s.endWord()
		s.line = true
	case c == '\\':
		return s.backslash()
	case c == '\'':
		return s.single()
	case c == '"':
		return s.double()
	case c == '#' && !s.open:
		s.shell, s.left = true, true
	default:
		s.plain(c)
	}
	s.at++
	return nil
}

// begin is called with each character of a word.
func (s *splitter) begin() {
	if !s.open && s.line && len(s.words) > 0 {
		s.shell = true // a second line is a second command
	}
	s.open = true
}

// plain takes a character that nothing quotes.
func (s *splitter) plain(c byte) {
	s.begin()
	s.special(c)
	if c == '=' && !s.quoted && len(s.words) == 0 && isVariable(string(s.word)) {
		s.shell = true // PORT=80 command
	}
	s.word = append(s.word, c)
}

// special looks whether a character is for a shell. Behind a here-document or in
// a substitution quotes have other rules.
func (s *splitter) special(c byte) {
	if strings.IndexByte(shellOnly, c) < 0 {
		return
	}
	s.shell = true
	rest := s.text[s.at:]
	s.left = s.left || c == '`' || strings.HasPrefix(rest, "$(") || strings.HasPrefix(rest, "${") || strings.HasPrefix(rest, "<<")
}

// backslash takes the next character as it is; with a line's end both are nothing.
func (s *splitter) backslash() *splitError {
	if s.at+1 == len(s.text) {
		return &splitError{s.at, "nothing follows the last backslash: write two for one"}
	}
	if c := s.text[s.at+1]; c != '\n' {
		s.begin()
		s.quoted = true
		s.word = append(s.word, c)
	}
	s.at += 2
	return nil
}

// single takes all up to the next ' as it is.
func (s *splitter) single() *splitError {
	n := strings.IndexByte(s.text[s.at+1:], '\'')
	if n < 0 {
		return &splitError{s.at, "the quote ' is never closed"}
	}
	s.begin()
	s.quoted = true
	s.word = append(s.word, s.text[s.at+1:s.at+1+n]...)
	s.at += n + 2
	return nil
}

// double takes all up to the next ", where \ quotes but five characters and $ and
// ` keep their meaning (POSIX.1-2024, XCU 2.2.3).
func (s *splitter) double() *splitError {
	start := s.at
	s.begin()
	s.quoted = true
	for s.at++; s.at < len(s.text) && !s.left; s.at++ {
		c := s.text[s.at]
		switch {
		case c == '"':
			s.at++
			return nil
		case c == '\\' && s.at+1 < len(s.text) && strings.IndexByte("$`\"\\\n", s.text[s.at+1]) >= 0:
			s.at++
			if s.text[s.at] == '\n' {
				continue
			}
			c = s.text[s.at]
		case c == '$' || c == '`':
			s.special(c)
		}
		s.word = append(s.word, c)
	}
	if s.left {
		return nil
	}
	return &splitError{start, `the quote " is never closed`}
}

// endWord puts the word that has begun, if any, with the others.
func (s *splitter) endWord() {
	if !s.open {
		return
	}
	word := string(s.word)
	if len(s.words) == 0 && !s.quoted && slices.Contains(shellWords, word) {
		s.shell = true
	}
	s.words = append(s.words, word)
	s.word, s.open, s.quoted, s.line = nil, false, false, false
}

// isVariable says whether a shell would take what stands before = for the name of
// a variable.
func isVariable(name string) bool {
	for i := range len(name) {
		c := name[i]
		if c != '_' && (c|0x20 < 'a' || c|0x20 > 'z') && (i == 0 || c < '0' || c > '9') {
			return false
		}
	}
	return name != ""
}
