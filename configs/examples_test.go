package configs

import (
	"os"
	"testing"

	"zinit/graph"
)

func TestExamples(t *testing.T) {
	set := Load([]Dir{{Path: "examples", FS: os.DirFS("examples")}})
	if len(set.Problems)+len(set.Warnings)+len(set.Unread) > 0 || len(set.Services) < 10 {
		t.Fatalf("problems:\n%swarnings:\n%s", lines(set.Problems), lines(set.Warnings))
	}
	g := graph.New(func(yield func(graph.Node) bool) {
		for _, s := range set.Services {
			if !yield(s.Node()) {
				return
			}
		}
	})
	if in := g.In("database", graph.Requires); len(in) < 3 {
		t.Errorf("the database's dependents are %v", in)
	}
}

// TestKeys keeps a table of all keys, made from the schema, for the README.
func TestKeys(t *testing.T) {
	golden(t, "testdata/keys.md", keyTable())
}
