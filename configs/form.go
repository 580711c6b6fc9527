package configs

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"
)

// maxMillis is the longest time that may be written: a year. Sums and doublings
// of such times stay far from the end of an int64 of nanoseconds.
const maxMillis = 365 * 24 * 3600 * 1000

// text is a string. bad, if any, says what is wrong with one.
type text struct {
	in  func(*Service) *string
	bad func(string) string
}

func (text) allowed() string { return "a string" }

func (f text) read(s *source, key string, v value, to *Service) {
	t, ok := s.str(key, v, f.allowed())
	if !ok {
		return
	}
	if f.bad != nil {
		if bad := f.bad(t); bad != "" {
			s.fault(v.at, "%s %s, not %s", key, bad, quote(t))
			return
		}
	}
	*f.in(to) = t
}

func (f text) show(of *Service) any {
	if t := *f.in(of); t != "" {
		return t
	}
	return nil
}

// boolean is true or false.
type boolean struct{ in func(*Service) *bool }

func (boolean) allowed() string { return "true or false, without quotes" }

func (f boolean) read(s *source, key string, v value, to *Service) {
	if v.kind != isBool {
		s.wrong(key, v, f.allowed())
		return
	}
	*f.in(to) = v.text == "true"
}

func (f boolean) show(of *Service) any { return *f.in(of) }

// word is one of a few.
type word[T ~string] struct {
	in    func(*Service) *T
	words []T
}

func (f word[T]) strings() []string {
	var words []string
	for _, w := range f.words {
		words = append(words, string(w))
	}
	return words
}

func (f word[T]) allowed() string {
	words := f.strings()
	for i, w := range words {
		words[i] = strconv.Quote(w)
	}
	return list(words, "or")
}

func (f word[T]) read(s *source, key string, v value, to *Service) {
	t, ok := s.str(key, v, f.allowed())
	if !ok {
		return
	}
	if !slices.Contains(f.words, T(t)) {
		s.fault(v.at, "%s must be %s, not %s%s", key, f.allowed(), quote(t), didYouMean(t, slices.Values(f.strings())))
		return
	}
	*f.in(to) = T(t)
}

func (f word[T]) show(of *Service) any { return string(*f.in(of)) }

// number is a whole number in a range.
type number struct {
	in       func(*Service) *int
	min, max int64
}

func (f number) allowed() string { return fmt.Sprintf("a whole number from %d to %d", f.min, f.max) }

func (f number) read(s *source, key string, v value, to *Service) {
	if n, ok := s.integer(key, v, f.min, f.max, f.allowed()); ok {
		*f.in(to) = int(n)
	}
}

func (f number) show(of *Service) any { return *f.in(of) }

// optionalNumber is a whole number in a range, or nothing: 0 is a number like others.
type optionalNumber struct {
	in       func(*Service) **int
	min, max int64
}

func (f optionalNumber) allowed() string { return number{min: f.min, max: f.max}.allowed() }

func (f optionalNumber) read(s *source, key string, v value, to *Service) {
	if n, ok := s.integer(key, v, f.min, f.max, f.allowed()); ok {
		n := int(n)
		*f.in(to) = &n
	}
}

func (f optionalNumber) show(of *Service) any {
	if n := *f.in(of); n != nil {
		return *n
	}
	return nil
}

// millis is a time in milliseconds.
type millis struct {
	in  func(*Service) *time.Duration
	min int64
}

func (f millis) allowed() string {
	return fmt.Sprintf("a whole number of milliseconds from %d to %d (a year)", f.min, int64(maxMillis))
}

func (f millis) read(s *source, key string, v value, to *Service) {
	if n, ok := s.integer(key, v, f.min, maxMillis, f.allowed()); ok {
		*f.in(to) = time.Duration(n) * time.Millisecond
	}
}

func (f millis) show(of *Service) any { return f.in(of).Milliseconds() }

// stopSignal is a signal by name.
type stopSignal struct{}

func (stopSignal) allowed() string { return `the name of a signal, such as "SIGTERM" or "SIGINT"` }

func (f stopSignal) read(s *source, key string, v value, to *Service) {
	t, ok := s.str(key, v, f.allowed())
	if !ok {
		return
	}
	signal, err := ParseSignal(t)
	if err != nil {
		s.fault(v.at, "%s: %v", key, err)
		return
	}
	to.StopSignal = signal
}

func (stopSignal) show(of *Service) any { return of.StopSignal.String() }

// mask is a umask: octal digits in a string, for TOML has no number with a
// leading 0.
type mask struct{}

func (mask) allowed() string { return `octal digits in a string from "000" to "777"` }

func (f mask) read(s *source, key string, v value, to *Service) {
	t, ok := s.str(key, v, f.allowed())
	if !ok {
		return
	}
	n, err := strconv.ParseUint(t, 8, 32)
	if err != nil || n > 0o777 {
		s.fault(v.at, "%s must be %s, not %s", key, f.allowed(), quote(t))
		return
	}
	to.Umask = uint32(n)
}

func (mask) show(of *Service) any { return fmt.Sprintf("%03o", of.Umask) }

// wrong notes a value of a kind that its key doesn't take.
func (s *source) wrong(key string, v value, allowed string) {
	s.fault(v.at, "%s must be %s, not %s", key, allowed, v.describe())
}

// str is the text of a string.
func (s *source) str(key string, v value, allowed string) (string, bool) {
	switch {
	case v.kind == isInteger || v.kind == isBool || v.kind == isOther:
		s.fault(v.at, "%s must be %s, not %s: put it in quotes", key, allowed, v.describe())
		return "", false
	case v.kind != isString:
		s.wrong(key, v, allowed)
		return "", false
	case strings.IndexByte(v.text, 0) >= 0:
		s.fault(v.at, "%s must not contain a NUL character", key)
		return "", false
	}
	return v.text, true
}

// integer is the value of a whole number in a range.
func (s *source) integer(key string, v value, least, most int64, allowed string) (int64, bool) {
	if v.kind == isString {
		s.fault(v.at, "%s must be %s, without quotes, not %s", key, allowed, v.describe())
		return 0, false
	}
	n, err := strconv.ParseInt(v.text, 0, 64) // base 0 takes what TOML takes: 0x, 0o, 0b and 1_000
	if v.kind != isInteger || err != nil || n < least || n > most {
		s.wrong(key, v, allowed)
		return 0, false
	}
	return n, true
}
