package configs

import (
	"math"
	"slices"
	"strconv"
	"strings"
)

// rlimit is a resource limit, by its key: those of setrlimit(2), Linux 2.6.25 and
// later.
type rlimit string

func (rlimit) allowed() string { return `a number, "unlimited" or "soft:hard"` }

func (f rlimit) read(s *source, key string, v value, to *Service) {
	limit, ok := f.limit(s, key, v)
	if !ok {
		return
	}
	if to.Limits == nil {
		to.Limits = map[string]Limit{}
	}
	to.Limits[string(f)] = limit
}

// limit reads the value.
func (f rlimit) limit(s *source, key string, v value) (Limit, bool) {
	switch v.kind {
	case isInteger:
		n, ok := s.integer(key, v, 0, math.MaxInt64, f.allowed())
		return Limit{uint64(n), uint64(n)}, ok
	case isString:
		soft, hard, two := strings.Cut(v.text, ":")
		if !two {
			hard = soft
		}
		a, ok1 := amount(soft)
		b, ok2 := amount(hard)
		switch {
		case ok1 && ok2 && a > b:
			s.fault(v.at, "%s = %s: the soft limit must not be above the hard one", key, quote(v.text))
			return Limit{}, false
		case ok1 && ok2:
			return Limit{a, b}, true
		}
	}
	s.wrong(key, v, f.allowed())
	return Limit{}, false
}

// unlimited is how no limit is written.
const unlimited = "unlimited"

// amount reads one half of a limit.
func amount(text string) (uint64, bool) {
	if text == unlimited {
		return Unlimited, true
	}
	n, err := strconv.ParseUint(text, 10, 64)
	return n, err == nil
}

func (f rlimit) show(of *Service) any {
	l, ok := of.Limits[string(f)]
	if !ok {
		return nil
	}
	return half(l.Soft) + ":" + half(l.Hard)
}

// half writes one half of a limit.
func half(n uint64) string {
	if n == Unlimited {
		return unlimited
	}
	return strconv.FormatUint(n, 10)
}

const (
	maxBytes  = 1 << 50  // 1024T: sums and doublings stay far from the end of an int64
	minMemory = 64 << 10 // the largest page that Linux has: less would be none
	maxPids   = 1 << 22  // PID_MAX_LIMIT: pids.max takes no more
)

// unit says what a number counts, and how it may also be written, as a string.
type unit struct {
	says    []string // for errors: the number, and such strings
	letters string   // for 1024, 1024² and so on behind it; empty: none
	read    func(text string) (int64, bool)
}

// The units of quotas.
var (
	plain     = unit{says: []string{"a whole number"}}
	inBytes   = unit{[]string{"a whole number of bytes", `"512K"`, `"10M"`, `"2G"`}, bytePowers, readBytes}
	inPercent = unit{[]string{"a whole number of percent", `"150%"`}, "", readPercent}
)

// bytePowers are the letters of 1024, 1024², and so on.
const bytePowers = "KMGT"

// quota is a number with a unit. Where none is allowed, 0 stands for no limit,
// which is written "unlimited".
type quota[T int | int64] struct {
	in       func(*Service) *T
	unit     unit
	min, max int64
	none     bool
}

func (f quota[T]) allowed() string {
	words := slices.Clone(f.unit.says)
	if f.none {
		words = append(words, strconv.Quote(unlimited))
	}
	return list(words, "or") + ", from " + f.unit.write(f.min) + " to " + f.unit.write(f.max)
}

// write shows an end of a range.
func (u unit) write(n int64) string {
	power := 0
	for power < len(u.letters) && n >= 1024 && n%1024 == 0 {
		n, power = n/1024, power+1
	}
	return strconv.FormatInt(n, 10) + u.letters[max(power-1, 0):power]
}

func (f quota[T]) read(s *source, key string, v value, to *Service) {
	n, ok := int64(0), false
	switch {
	case v.kind == isInteger:
		var err error
		n, err = strconv.ParseInt(v.text, 0, 64)
		ok = err == nil
	case v.kind == isString && f.none && v.text == unlimited:
		*f.in(to) = 0
		return
	case v.kind == isString && f.unit.read != nil:
		n, ok = f.unit.read(v.text)
	}
	if !ok || n < f.min || n > f.max {
		s.wrong(key, v, f.allowed())
		return
	}
	*f.in(to) = T(n)
}

func (f quota[T]) show(of *Service) any {
	n := int64(*f.in(of))
	if f.none && n == 0 {
		return nil
	}
	return n
}

// readBytes reads a number with K, M, G or T behind it, powers of 1024, or nothing.
func readBytes(text string) (int64, bool) {
	shift := 0
	if last := len(text) - 1; last > 0 {
		if i := strings.IndexByte(bytePowers, text[last]&^0x20); i >= 0 {
			text, shift = text[:last], 10*(i+1)
		}
	}
	n, err := strconv.ParseUint(text, 10, 63)
	return int64(n) << shift, err == nil && n <= maxBytes>>shift
}

// readPercent reads a number with % behind it.
func readPercent(text string) (int64, bool) {
	digits, is := strings.CutSuffix(text, "%")
	n, err := strconv.ParseUint(digits, 10, 63)
	return int64(n), is && err == nil
}
