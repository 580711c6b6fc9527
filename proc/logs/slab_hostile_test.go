package logs

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"

	"golang.org/x/sys/unix"
)

// ringOfSlabs makes an ear with two full slabs, one of x and one of y, all copied.
func ringOfSlabs(t *testing.T) *ear {
	t.Helper()
	e := &ear{path: filepath.Join(t.TempDir(), "web.out"), flooded: true}
	e.copy.Store(&copying{at: farthest})
	for _, letter := range []byte("xy") {
		if err := e.rotate(false, nil); err != nil {
			t.Fatal(err)
		}
		e.current.size = int64(copy(e.current.slab.mem, bytes.Repeat([]byte{letter}, int(e.current.slab.size()))))
		e.end.Add(e.current.size)
	}
	t.Cleanup(func() {
		e.seal()
		e.current.close()
	})
	return e
}

// A slab that has its new name already, and can't be used after all, leaves no file with
// old bytes under that name.
func TestRecycleFails(t *testing.T) {
	e := ringOfSlabs(t)
	path := segmentPath(e.path, e.end.Load())
	if err := os.Mkdir(path+".idx", 0o700); err != nil {
		t.Fatal(err)
	}
	if err := e.rotate(false, nil); err == nil {
		t.Fatal("it went without an index")
	}
	if st, err := os.Stat(path); err == nil && st.Size() > 0 {
		t.Error("the old bytes are there as new ones")
	}
}

// Once the copyist has passed the end of a slab it looks at no byte of it again: the
// pump may write over it at once.
func TestTornAtTheEndOfASlab(t *testing.T) {
	e := ringOfSlabs(t)
	full := e.spans()[0].slab
	size := full.size()
	c := &copyist{pump: &pump{closed: true}, file: logFile{fd: -1, target: target{path: filepath.Join(t.TempDir(), "log")}}}
	defer c.file.close()
	progress := &copying{at: size - 4, held: true, need: size}
	e.copy.Store(progress)
	for i := range c.cursors {
		c.cursors[i] = newCopyCursor(e, progress, &c.left)
	}
	s := c.cursors[0]
	defer s.close()
	if err := s.look(); err != nil {
		t.Fatal(err)
	}
	text, err := s.read(make([]byte, 4))
	if err != nil || string(text) != "xxxx" {
		t.Fatalf("it reads %q, %v", text, err)
	}
	if err := c.file.ready(); err != nil {
		t.Fatal(err)
	}
	c.pump.mu.Lock() // in there the copyist has passed, and waits
	done := make(chan error)
	go func() { done <- c.write(s, text) }()
	until(t, "it has passed", func() bool { return progress.past(size) })
	if err := e.rotate(false, nil); err != nil {
		t.Fatal(err)
	}
	if e.current.slab != full {
		t.Fatal("the slab is not used again")
	}
	full.mem[size-1] = '\n'
	c.pump.mu.Unlock()
	if err := <-done; err != nil {
		t.Fatal(err)
	}
	if c.torn != s {
		t.Error("the file ends within a line, and the copyist believes that it ends with one")
	}
}

// A copyist that stands at the end of a slab does not take the next bytes out of it,
// though the file grows once more, as that of another segment.
func TestCursorLeavesASlab(t *testing.T) {
	e := ringOfSlabs(t)
	size := e.current.size
	progress := &copying{at: size - 4}
	e.copy.Store(progress)
	var c copyist
	s := newCopyCursor(e, progress, &c.left)
	defer s.close()
	if err := s.look(); err != nil {
		t.Fatal(err)
	}
	text, err := s.read(make([]byte, 4))
	if err != nil {
		t.Fatal(err)
	}
	s.pass(text)
	if err := e.rotate(false, nil); err != nil {
		t.Fatal(err)
	}
	e.seal()
	n, err := e.current.put(bytes.Repeat([]byte("z"), int(size)+100))
	if err != nil {
		t.Fatal(err)
	}
	e.end.Add(n)
	if err := s.look(); err != nil {
		t.Fatal(err)
	}
	if text, err = s.read(make([]byte, 4)); err != nil || string(text) != "yyyy" {
		t.Errorf("it reads %q, %v", text, err)
	}
}

// A service may have its pipe hand out packets, fcntl(2) O_DIRECT: then a read takes
// only one. What is kept is known all the same, to us and to a successor.
func TestPackets(t *testing.T) {
	e, pipe := slabbed(t, unix.O_DIRECT)
	for range 4 {
		if _, err := unix.Write(pipe, bytes.Repeat([]byte("x"), 100)); err != nil {
			t.Fatal(err)
		}
	}
	var sum int64
	for sum < 400 {
		n, err := e.take(1000)
		if err != nil {
			t.Fatalf("after %d bytes: %v", sum, err)
		}
		sum += n
		next := &ear{path: copyOf(t, e.path)}
		if err := next.restore([]int64{0}); err != nil || next.end.Load() != sum {
			t.Fatalf("a successor has %d bytes of %d: %v", next.end.Load(), sum, err)
		}
	}
}

// copyOf copies the files whose names begin with path, and gives the beginning of the
// copies' names.
func copyOf(t *testing.T, path string) string {
	t.Helper()
	to := filepath.Join(t.TempDir(), filepath.Base(path))
	files, err := filepath.Glob(path + ".*")
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range files {
		b, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(to+file[len(path):], b, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return to
}
