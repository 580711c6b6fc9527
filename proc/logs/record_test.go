package logs

import (
	"bytes"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// record records, and waits until it is there.
func (f *fixture) record(service, text string) {
	f.Helper()
	if err := f.Record(service, []byte(text)); err != nil {
		f.Fatal(err)
	}
	f.Recorded()
}

func (f *fixture) expect(q Query, want ...string) {
	f.Helper()
	got, err := f.Query(q)
	if err != nil || !slices.Equal(show(got), want) {
		f.Errorf("got %q, want %q (%v)", show(got), want, err)
	}
}

// What is recorded is a stream of its own, with pipes and without, over restarts,
// until the service is forgotten.
func TestRecord(t *testing.T) {
	f := newFixture(t)
	f.record(Unclaimed, "nobody's\n")
	f.record("web", "before its pipes")
	out, _ := f.ear("web", 7)
	put(t, out, "out\n")
	f.drained(out)
	f.tick()
	f.record("web", "two\nlines\n\n")
	f.record("web", "")
	f.expect(Query{Names: []string{"web"}, Stream: Syslog}, "web.log before its pipes", "web.log two", "web.log lines", "web.log ")
	f.expect(Query{Names: []string{"web"}, Stream: Stdout}, "web.out out")
	f.reopen()
	f.record("web", "after")
	f.expect(Query{Names: []string{Unclaimed}}, "syslog.log nobody's")
	f.expect(Query{Names: []string{"web"}, Stream: Syslog}, "web.log before its pipes", "web.log two", "web.log lines", "web.log ", "web.log after")
	if got := f.services["web"].syslog.lines.Load(); got != 7 {
		t.Errorf("%d lines are kept", got)
	}
	f.Forget(Unclaimed)
	f.Forget("web")
	f.expect(Query{})
	if left, _ := filepath.Glob(filepath.Join(f.dir, "logs", "*")); len(left) > 0 {
		t.Errorf("left: %q", left)
	}
	f.Store.Close()
	if err := f.Record("web", nil); err != ErrClosed {
		t.Errorf("recorded in a closed store: %v", err)
	}
}

// Whoever follows gets it, and a long message in pieces.
func TestRecordIsFollowed(t *testing.T) {
	f := newFixture(t)
	fw := f.follow(Query{})
	f.record("web", strings.Repeat("x", maxLine+1))
	if got, want := fw.next(2), []string{"web.log xxx*16384+", "web.log x"}; !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
}

// Its ring is bounded, and what comes too fast is counted.
func TestRecordTooMuch(t *testing.T) {
	f := newFixture(t)
	f.record("web", "first")
	f.services["web"].syslog.lines.Store(1)
	hold, held := make(chan struct{}), make(chan struct{})
	go f.pump.order(func() { close(held); <-hold })
	<-held
	text := bytes.Repeat([]byte("x"), 1000)
	const total = 5000
	for range total {
		if err := f.Record("web", text); err != nil {
			t.Fatal(err)
		}
	}
	close(hold)
	f.record("web", "last")
	got, err := f.Query(Query{Stream: Syslog})
	if err != nil {
		t.Fatal(err)
	}
	var lost int64
	for _, l := range got {
		lost += l.Lost
	}
	if fit := int64(queuedMax / 1001); lost != total-fit {
		t.Errorf("%d of %d are lost, want %d", lost, total, total-fit)
	}
	var size int64
	files, _ := filepath.Glob(filepath.Join(f.dir, "logs", "*"))
	for _, name := range files {
		if st, err := os.Stat(name); err == nil {
			size += st.Size()
		}
	}
	if most := int64(segments*(64<<10) + 2*10_000*recordSize); size > most {
		t.Errorf("%d bytes are kept, want %d at most", size, most)
	}
	if l := got[len(got)-1]; string(l.Text) != "last" {
		t.Errorf("the last one is %q", l.Text)
	}
}
