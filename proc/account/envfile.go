package account

import (
	"errors"
	"fmt"
	"strings"

	"zinit/proc/launch"
)

// envFileMax is the size that an env_file may have: the kernel passes no more than a
// few MB to a program anyway, execve(2).
const envFileMax = 1 << 20

// ReadEnvFile gives the variables of an env_file; "": there is none. The error names
// the line. It may block.
func ReadEnvFile(path string) (map[string]string, error) {
	if path == "" {
		return nil, nil
	}
	text, err := readRegular(path, envFileMax)
	if err != nil {
		return nil, fmt.Errorf("cannot read env_file %s: %w", launch.Shown(path), err)
	}
	env, line, err := parseEnv(string(text))
	if err != nil {
		return nil, fmt.Errorf("cannot read env_file %s:%d: %w", launch.Shown(path), line, err)
	}
	return env, nil
}

var errZero = errors.New("a value holds a zero byte")

// envReader reads the format of systemd.exec(5), EnvironmentFile=: KEY=VALUE lines,
// empty ones, and comments that begin with # or ;. Nothing is expanded.
//
// Spaces around a value are dropped. In single quotes all is literal, in double
// quotes a backslash takes away the meaning of " \ ` and $; both may span lines. In
// an unquoted value a backslash makes the next character literal, and continues the
// line at its end.
type envReader struct {
	text string // what is left
	line int    // of its beginning
}

// parseEnv gives the variables. A key that is given twice has its last value.
func parseEnv(text string) (env map[string]string, line int, err error) {
	r := &envReader{text: strings.TrimPrefix(strings.ReplaceAll(text, "\r\n", "\n"), "\ufeff"), line: 1}
	env = map[string]string{}
	for {
		r.text = strings.TrimLeft(r.text, " \t")
		switch {
		case r.text == "":
			return env, 0, nil
		case r.text[0] == '\n':
			r.next()
			continue
		case r.text[0] == '#' || r.text[0] == ';':
			r.text = r.text[len(first(r.text, "\n")):]
			continue
		}
		at := r.line
		key, err := r.key()
		if err != nil {
			return nil, at, err
		}
		if env[key], err = r.value(); err != nil {
			return nil, at, err
		}
	}
}

// first is what is before the first of some bytes.
func first(text, stops string) string {
	if i := strings.IndexAny(text, stops); i >= 0 {
		return text[:i]
	}
	return text
}

// next takes the next byte.
func (r *envReader) next() byte {
	c := r.text[0]
	if c == '\n' {
		r.line++
	}
	r.text = r.text[1:]
	return c
}

// errNoKey does not show the line: it may be a secret, of another file even, and it
// may be long.
var errNoKey = errors.New("the line is no KEY=VALUE")

// keyMax is how many bytes of what is no key are shown.
const keyMax = 64

func (r *envReader) key() (string, error) {
	word := first(r.text, "=\n")
	if len(word) == len(r.text) || r.text[len(word)] != '=' {
		return "", errNoKey
	}
	r.text = r.text[len(word)+1:]
	key := strings.TrimRight(word, " \t")
	for i := range len(key) {
		c := key[i]
		letter := c == '_' || c|0x20 >= 'a' && c|0x20 <= 'z'
		if !letter && (i == 0 || c < '0' || c > '9') {
			if len(key) > keyMax {
				return "", errNoKey
			}
			if rest, exported := strings.CutPrefix(key, "export "); exported {
				return "", fmt.Errorf("this is no shell script: write %s=… without export", strings.TrimSpace(rest))
			}
			return "", fmt.Errorf("%s must be letters, digits and _, and not begin with a digit", launch.Shown(key))
		}
	}
	if key == "" {
		return "", errors.New("there is no key before =")
	}
	return key, nil
}

// value takes what is behind the =, to the end of its last line. Quotes have a meaning
// at its beginning only, and behind other quotes.
func (r *envReader) value() (string, error) {
	var b strings.Builder
	kept := 0      // so much of b stays when the spaces at its end are dropped
	begun := false // a character has come that is in no quotes
	for r.text != "" {
		c := r.next()
		space := c == ' ' || c == '\t'
		switch {
		case c == '\n':
			return b.String()[:kept], nil
		case c == 0:
			return "", errZero
		case !begun && (c == '\'' || c == '"'):
			if err := r.quoted(c, &b); err != nil {
				return "", err
			}
			kept = b.Len()
			continue
		case c == '\\' && r.text != "":
			if c = r.next(); c == '\n' {
				continue
			}
			space = false
		case space && !begun:
			continue
		}
		b.WriteByte(c)
		begun = true
		if !space {
			kept = b.Len()
		}
	}
	return b.String()[:kept], nil
}

// quoted takes a text up to its closing quote.
func (r *envReader) quoted(quote byte, to *strings.Builder) error {
	for r.text != "" {
		c := r.next()
		switch {
		case c == quote:
			return nil
		case c == 0:
			return errZero
		case c == '\\' && quote == '"' && r.text != "" && strings.IndexByte("\"\\`$\n", r.text[0]) >= 0:
			if c = r.next(); c == '\n' {
				continue
			}
		}
		to.WriteByte(c)
	}
	return fmt.Errorf("the quote %c is not closed", quote)
}
