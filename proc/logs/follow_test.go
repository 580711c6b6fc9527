package logs

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
)

// followed is a Follow under way.
type followed struct {
	lines chan Line
	end   chan error
	stop  context.CancelFunc
}

// follow returns when Follow is ready.
func (f *fixture) follow(q Query) followed {
	ctx, cancel := context.WithCancel(f.Context())
	fw := followed{lines: make(chan Line), end: make(chan error, 1), stop: cancel}
	ready := make(chan struct{})
	go func() {
		fw.end <- f.Store.Follow(ctx, q, func() { close(ready) }, func(l Line) error {
			select {
			case fw.lines <- l:
				return nil
			case <-ctx.Done():
				return ctx.Err()
			}
		})
	}()
	f.Cleanup(cancel)
	<-ready
	return fw
}

func (fw followed) next(n int) []string {
	var got []Line
	for range n {
		got = append(got, <-fw.lines)
	}
	return show(got)
}

func TestFollow(t *testing.T) {
	f := newFixture(t)
	out, _ := f.ear("web", 1000)
	put(t, out, "old\none\npro")
	f.lines(Query{}, 3)
	one := 1
	fw := f.follow(Query{Lines: &one})
	expect := func(want ...string) {
		t.Helper()
		if got := fw.next(len(want)); !slices.Equal(got, want) {
			t.Errorf("got %q, want %q", got, want)
		}
	}
	expect("web.out one")
	put(t, out, "mpt\ntwo\nhal")
	expect("web.out prompt", "web.out two")
	put(t, out, "f\n")
	expect("web.out half")
	_, late := f.ear("late", 1000)
	put(t, late, "three\n")
	expect("late.err three")
	f.Forget("web")
	out, _ = f.ear("web", 1000)
	put(t, out, "four\n")
	expect("web.out four")
	put(t, out, strings.Repeat("x", maxLine+5))
	expect("web.out xxx*16384+")
	put(t, out, "y\n")
	expect("web.out xxxxxy")
	fw.stop()
	if err := <-fw.end; !errors.Is(err, context.Canceled) {
		t.Errorf("end: %v", err)
	}
}

func TestFollowNothing(t *testing.T) {
	f := newFixture(t)
	fw := f.follow(Query{Names: []string{"web"}, Stream: Stderr, Lines: new(int)})
	out, err := f.ear("web", 1000)
	put(t, out, "not this\n")
	put(t, err, "this\n")
	if got := fw.next(1); got[0] != "web.err this" {
		t.Errorf("got %q", got)
	}
	f.Store.Close()
	if err := <-fw.end; err != ErrClosed {
		t.Errorf("end: %v", err)
	}
}

// A follower that keeps up with the ring gets each line once.
func TestFollowRotation(t *testing.T) {
	f := newFixture(t)
	out, _ := f.ear("web", 1)
	fw := f.follow(Query{})
	const total = 30_000 // several rings
	for from := 0; from < total; from += 1000 {
		if err := numbers(out, from, from+1000); err != nil {
			t.Fatal(err)
		}
		for i := range 1000 {
			if l := <-fw.lines; string(l.Text) != fmt.Sprintf("line %d", from+i) {
				t.Fatalf("line %d is %q, lost %d", from+i, l.Text, l.Lost)
			}
		}
	}
}

// One that does not keep up is told how many it has missed.
func TestFollowOvertaken(t *testing.T) {
	f := newFixture(t)
	out, _ := f.ear("web", 1)
	if err := numbers(out, 0, 3000); err != nil {
		t.Fatal(err)
	}
	f.drained(out)
	f.lines(Query{}, 3000)
	fw := f.follow(Query{Lines: new(int)})
	if err := numbers(out, 3000, 3001); err != nil {
		t.Fatal(err)
	}
	const total = 100_000
	if got := fw.next(1); got[0] != "web.out line 3000" {
		t.Fatalf("got %q", got)
	}
	if err := numbers(out, 3001, total); err != nil {
		t.Fatal(err)
	}
	var lost int64
	for i := int64(3001); i < total; i++ {
		l := <-fw.lines
		if l.Lost > 0 {
			lost += l.Lost
			i += l.Lost - 1
			continue
		}
		if string(l.Text) != fmt.Sprintf("line %d", i) {
			t.Fatalf("line %d, after %d lost, is %q", i, lost, l.Text)
		}
	}
	if lost == 0 {
		t.Error("nothing was lost, so nothing was tried")
	}
}

func TestFollowLoss(t *testing.T) {
	f := tiny(t)
	out, _ := f.ear("web", 1000)
	fw := f.follow(Query{})
	f.fill()
	put(t, out, "a\n")
	if got := fw.next(1); got[0] != "web.out lost 1" {
		t.Errorf("got %q", got)
	}
	put(t, out, "b\nc\n")
	if got := fw.next(1); got[0] != "web.out lost 2" {
		t.Errorf("got %q", got)
	}
}

func TestSlowFollowerDelaysNobody(t *testing.T) {
	f := newFixture(t)
	out, _ := f.ear("web", 1)
	fw := f.follow(Query{})
	if err := numbers(out, 0, 200_000); err != nil { // more than ring and pipe hold
		t.Fatal(err)
	}
	f.drained(out)
	fw.stop()
	<-fw.end
}
