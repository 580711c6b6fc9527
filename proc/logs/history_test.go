package logs

import (
	"fmt"
	"slices"
	"strings"
	"testing"
)

// all is what All sends.
func (f *fixture) all(q Query) []Line {
	f.Helper()
	var got []Line
	ready := false
	err := f.All(f.Context(), q, func() { ready = true }, func(l Line) error {
		got = append(got, l)
		return nil
	})
	if err != nil || !ready {
		f.Fatalf("ready %v, %v", ready, err)
	}
	return got
}

// However much is kept, all of it comes, in the order in which it was heard; of a number
// of lines the newest.
func TestAll(t *testing.T) {
	f := newFixture(t)
	out, fail := f.ear("web", 1_000_000)
	other, _ := f.ear("other", 1_000_000)
	const total = 60_000 // far more than Weight
	next := [3]int{}
	for i := 0; next[0] < total; i++ {
		for k, w := range []*struct {
			name string
			put  func(from, to int) error
		}{
			{"web.out", func(a, b int) error { return numbers(out, a, b) }},
			{"web.err", func(a, b int) error { return numbers(fail, a, b) }},
			{"other.out", func(a, b int) error { return numbers(other, a, b) }},
		} {
			n := (i + k) % 3 * 2_000
			if err := w.put(next[k], next[k]+n); err != nil {
				t.Fatal(err)
			}
			next[k] += n
		}
		f.drained(out)
		f.drained(fail)
		f.drained(other)
		f.tick()
	}
	put(t, out, "unfinished")
	f.drained(out)
	if _, more, _ := f.Store.Query(t.Context(), Query{}); !more {
		t.Fatal("a query holds it all")
	}
	check := func(got []Line, want [3]int, tail bool) {
		t.Helper()
		if tail {
			if l := got[len(got)-1]; string(l.Text) != "unfinished" || !l.Partial {
				t.Fatalf("the last line is %q", l.Text)
			}
			got = got[:len(got)-1]
		}
		for i, l := range got {
			k := slices.Index([]string{"web.stdout", "web.stderr", "other.stdout"}, l.Service+"."+l.Stream)
			if string(l.Text) != fmt.Sprintf("line %d", want[k]) {
				t.Fatalf("line %d: %q of %s %s, want line %d", i, l.Text, l.Service, l.Stream, want[k])
			}
			if i > 0 && l.Time.Before(got[i-1].Time) {
				t.Fatalf("line %d is older than the one before", i)
			}
			want[k]++
		}
		if want != next {
			t.Fatalf("it ends at %v, want %v", want, next)
		}
	}
	everything := f.all(Query{})
	check(everything, [3]int{}, true)
	check(f.all(Query{Names: []string{"web"}}), [3]int{2: next[2]}, true)
	check(f.all(Query{Stream: Stderr}), [3]int{next[0], 0, next[2]}, false)

	n := 50_000
	newest := f.all(Query{Lines: &n})
	if len(newest) != n || string(newest[0].Text) != string(everything[len(everything)-n].Text) {
		t.Errorf("%d lines from %q, want %d from %q", len(newest), newest[0].Text, n, everything[len(everything)-n].Text)
	}
	since := everything[len(everything)/2].Time
	for _, l := range f.all(Query{Since: since}) {
		if l.Time.Before(since) {
			t.Fatalf("%q is too old", l.Text)
		}
	}

	// So it is for who follows, who goes on with what comes then, without the tail.
	fw := f.follow(Query{Names: []string{"other"}})
	put(t, other, "more\n")
	for i := range next[2] {
		if l := <-fw.lines; string(l.Text) != fmt.Sprintf("line %d", i) {
			t.Fatalf("line %d is %q", i, l.Text)
		}
	}
	if got := fw.next(1); got[0] != "other.out more" {
		t.Errorf("then %q", got)
	}
	fw = f.follow(Query{Names: []string{"web"}, Lines: &n})
	for range n {
		if l := <-fw.lines; l.Lost > 0 {
			t.Fatal("something is lost")
		}
	}
	put(t, out, "?\n")
	if got := fw.next(1); got[0] != "web.out unfinished?" {
		t.Errorf("then %q", got)
	}
}

// Many services, whose lines alternate, are read in small pieces.
func TestAllOfMany(t *testing.T) {
	f := newFixture(t)
	const services, lines = 150, 300
	for i := range services {
		out, _ := f.ear(fmt.Sprintf("s%d", i), defaultLines)
		if err := numbers(out, 0, lines); err != nil {
			t.Fatal(err)
		}
		if i == 0 {
			put(t, out, strings.Repeat("x", 3*maxLine)+"\n")
		}
		f.drained(out)
	}
	next := map[string]int{}
	got := f.all(Query{})
	for _, l := range got {
		if l.Text[0] == 'x' {
			continue
		}
		if string(l.Text) != fmt.Sprintf("line %d", next[l.Service]) {
			t.Fatalf("%q of %s, want line %d", l.Text, l.Service, next[l.Service])
		}
		next[l.Service]++
	}
	if len(got) < services*lines+3 {
		t.Errorf("%d lines", len(got))
	}
}

// Who reads while the ring turns is told what is missing.
func TestAllWhileItTurns(t *testing.T) {
	f := newFixture(t)
	out, _ := f.ear("web", 1)
	if err := numbers(out, 0, 10_000); err != nil {
		t.Fatal(err)
	}
	f.drained(out)
	next, lost, turned := -1, false, false
	err := f.All(t.Context(), Query{}, func() {}, func(l Line) error {
		if !turned {
			turned = true
			if err := numbers(out, 10_000, 100_000); err != nil {
				t.Fatal(err)
			}
			f.drained(out)
		}
		switch {
		case l.Lost > 0:
			lost = true
			next += int(l.Lost)
		case next < 0:
			fmt.Sscanf(string(l.Text), "line %d", &next)
			next++
		case string(l.Text) != fmt.Sprintf("line %d", next):
			t.Fatalf("%q, want line %d", l.Text, next)
		default:
			next++
		}
		return nil
	})
	if err != nil || !lost {
		t.Errorf("lost %v, %v", lost, err)
	}
}
