package logs

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// flooded floods a service that has a log file until it has slabs.
func (f *fixture) flooded(path string) (pipe *os.File, lines int) {
	f.Helper()
	f.relog("web", path, 0, 0)
	pipe, _ = f.ear("web", 1)
	until(f.T, "the ear has a slab", func() bool {
		if err := numbers(pipe, lines, lines+20_000); err != nil {
			f.Fatal(err)
		}
		lines += 20_000
		return f.slabs("web") > 0
	})
	return pipe, lines
}

// slabs is how many segments of a service's stdout are slabs.
func (f *fixture) slabs(name string) (n int) {
	e := f.services[name].out
	f.pump.order(func() {
		for _, there := range []bool{e.before != nil, e.current != nil && e.current.slab != nil} {
			if there {
				n++
			}
		}
	})
	return n
}

// A flood is kept in slabs, and has all its lines in the file and in the ring.
func TestSlabs(t *testing.T) {
	f := newFixture(t)
	path := filepath.Join(t.TempDir(), "web.log")
	pipe, lines := f.flooded(path)
	until(t, "a slab is used again", func() bool {
		if err := numbers(pipe, lines, lines+20_000); err != nil {
			t.Fatal(err)
		}
		lines += 20_000
		return f.slabs("web") == 2
	})
	if err := numbers(pipe, lines, lines+400_000); err != nil {
		t.Fatal(err)
	}
	lines += 400_000
	untilFile(t, path, numbered(0, lines))
	f.inRing(lines)
	until(t, "there are none when it is over", func() bool { return f.slabs("web") == 0 })
	if _, err := os.Stat(markPath(f.services["web"].out.path)); !os.IsNotExist(err) {
		t.Errorf("the mark is left: %v", err)
	}
	f.inRing(lines)
	f.reopen()
	f.inRing(lines)
}

// A line now and then is no flood: the slabs are given back.
func TestTrickleAfterAFlood(t *testing.T) {
	f := newFixture(t)
	pipe, _ := f.flooded(filepath.Join(t.TempDir(), "web.log"))
	var last time.Time
	until(t, "there are no slabs any more", func() bool {
		if time.Since(last) > 50*time.Millisecond {
			put(t, pipe, "a line that is longer than a nonce\n")
			last = time.Now()
		}
		return f.slabs("web") == 0
	})
}

// Also of an ear that is watched under load, as there are too many others.
func TestSlabsOfTheWatched(t *testing.T) {
	f := newFixture(t)
	f.ear("web", 1)
	e := f.services["web"].out
	f.pump.order(func() {
		e.mark = &marker{fd: -1}
		f.pump.loud = make([]*ear, loudMax)
		f.pump.attend(e, loudness)
		f.pump.loud = nil
	})
	until(t, "its slabs are given back", func() (sealed bool) {
		f.pump.order(func() { sealed = e.mark == nil })
		return sealed
	})
}

// Somebody who cuts the files of a flood harms what is in them, and not the server.
func TestCutSlab(t *testing.T) {
	f := newFixture(t)
	path := filepath.Join(t.TempDir(), "web.log")
	pipe, lines := f.flooded(path)
	ring := f.services["web"].out.path
	stop, cut := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(cut)
		for {
			select {
			case <-stop:
				return
			default:
			}
			files, _ := filepath.Glob(ring + ".*")
			for _, file := range files {
				if !strings.HasSuffix(file, ".idx") {
					_ = os.Truncate(file, 0)
				}
			}
		}
	}()
	for range 100 {
		if err := numbers(pipe, lines, lines+20_000); err != nil {
			t.Fatal(err)
		}
		lines += 20_000
	}
	close(stop)
	<-cut
	until(t, "the copy goes on", func() bool {
		put(t, pipe, "the last line\n")
		text, err := os.ReadFile(path)
		return err == nil && bytes.HasSuffix(text, []byte("the last line\n"))
	})
}

