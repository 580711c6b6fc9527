package tidy

import (
	"os"
	"slices"
	"strings"
	"testing"
)

// TestTopLevel keeps the first page of the repository: who looks at it sees the
// whole house. Dot files are the tools' own business.
func TestTopLevel(t *testing.T) {
	house := []string{
		"LICENSE", "Makefile", "README.md", "applets", "configs", "go.mod", "go.sum",
		"graph", "main.go", "proc", "rpc", "scripts", "supervisor",
	}
	entries, err := os.ReadDir(root)
	if err != nil {
		t.Fatal(err)
	}
	var found []string
	for _, e := range entries {
		if name := e.Name(); !strings.HasPrefix(name, ".") && name != "bin" && !product(name) {
			found = append(found, name)
		}
	}
	for _, name := range found {
		if !slices.Contains(house, name) {
			t.Errorf("%s does not belong at the top level: find it a package", name)
		}
	}
	for _, name := range house {
		if !slices.Contains(found, name) {
			t.Errorf("%s is missing at the top level", name)
		}
	}
}
