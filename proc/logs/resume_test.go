package logs

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
)

// resume reads until it has n lines, or until the store is closed with n = -1, and
// says where it is then.
func (f *fixture) resume(places map[string]int64, n int) ([]string, map[string]int64) {
	f.Helper()
	ctx, cancel := context.WithCancel(f.Context())
	defer cancel()
	var got []Line
	next := maps.Clone(places)
	if next == nil {
		next = map[string]int64{}
	}
	enough := errors.New("enough")
	err := f.Store.Resume(ctx, places, func(steps []Step) error {
		for _, s := range steps {
			if len(got) == n {
				return enough
			}
			got = append(got, s.Line)
			next[s.Ear] = s.Next
		}
		if len(got) == n {
			return enough
		}
		return nil
	})
	if n >= 0 && !errors.Is(err, enough) || n < 0 && !errors.Is(err, ErrClosed) {
		f.Fatalf("ended with %v", err)
	}
	return show(got), next
}

func TestResumeGoesOn(t *testing.T) {
	f := newFixture(t)
	out, fail := f.ear("web", 1000)
	put(t, out, "one\ntwo\n")
	f.drained(out)
	put(t, fail, "three\n")
	f.drained(fail)
	got, places := f.resume(nil, 2)
	if want := []string{"web.out one", "web.out two"}; !slices.Equal(got, want) {
		t.Fatalf("got %q, want %q", got, want)
	}
	f.reopen()
	got, places = f.resume(places, 1)
	if want := []string{"web.err three"}; !slices.Equal(got, want) {
		t.Fatalf("got %q, want %q", got, want)
	}
	out, _ = f.ear("web", 1000)
	put(t, out, "four\nfi")
	if got, places = f.resume(places, 1); got[0] != "web.out four" {
		t.Fatalf("got %q", got)
	}
	if places["web.out"] != int64(len("one\ntwo\nfour\n")) {
		t.Errorf("the place is %d", places["web.out"])
	}
	f.drained(out)
	f.Store.Close()
}

// A place is of no use for a stream that is another one.
func TestResumeElsewhere(t *testing.T) {
	for name, places := range map[string]map[string]int64{
		"none":     nil,
		"beyond":   {"web.out": 1 << 40},
		"negative": {"web.out": -1},
	} {
		t.Run(name, func(t *testing.T) {
			f := newFixture(t)
			out, _ := f.ear("web", 1000)
			put(t, out, "one\n")
			if got, _ := f.resume(places, 1); got[0] != "web.out one" {
				t.Errorf("got %q", got)
			}
		})
	}
}

// At the end there is nothing to wait for: all that was written comes, also what
// has no newline.
func TestResumeToTheEnd(t *testing.T) {
	f := newFixture(t)
	out, _ := f.ear("web", 1000)
	var want []string
	for i := range 5000 {
		want = append(want, fmt.Sprintf("web.out %d", i))
	}
	put(t, out, strings.ReplaceAll(strings.Join(want, "\n"), "web.out ", ""))
	f.Settle()
	f.Store.Close()
	if err := f.Store.Resume(t.Context(), nil, nil); !errors.Is(err, ErrClosed) {
		t.Errorf("a closed store is read: %v", err)
	}
	f.reopen()
	go func() { f.Settle(); f.Store.Close() }()
	if got, _ := f.resume(nil, -1); !slices.Equal(got, want) {
		t.Errorf("got %d lines, want %d", len(got), len(want))
	}
}

// Who is too slow hears how much he has missed.
func TestResumeOvertaken(t *testing.T) {
	f := newFixture(t)
	out, _ := f.ear("web", 10)
	const count = 100_000
	go numbers(out, 0, count)
	sum := 0
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	begun := false
	_ = f.Store.Resume(ctx, nil, func(steps []Step) error {
		if !begun {
			begun = true
			f.drained(out)
			until(t, "the writer is done", func() bool {
				all, err := f.Tail("web", 1)
				return err == nil && len(all) == 1 && string(all[0].Text) == fmt.Sprintf("line %d", count-1)
			})
		}
		for _, s := range steps {
			sum += int(s.Lost)
			if s.Lost == 0 {
				sum++
			}
			if string(s.Text) == fmt.Sprintf("line %d", count-1) {
				cancel()
			}
		}
		return nil
	})
	if sum != count {
		t.Errorf("%d lines came or were counted as lost, want %d", sum, count)
	}
}