// inRing checks that the newest lines of all are in the ring.
func (f *fixture) inRing(all int) {
	f.Helper()
	got, err := f.Tail("web", 50)
	if err != nil {
		f.Fatal(err)
	}
	var text bytes.Buffer
	for _, l := range got {
		text.Write(append(l.Text, '\n'))
	}
	if text.String() != numbered(all-50, all) {
		f.Errorf("the ring ends with %.300q", text.String())
	}
}

// What a reader has found is not written over, however often the ring turns.
func TestSlabIsNotWrittenOverUnderAReader(t *testing.T) {
	f := newFixture(t)
	pipe, lines := f.flooded(filepath.Join(t.TempDir(), "web.log"))
	e := f.services["web"].out
	v, err := e.look()
	if err != nil {
		t.Fatal(err)
	}
	defer v.close()
	was, err := v.read(v.start(), v.end)
	if err != nil {
		t.Fatal(err)
	}
	until(t, "the ring has turned", func() bool {
		if err := numbers(pipe, lines, lines+20_000); err != nil {
			t.Fatal(err)
		}
		lines += 20_000
		return e.end.Load() > v.end+5*e.capacity()
	})
	is, err := v.read(v.start(), v.end)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(is, was) {
		t.Error("it has other bytes now")
	}
}

// A slab is used again when nobody needs what is in it.
func TestRecycle(t *testing.T) {
	for _, tt := range []struct {
		name   string
		before func(e *ear)
		again  bool
	}{
		{"nobody needs it", func(*ear) {}, true},
		{"it is not copied yet", func(e *ear) { e.copy.Load().at = e.current.base - 1 }, false},
		{"somebody reads it", func(e *ear) { e.readers.Add(1) }, false},
		{"nobody copies any more", func(e *ear) { e.copy.Store(nil) }, false},
		{"there are to be more lines", func(e *ear) { e.lines.Store(8192) }, false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			e := &ear{path: filepath.Join(t.TempDir(), "web.out"), flooded: true}
			e.copy.Store(&copying{at: farthest})
			for i := range 3 {
				if i == 2 {
					tt.before(e)
				}
				if err := e.rotate(false, nil); err != nil {
					t.Fatal(err)
				}
				g := e.current
				if e.full() || g.size > 0 {
					t.Fatalf("segment %d is full", i)
				}
				if i == 0 {
					g.slab.mem[0] = 'x'
				}
				if i < 2 {
					g.size = g.slab.size()
					e.end.Add(g.size)
				}
			}
			defer e.current.close()
			defer e.seal()
			if again := e.current.slab.mem[0] == 'x'; again != tt.again {
				t.Errorf("it is used again: %t", again)
			}
			if files, _ := filepath.Glob(e.path + ".*"); len(files) != 5 {
				t.Errorf("the files are %v", files)
			}
		})
	}
}

// A successor finds out how far a slab has come.
func TestSettleSlab(t *testing.T) {
	secret := nonce{1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16}
	text := "one\ntwo\nthree\nfour\nfive\n"
	size := int64(len(text))
	for _, tt := range []struct {
		name string
		mark mark
		at   int64 // where the nonce is; 0: nowhere
		want int64 // the size of the segment
	}{
		{"nothing was wanted", mark{0, 8, 0, secret}, 0, 8},
		{"the read was not done", mark{0, 4, 20, secret}, 8, 4},
		{"the read was done", mark{0, 4, 20, secret}, 0, 24},
		{"it was the first read", mark{0, 0, size, secret}, 0, size},
		{"of another segment", mark{99, 0, 0, secret}, 0, size},
		{"larger than the file", mark{0, 1 << 40, 0, secret}, 0, size},
		{"negative", mark{0, -1, 0, secret}, 0, size},
		{"wants more than the file has", mark{0, 4, 1 << 40, secret}, 0, size},
	} {
		t.Run(tt.name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "web.out")
			b := []byte(text)
			if tt.at > 0 {
				copy(b[tt.at:], secret[:])
			}
			for name, b := range map[string][]byte{segmentPath(path, 0): b, markPath(path): tt.mark.encode()} {
				if err := os.WriteFile(name, b, 0o600); err != nil {
					t.Fatal(err)
				}
			}
			e := &ear{path: path}
			if err := e.restore([]int64{0}); err != nil {
				t.Fatal(err)
			}
			if e.end.Load() != tt.want {
				t.Errorf("it has %d bytes, want %d", e.end.Load(), tt.want)
			}
			if st, err := os.Stat(segmentPath(path, 0)); err != nil || st.Size() != tt.want {
				t.Errorf("the file has %v, %v", st.Size(), err)
			}
			if _, err := os.Stat(markPath(path)); err == nil {
				t.Error("the mark is left")
			}
		})
	}
}

