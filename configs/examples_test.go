package configs

import (
	"os"
	"reflect"
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

// TestExamplesOfTheTrade: each directory is a configuration as it stands, and all
// of them together use every key but for the rarer rlimits.
func TestExamplesOfTheTrade(t *testing.T) {
	used := map[string]bool{}
	for _, dir := range []string{"examples", "examples/machine", "examples/server"} {
		set := Load([]Dir{{Path: dir, FS: os.DirFS(dir)}})
		if len(set.Problems)+len(set.Warnings)+len(set.Unread) > 0 || len(set.Services) == 0 {
			t.Errorf("%s: problems:\n%swarnings:\n%s", dir, lines(set.Problems), lines(set.Warnings))
		}
		for _, s := range set.Services {
			for _, k := range schema {
				if !s.Target && !reflect.DeepEqual(k.form.show(s), k.form.show(defaults())) {
					used[k.table+"."+k.name] = true
				}
			}
		}
	}
	for _, k := range schema {
		name := k.table + "." + k.name
		if _, isRlimit := k.form.(rlimit); !used[name] && !isRlimit {
			t.Errorf("no example uses %s", name)
		}
	}
}

// TestKeys keeps a table of all keys, made from the schema, for the README.
func TestKeys(t *testing.T) {
	golden(t, "testdata/keys.md", keyTable())
}
