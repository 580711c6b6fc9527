package supervisor_test

import (
	"flag"
	"os"
	"path/filepath"
	"testing"

	"zinit/supervisor/sim"
)

var update = flag.Bool("update", false, "write what the stories come to into their files")

// TestStories plays the stories of testdata: each command with what it led to.
// They are the contract in examples: read the difference before you commit it.
func TestStories(t *testing.T) {
	files, err := filepath.Glob("testdata/*.txt")
	if err != nil || len(files) < 20 {
		t.Fatalf("%d stories, %v", len(files), err)
	}
	for _, file := range files {
		t.Run(filepath.Base(file), func(t *testing.T) {
			old, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			now := sim.Tell(string(old))
			switch {
			case now == string(old):
			case *update:
				if err := os.WriteFile(file, []byte(now), 0o644); err != nil {
					t.Fatal(err)
				}
			default:
				t.Errorf("the story goes otherwise (-update writes it down):\n%s", now)
			}
		})
	}
}