// A mark that a former service of this name has left speaks of no segment of another.
func TestStrayMark(t *testing.T) {
	f := newFixture(t)
	stray := markPath(filepath.Join(f.dir, "logs", "web.out"))
	if err := os.WriteFile(stray, mark{size: 4}.encode(), 0o600); err != nil {
		t.Fatal(err)
	}
	f.reopen()
	pipe, _ := f.ear("web", 10)
	put(t, pipe, "one\ntwo\n")
	f.lines(Query{}, 2)
	f.reopen()
	if got := f.lines(Query{}, 2); len(got) != 2 {
		t.Errorf("there are %v", show(got))
	}
}

// slabbed makes an ear with an empty slab, and the end of its pipe to write to. flags
// are those of the pipe, pipe2(2).
func slabbed(t *testing.T, flags int) (e *ear, to int) {
	t.Helper()
	var pipe [2]int
	if err := unix.Pipe2(pipe[:], unix.O_NONBLOCK|unix.O_CLOEXEC|flags); err != nil {
		t.Fatal(err)
	}
	e = &ear{path: filepath.Join(t.TempDir(), "web.out"), fd: pipe[0], flooded: true}
	e.copy.Store(&copying{})
	var err error
	if e.current, err = e.next(0); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		e.seal()
		e.current.close()
		unix.Close(pipe[0])
		unix.Close(pipe[1])
	})
	return e, pipe[1]
}

// A read of what is in the pipe is done as a whole, and says so by itself.
func TestScoop(t *testing.T) {
	e, pipe := slabbed(t, 0)
	g := e.current
	room := g.slab.size()
	for _, step := range []struct {
		write, want, read int64
	}{
		{16, 100, 16},
		{1000, 100, 100},
		{0, 1 << 40, 900},
		{0, 1 << 40, 0}, // the writer will come again
		{room - 1016 - 8, 1 << 40, room - 1016 - 16}, // the rest has room for a nonce
		{100, 1 << 40, 16},
	} {
		b := bytes.Repeat([]byte("x"), int(step.write))
		for len(b) > 0 {
			if _, err := unix.FcntlInt(uintptr(pipe), unix.F_SETPIPE_SZ, widePipe); err != nil {
				t.Skip("pipes cannot be enlarged here")
			}
			n, err := unix.Write(pipe, b)
			if err != nil {
				t.Fatal(err)
			}
			b = b[n:]
		}
		n, err := e.take(step.want)
		if err != nil && (step.read > 0 || err != unix.EAGAIN) || n != step.read || g.slab == nil {
			t.Fatalf("it read %d bytes of %+v: %v", n, step, err)
		}
	}
	if !e.full() || !bytes.Equal(g.slab.mem, bytes.Repeat([]byte("x"), int(room))) {
		t.Error("the slab is not full of what was written")
	}
}

// Whenever the server is killed in a flood, the file has each byte once.
func TestKillInAFlood(t *testing.T) {
	for _, tt := range []struct {
		name string
		max  int64
	}{{"one file", 0}, {"rotation", 1 << 20}} {
		t.Run(tt.name, func(t *testing.T) {
			marked := 0
			killedWhileWriting(t, tt.max, 2000, time.Microsecond, 15, func(f *fixture, server *exec.Cmd) {
				mark := markPath(filepath.Join(f.dir, "logs", "web.out"))
				until(t, "there is a slab", func() bool {
					_, err := os.Stat(mark)
					return err == nil
				})
				killSoon(server)
				if _, err := os.Stat(mark); err == nil {
					marked++
				}
			})
			if t.Logf("%d kills met a slab", marked); marked == 0 {
				t.Error("no kill met a slab")
			}
		})
	}
}
