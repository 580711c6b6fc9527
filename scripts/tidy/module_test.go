package tidy

import (
	"encoding/json"
	"go/ast"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// TestRequirements: every dependency is somebody else's code in PID 1.
func TestRequirements(t *testing.T) {
	want := []string{
		"github.com/lmittmann/tint",
		"github.com/pelletier/go-toml/v2",
		"github.com/rogpeppe/go-internal", // tests only, see TestImports
		"golang.org/x/sys",
	}
	cmd := exec.Command("go", "mod", "edit", "-json")
	cmd.Dir = root
	out, err := cmd.Output()
	if err != nil {
		t.Fatal(err)
	}
	var mod struct {
		Require []struct {
			Path     string
			Indirect bool
		}
		Replace, Tool []any
	}
	if err := json.Unmarshal(out, &mod); err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, r := range mod.Require {
		if !r.Indirect {
			got = append(got, r.Path)
		}
	}
	slices.Sort(got)
	if !slices.Equal(got, want) {
		t.Errorf("go.mod requires directly %v, wanted exactly %v", got, want)
	}
	if len(mod.Replace)+len(mod.Tool) > 0 {
		t.Error("go.mod has replace or tool lines: what is built is what is named")
	}
}

// TestFuzzTargets: whatever reads foreign bytes has a fuzz target, and a corpus
// that stays.
func TestFuzzTargets(t *testing.T) {
	want := []string{"configs/FuzzParse", "configs/FuzzSplit", "proc/link/FuzzWord", "rpc/FuzzFrame", "supervisor/driver/FuzzRecord", "supervisor/sim/FuzzSim"}
	var found []string
	for _, f := range goFiles(t) {
		for _, d := range f.tree.Decls {
			if fn, is := d.(*ast.FuncDecl); is && f.test && strings.HasPrefix(fn.Name.Name, "Fuzz") {
				found = append(found, f.dir+"/"+fn.Name.Name)
			}
		}
	}
	for _, target := range want {
		if !slices.Contains(found, target) {
			t.Errorf("there is no %s: whatever reads foreign bytes is fuzzed", target)
		}
	}
	for _, target := range found {
		dir, name := filepath.Split(target)
		if entries, _ := os.ReadDir(filepath.Join(root, dir, "testdata/fuzz", name)); len(entries) == 0 {
			t.Errorf("%s has no corpus: %stestdata/fuzz/%s is missing or empty", target, dir, name)
		}
	}
}
