package tidy

import (
	"encoding/json"
	"errors"
	"go/ast"
	"go/parser"
	"go/token"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
)

// root is the top of the repository, seen from a test of this package.
const root = "../.."

// file is one Go file, parsed.
type file struct {
	path string // from the top, with slashes
	dir  string // the folder of path
	test bool
	text []byte
	fset *token.FileSet
	tree *ast.File
}

// line is the place of a node, for people.
func (f file) line(n ast.Node) string { return f.fset.Position(n.Pos()).String() }

// under says whether f is in one of the folders, or below it.
func (f file) under(dirs ...string) bool {
	for _, d := range dirs {
		if f.dir == d || strings.HasPrefix(f.dir, d+"/") {
			return true
		}
	}
	return false
}

// paths walks the files that belong to the source: no hidden folder but .ci, no
// build product.
func paths(t *testing.T) []string {
	t.Helper()
	var all []string
	err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		rel, _ := filepath.Rel(root, path)
		switch {
		case err != nil:
			return err
		case d.IsDir() && (rel == "bin" || rel == ".git"):
			return filepath.SkipDir
		case d.Type().IsRegular() && !product(rel):
			all = append(all, filepath.ToSlash(rel))
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return all
}

// product says whether a file is made by a build, as .gitignore has it.
func product(rel string) bool {
	return rel == "zinit" || strings.HasSuffix(rel, ".test") || strings.HasSuffix(rel, ".prof")
}

// goFiles parses every Go file of the repository.
func goFiles(t *testing.T) []file {
	t.Helper()
	var all []file
	for _, path := range paths(t) {
		if !strings.HasSuffix(path, ".go") {
			continue
		}
		text, err := os.ReadFile(filepath.Join(root, path))
		if err != nil {
			t.Fatal(err)
		}
		fset := token.NewFileSet()
		tree, err := parser.ParseFile(fset, path, text, parser.ParseComments)
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, file{
			path: path, dir: filepath.ToSlash(filepath.Dir(path)), test: strings.HasSuffix(path, "_test.go"),
			text: text, fset: fset, tree: tree,
		})
	}
	return all
}

// pkg is what `go list` says of a package.
type pkg struct {
	ImportPath string
	Imports    []string
	Deps       []string
}

// program asks the go command, once, for the packages of the module.
var program = sync.OnceValues(func() ([]pkg, error) {
	cmd := exec.Command("go", "list", "-json=ImportPath,Imports,Deps", "./...")
	cmd.Dir = root
	cmd.Env = append(os.Environ(), "CGO_ENABLED=0")
	cmd.Stderr = os.Stderr
	out, err := cmd.Output()
	if err != nil {
		return nil, err
	}
	var all []pkg
	for dec := json.NewDecoder(strings.NewReader(string(out))); ; {
		var p pkg
		if err := dec.Decode(&p); errors.Is(err, io.EOF) {
			return all, nil
		} else if err != nil {
			return nil, err
		}
		all = append(all, p)
	}
})
