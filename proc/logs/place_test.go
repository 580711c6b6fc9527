package logs

import (
	"os"
	"path/filepath"
	"testing"

	"golang.org/x/sys/unix"
)

// However much of a write the kill let through, the next one goes on behind it.
func TestSettled(t *testing.T) {
	path := filepath.Join(t.TempDir(), "web.log")
	if err := os.WriteFile(path, make([]byte, 1000), 0o600); err != nil {
		t.Fatal(err)
	}
	var st unix.Stat_t
	if err := unix.Stat(path, &st); err != nil {
		t.Fatal(err)
	}
	during := place{at: [2]int64{5, 100}, stream: 1, to: 150, dev: uint64(st.Dev), ino: st.Ino}
	for name, tt := range map[string]struct {
		size, stream int64 // of the file before
		ino          uint64
		want         int64
		torn         bool
	}{
		"nothing written":  {1000, 1, st.Ino, 100, false},
		"a part":           {980, 1, st.Ino, 120, true},
		"all":              {950, 1, st.Ino, 150, false},
		"more by others":   {900, 1, st.Ino, 150, false},
		"emptied by now":   {2000, 1, st.Ino, 150, false},
		"another file":     {980, 1, st.Ino + 1, 150, false},
		"between two":      {980, -1, st.Ino, 100, false},
		"damaged notebook": {980, 7, st.Ino, 100, false},
	} {
		p := during
		p.size, p.stream, p.ino = tt.size, tt.stream, tt.ino
		next, torn := decodePlace(p.encode()).settled(path)
		if want := [2]int64{5, tt.want}; next.at != want || torn != tt.torn || next.stream != -1 {
			t.Errorf("%s: %+v, torn %v, want %v", name, next, torn, want)
		}
	}
}

// A notebook that makes no sense is none.
func TestNotebook(t *testing.T) {
	path := filepath.Join(t.TempDir(), "web.file")
	want, at := target{"/var/log/a b.log", 10, 3}, place{at: [2]int64{1, 2}, stream: -1}
	book, err := makeNotebook(path, want, at)
	if err != nil {
		t.Fatal(err)
	}
	book.close()
	if got, p, ok := readNotebook(path); got != want || p != at || !ok {
		t.Errorf("got %+v, %+v, %v", got, p, ok)
	}
	for _, text := range []string{"", "short", string(at.encode()), string(at.encode()) + "x 3 /a", string(at.encode()) + "1 x /a", string(at.encode()) + "1 2 "} {
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		if _, _, ok := readNotebook(path); ok {
			t.Errorf("%q is taken for a notebook", text)
		}
	}
}
