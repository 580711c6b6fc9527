package server

import (
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"zinit/proc/logs"
)

func TestFormatLine(t *testing.T) {
	for name, test := range map[string]struct {
		line   logs.Line
		prefix bool
		want   string
	}{
		"alone":      {logs.Line{Service: "web", Text: []byte("up")}, false, "up\n"},
		"prefix":     {logs.Line{Service: "web", Text: []byte("up")}, true, "web | up\n"},
		"empty":      {logs.Line{Service: "web"}, true, "web | \n"},
		"lost":       {logs.Line{Service: "web", Lost: 3}, true, "web | [… 3 lines lost]\n"},
		"any bytes":  {logs.Line{Service: "web", Text: []byte("\x1b[1m\xff")}, false, "\x1b[1m\xff\n"},
		"lost alone": {logs.Line{Lost: 1}, false, "[… 1 lines lost]\n"},
	} {
		t.Run(name, func(t *testing.T) {
			if got := string(formatLine(test.line, test.prefix)); got != test.want {
				t.Errorf("got %q, want %q", got, test.want)
			}
		})
	}
}

// reopen opens the places of a directory.
func reopen(t *testing.T, dir string) *places {
	t.Helper()
	root, err := os.OpenRoot(dir)
	if err != nil {
		t.Fatal(err)
	}
	defer root.Close()
	p, err := openPlaces(root)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(p.close)
	return p
}

func TestPlacesOutliveTheServer(t *testing.T) {
	dir := t.TempDir()
	want := map[string]int64{}
	for round := range 3 {
		p := reopen(t, dir)
		if !maps.Equal(p.all(), want) {
			t.Fatalf("round %d: got %v, want %v", round, p.all(), want)
		}
		for i := range 10 {
			name := fmt.Sprintf("%s%d.err", strings.Repeat("n", 60), i+round)
			want[name] = int64(1<<40*round + i)
			p.save(map[string]int64{name: want[name]})
		}
	}
	about, err := os.Stat(filepath.Join(dir, placesFile))
	if err != nil || about.Size() != int64(len(want)*placeLength) {
		t.Errorf("the file has %d bytes for %d streams (%v)", about.Size(), len(want), err)
	}
}

// Damage costs what is damaged, and nothing is written over what is not.
func TestDamagedPlaces(t *testing.T) {
	dir := t.TempDir()
	p := reopen(t, dir)
	p.save(map[string]int64{"a.out": 1})
	p.save(map[string]int64{"b.out": 2})
	p.save(map[string]int64{"c.out": 3})
	if _, err := p.file.WriteAt([]byte("nonsense"), placeLength); err != nil {
		t.Fatal(err)
	}
	if err := p.file.Truncate(3*placeLength + 5); err != nil {
		t.Fatal(err)
	}
	p = reopen(t, dir)
	if want := map[string]int64{"a.out": 1, "c.out": 3}; !maps.Equal(p.all(), want) {
		t.Errorf("got %v, want %v", p.all(), want)
	}
	p.save(map[string]int64{"d.out": 4})
	if want, got := map[string]int64{"a.out": 1, "c.out": 3, "d.out": 4}, reopen(t, dir).all(); !maps.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
}

// Without a file nothing is remembered, and nothing breaks.
func TestNoPlaces(t *testing.T) {
	var p *places
	p.save(map[string]int64{"a.out": 1})
	if len(p.all()) > 0 {
		t.Error("it remembers something")
	}
	p.close()
}
