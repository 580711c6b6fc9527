package logs

import (
	"os"
	"path/filepath"
	"testing"

	"golang.org/x/sys/unix"
)

// tinyOf is a store whose files are on a file system of a few bytes.
func tinyOf(t *testing.T, size string) *fixture {
	t.Helper()
	dir := t.TempDir()
	if err := unix.Mount("tmpfs", dir, "tmpfs", 0, "size="+size); err != nil {
		t.Skipf("cannot mount a tmpfs, so cannot fill one: %v", err)
	}
	t.Cleanup(func() { unix.Unmount(dir, unix.MNT_DETACH) })
	f := &fixture{T: t, dir: dir}
	f.reopen()
	t.Cleanup(func() { f.Store.Close() })
	return f
}

// Output leaves room for what the server has to save, and goes on when there is more.
func TestReserve(t *testing.T) {
	f := tinyOf(t, "4m")
	var pipes []*os.File
	for _, name := range []string{"a", "b", "c", "d", "e", "f"} {
		out, err := f.ear(name, 4000)
		pipes = append(pipes, out, err)
	}
	var last *os.File
	for _, pipe := range pipes {
		if err := numbers(pipe, 0, 60_000); err != nil {
			t.Fatal(err)
		}
		f.drained(pipe)
		last = pipe
	}
	const saved = 768 << 10
	record := filepath.Join(f.dir, "record")
	if err := os.WriteFile(record, make([]byte, saved), 0o600); err != nil {
		t.Fatalf("nothing can be saved: %v", err)
	}
	stat, err := os.ReadDir(filepath.Join(f.dir, "logs"))
	if err != nil || len(stat) < 10 {
		t.Errorf("%d files of logs, %v: so the file system was not nearly full", len(stat), err)
	}
	f.mu.Lock()
	lost := f.services["f"].err.loss.Load()
	f.mu.Unlock()
	if lost == nil || lost.lines == 0 {
		t.Fatal("nothing was lost, so nothing was tried")
	}
	os.Remove(record)
	f.Forget("a")
	f.Forget("b")
	put(t, last, "again\n")
	until(t, "it is written again", func() bool {
		tail, err := f.Tail("f", 2)
		return err == nil && len(tail) == 2 && string(tail[1].Text) == "again" && tail[0].Lost > 0
	})
}

// With little space only a complete ring may turn, as that gives space back.
func TestReserveTurnsRings(t *testing.T) {
	f := tinyOf(t, "4m")
	web, _ := f.ear("web", 1)
	db, _ := f.ear("db", 1)
	if err := numbers(web, 0, 10_000); err != nil {
		t.Fatal(err)
	}
	put(t, db, "one\n")
	f.drained(web)
	f.lines(Query{Names: []string{"db"}}, 1)
	f.fill()
	for name, want := range map[string]error{"web": nil, "db": errShort} {
		e := f.services[name].out
		f.pump.order(func() {
			before := e.end.Load()
			err := f.pump.rotate(e)
			if err != want || (err == nil) != (e.current.base == before) {
				t.Errorf("%s: %v", name, err)
			}
		})
	}
}

func TestSpace(t *testing.T) {
	s := space{dir: t.TempDir() + "/none"}
	if err := s.allow(); err != nil {
		t.Errorf("a file system that does not say: %v", err)
	}
	s.spend(s.credit)
	if s.credit > 0 {
		t.Errorf("a credit of %d after all was spent", s.credit)
	}
	full := space{dir: tinyOf(t, "256k").dir}
	free, reserve := full.look()
	if reserve != 128<<10 {
		t.Errorf("a reserve of %d", reserve)
	}
	if err := full.allow(); err != nil || full.credit != free-reserve {
		t.Errorf("a credit of %d of %d, %v", full.credit, free, err)
	}
	for _, tt := range []struct {
		name string
		take int64
		want error
	}{{"reserve reached", free - reserve, errShort}, {"hardly more", free - reserve - 8<<10, errShort}, {"more", 0, nil}} {
		if err := os.WriteFile(filepath.Join(full.dir, "take"), make([]byte, tt.take), 0o600); err != nil {
			t.Fatal(err)
		}
		full.credit = 0
		if err := full.allow(); err != tt.want {
			t.Errorf("%s: %v", tt.name, err)
		}
	}
}
