package configs

import (
	"bytes"
	"errors"
	"strings"
	"unicode/utf8"

	"github.com/pelletier/go-toml/v2/unstable"
)

// maxFile is how long a service file may be, in bytes.
const maxFile = 1 << 20

// clean checks what must hold before the text may be read as TOML, and skips the
// byte order mark.
func (s *source) clean() bool {
	s.text = bytes.TrimPrefix(s.text, []byte("\ufeff"))
	if len(s.text) > maxFile {
		s.fault(nowhere, "the file is longer than 1 MiB: this is no service file")
		return false
	}
	if at := invalid(s.text); at >= 0 {
		s.fault(at, "byte 0x%02x is not valid UTF-8: save the file in UTF-8", s.text[at])
		return false
	}
	if at := bytes.IndexByte(s.text, 0); at >= 0 {
		s.fault(at, "the file contains a NUL byte: save it as plain text in UTF-8")
		return false
	}
	return true
}

// invalid is the offset of the first byte that is not UTF-8, or -1.
func invalid(text []byte) int {
	if utf8.Valid(text) {
		return -1
	}
	at := 0
	for {
		r, size := utf8.DecodeRune(text[at:])
		if r == utf8.RuneError && size == 1 {
			return at
		}
		at += size
	}
}

// syntax notes what the parser of TOML says, in the words of one who does not
// know the grammar.
func (s *source) syntax(err error) {
	at, message := nowhere, err.Error()
	if bad, ok := errors.AsType[*unstable.ParserError](err); ok {
		if i := cap(s.text) - cap(bad.Highlight); i >= 0 && i <= len(s.text) {
			at = i
		}
	}
	const values = "a value is a text in quotes, a number, true, false, or an array of these in [ ]"
	switch {
	case strings.HasSuffix(message, "at start of value"), strings.HasPrefix(message, "expected keyword"):
		message = "the value can't be read: " + values
	case strings.HasPrefix(message, "expected value, not end"):
		message = "the value is missing: " + values
	case strings.HasPrefix(message, "expected newline"):
		message = "the line should end here: one key = value a line, and a text in quotes"
	case strings.HasSuffix(message, "cannot have new lines"):
		message = "the text in quotes is not closed before the end of the line"
	}
	s.fault(at, "not valid TOML: %s", message)
}
