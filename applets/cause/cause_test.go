package cause

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"testing"
)

func TestOf(t *testing.T) {
	dir := t.TempDir()
	none := filepath.Join(dir, "none")
	_, opened := os.Open(none)
	for name, c := range map[string]struct {
		err  error
		want string
	}{
		"path":    {opened, "no such file or directory"},
		"link":    {os.Rename(none, dir), "no such file or directory"},
		"wrapped": {fmt.Errorf("cannot begin: %w", opened), "no such file or directory"},
		"other":   {errors.New("not a directory"), "not a directory"},
	} {
		t.Run(name, func(t *testing.T) {
			if got := Of(c.err); got == nil || got.Error() != c.want {
				t.Errorf("got %v, want %s", got, c.want)
			}
		})
	}
	if Of(nil) != nil {
		t.Error("what went well has a cause")
	}
}
