package logs

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"
)

// crowd is n services, each of which has written lines of which no two are alike.
func (f *fixture) crowd(n, lines int) {
	f.Helper()
	for i := range n {
		out, _ := f.ear(fmt.Sprintf("s%03d", i), 1000)
		if err := numbers(out, i*lines, (i+1)*lines); err != nil {
			f.Fatal(err)
		}
		f.drained(out)
	}
}

// A query returns the newest lines that fit, and says that there are more.
func TestQueryIsBounded(t *testing.T) {
	f := newFixture(t)
	const services, lines = 8, 10_000
	f.crowd(services, lines)
	got, more, err := f.Store.Query(t.Context(), Query{})
	if err != nil || !more {
		t.Fatalf("more %v, %v", more, err)
	}
	weight := 0
	for i, l := range got {
		weight += (&entry{Line: l}).weight()
		if want := fmt.Sprintf("line %d", services*lines-len(got)+i); string(l.Text) != want {
			t.Fatalf("line %d of %d is %q, want %q", i, len(got), l.Text, want)
		}
	}
	if weight > Weight || weight < Weight-200 {
		t.Errorf("%d lines of weight %d", len(got), weight)
	}
	for _, n := range []int{0, 1, 12_345, len(got), len(got) + 1, mostLines, 1 << 30} {
		some, more, err := f.Store.Query(t.Context(), Query{Lines: &n})
		want := got[len(got)-min(n, len(got)):]
		if err != nil || more != (n > len(got)) || !slices.EqualFunc(some, want, func(a, b Line) bool { return string(a.Text) == string(b.Text) }) {
			t.Errorf("newest %d: %d lines, more %v, %v", n, len(some), more, err)
		}
	}
	since := got[len(got)/2].Time
	some, more, err := f.Store.Query(t.Context(), Query{Since: since})
	if err != nil || more || len(some) < len(got)/2 || some[0].Time.Before(since) {
		t.Errorf("since: %d lines of %d, more %v, %v", len(some), len(got), more, err)
	}
	fw := f.follow(Query{Since: got[0].Time, Lines: new(len(got))})
	for _, want := range got {
		if l := <-fw.lines; string(l.Text) != string(want.Text) {
			t.Fatalf("the backlog has %q, want %q", l.Text, want.Text)
		}
	}
}

// Long lines are bounded too, wherever they end.
func TestQueryOfLongLinesIsBounded(t *testing.T) {
	f := newFixture(t)
	out, _ := f.ear("web", 40_000)
	put(t, out, strings.Repeat(strings.Repeat("x", 4*maxLine)+"\n", 60)+"end\n")
	f.drained(out)
	got, more, err := f.Store.Query(t.Context(), Query{})
	if err != nil || !more || len(got) < Weight/maxLine-5 || string(got[len(got)-1].Text) != "end" {
		t.Errorf("%d lines, more %v, %v", len(got), more, err)
	}
	n := 3
	got, more, err = f.Store.Query(t.Context(), Query{Lines: &n})
	if err != nil || more || len(got) != 3 {
		t.Errorf("newest three: %d lines, more %v, %v", len(got), more, err)
	}
}

// What a query has in memory does not grow with the number of services.
func TestQueryMemory(t *testing.T) {
	f := newFixture(t)
	f.crowd(40, 20_000)
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	got, _, err := f.Store.Query(t.Context(), Query{})
	if err != nil || len(got) == 0 {
		t.Fatal(err)
	}
	runtime.ReadMemStats(&after)
	if grown := after.TotalAlloc - before.TotalAlloc; grown > 32*Weight {
		t.Errorf("%d MiB were allocated for %d lines", grown>>20, len(got))
	}
	runtime.GC()
	runtime.ReadMemStats(&after)
	if held := int64(after.HeapAlloc) - int64(before.HeapAlloc); held > 4*Weight {
		t.Errorf("%d lines hold %d KiB", len(got), held>>10)
	}
	runtime.KeepAlive(got)
}

// What is kept of an ear does not keep in memory all that was read of it.
func TestCollectionOwnsItsText(t *testing.T) {
	read := []byte("old new")
	n := 1
	c := collection{query: Query{Lines: &n}}
	c.add([]entry{{Line: Line{Stream: Stdout, Text: read[:3]}}, {Line: Line{Stream: Stdout, Text: read[4:]}}})
	copy(read, "xxxxxxx")
	if len(c.kept) != 1 || string(c.kept[0].Text) != "new" || c.more || !c.full {
		t.Errorf("kept %q, more %v, full %v", show(strip(c.kept)), c.more, c.full)
	}
}

func TestQueryEndsWithContext(t *testing.T) {
	f := newFixture(t)
	f.crowd(1, 1)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, _, err := f.Store.Query(ctx, Query{}); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
	if err := f.Store.Follow(ctx, Query{}, func() { t.Error("ready") }, nil); !errors.Is(err, context.Canceled) {
		t.Errorf("Follow: %v", err)
	}
}

// Where the clock is set back, a stream stays in order, and its newest lines are
// as new as they are.
func TestSignAfterClockSetBack(t *testing.T) {
	at := func(s int64) time.Time { return time.Unix(s, 0) }
	found := []entry{{Line: Line{Time: at(1)}}, {Line: Line{Time: at(90)}}, {Line: Line{Time: at(5)}}, {Line: Line{Time: at(6)}}}
	(&ear{}).sign(found)
	for i, want := range []int64{1, 5, 5, 6} {
		if found[i].key != at(want) {
			t.Errorf("line %d: %v", i, found[i].key)
		}
	}
	index := []record{{at: 0, wall: 1e9}, {at: 10, wall: 90e9}, {at: 20, wall: 5e9}, {at: 30, wall: 6e9}}
	if got := []int64{cameAfter(index, at(6), 40), cameAfter(index, at(91), 40), cameLast(index, at(6), 40), cameLast(index, at(2), 40), cameLast(index, at(7), 40)}; !slices.Equal(got, []int64{10, 40, 30, 10, 40}) {
		t.Errorf("got %v", got)
	}
}
