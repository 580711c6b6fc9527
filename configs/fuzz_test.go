package configs

import (
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"
)

func FuzzParse(f *testing.F) {
	files, err := filepath.Glob("testdata/bad/*.toml")
	if err != nil {
		f.Fatal(err)
	}
	examples, err := filepath.Glob("examples/*.toml")
	if err != nil {
		f.Fatal(err)
	}
	trade, err := filepath.Glob("examples/*/*.toml")
	if err != nil {
		f.Fatal(err)
	}
	for _, file := range slices.Concat(files, examples, trade) {
		text, err := os.ReadFile(file)
		if err != nil {
			f.Fatal(err)
		}
		if len(text) < 4096 {
			f.Add(text)
		}
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		s, problems := Parse("/d/x.toml", text)
		if (s == nil) == (len(problems) == 0) {
			t.Fatalf("a service %+v and problems %v", s, problems)
		}
		for _, p := range problems {
			if p.Message == "" || strings.ContainsAny(p.Message, "\n\r\x00") || p.Service != "x" || len(p.Message) > 1000 {
				t.Fatalf("bad problem %+v", p)
			}
		}
		if s != nil {
			comesBack(t, s)
		}
	})
}

// comesBack checks that a service survives its JSON.
func comesBack(t *testing.T, s *Service) {
	t.Helper()
	text, err := s.MarshalJSON()
	if err != nil {
		t.Fatal(err)
	}
	var again Service
	if err := again.UnmarshalJSON(text); err != nil || !reflect.DeepEqual(&again, s) {
		t.Fatalf("%v\ngot  %+v\nwant %+v", err, again, *s)
	}
}
