package logs

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"
	"time"
)

// FuzzSplit checks that no bytes and no index break the reader, and that the lines
// are the bytes.
func FuzzSplit(f *testing.F) {
	f.Add([]byte("one\ntwo\nthree"), []byte{}, uint16(0), true)
	good := record{at: 4, wall: 1, lost: 3}.encode()
	f.Add([]byte("one\ntwo\n"), good[:], uint16(0), false)
	f.Add(bytes.Repeat([]byte("x"), 2*maxLine), good[:], uint16(3), true)
	f.Fuzz(func(t *testing.T, text, index []byte, base uint16, tail bool) {
		at := int64(base)
		end := at + int64(len(text))
		records := decodeIndex(index, at, end, time.Unix(1, 0))
		got, next := split(text, at, records, tail)
		if next < at || next > end || tail && next != end {
			t.Fatalf("next is %d of %d to %d", next, at, end)
		}
		var back []byte
		for i, l := range got {
			if len(l.Text) > maxLine {
				t.Fatalf("a piece of %d bytes", len(l.Text))
			}
			back = append(back, l.Text...)
			stop := next
			if i+1 < len(got) {
				stop = got[i+1].at
			}
			if stop == l.at+int64(len(l.Text))+1 {
				back = append(back, '\n')
			}
		}
		if !bytes.Equal(back, text[:next-at]) {
			t.Fatalf("lines %q of %q", back, text)
		}
	})
}

// FuzzReopen opens a store on arbitrary segments.
func FuzzReopen(f *testing.F) {
	f.Add([]byte("one\ntwo\n"), []byte{}, "web.out.0000000000000000")
	torn := record{at: 99, wall: -1, lost: -3}.encode()
	f.Add([]byte("one\n"), torn[:23], "web.err.0000000000000010")
	f.Add([]byte(""), torn[:], "web.out.7fffffffffffffff")
	f.Add(make([]byte, 4096), mark{base: 0, size: 100, want: 200}.encode(), "web.out.0000000000000000")
	f.Fuzz(func(t *testing.T, text, index []byte, name string) {
		dir := t.TempDir()
		s, err := Open(Options{Dir: dir})
		if err != nil {
			t.Fatal(err)
		}
		s.Open("web", os.Getuid(), os.Getgid(), 10)
		s.Close()
		if name = filepath.Base(name); name == "/" || name == "." || name == ".." {
			return
		}
		path := filepath.Join(dir, "logs", name)
		mark := markPath(filepath.Join(dir, "logs", "web.out"))
		if os.WriteFile(path, text, 0o600) != nil || os.WriteFile(path+".idx", index, 0o600) != nil || os.WriteFile(mark, index, 0o600) != nil {
			return
		}
		if s, err = Open(Options{Dir: dir}); err != nil {
			return
		}
		defer s.Close()
		if _, _, err := s.Query(t.Context(), Query{}); err != nil {
			t.Fatal(err)
		}
		if _, err := s.Tail("web", 3); err != nil {
			t.Fatal(err)
		}
	})
}
