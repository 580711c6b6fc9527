package zinit

import (
	"net"
	"os"
	"path/filepath"
	"testing"
)

// A socket that anybody could have made is not trusted.
func TestForeign(t *testing.T) {
	path := filepath.Join(t.TempDir(), "s")
	listener, err := net.Listen("unix", path)
	if err != nil {
		t.Fatal(err)
	}
	defer listener.Close()
	self := os.Getuid()
	tests := []struct {
		name  string
		path  string
		owner int
		uid   int
		want  bool
	}{
		{"root's, for a user", path, 0, 1000, false},
		{"a user's, for the user", path, 1000, 1000, false},
		{"a user's, for root", path, 1000, 0, true},
		{"another user's", path, 1001, 1000, true},
		{"not there", path + ".none", 0, 1000, false},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			if self != 0 && test.owner != self {
				t.Skip("it takes root to give a file away")
			}
			if err := os.Chown(path, test.owner, -1); err != nil {
				t.Fatal(err)
			}
			s := &session{console: console{uid: test.uid}}
			if got := s.foreign(test.path); got != test.want {
				t.Errorf("got %v", got)
			}
		})
	}
}
