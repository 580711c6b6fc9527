package tidy

import (
	"go/ast"
	"go/token"
	"maps"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// TestPackageComments: one page says what a package knows and what it does not.
func TestPackageComments(t *testing.T) {
	comments := map[string][]string{} // by folder
	for _, f := range goFiles(t) {
		if f.test {
			continue
		}
		if comments[f.dir] == nil {
			comments[f.dir] = []string{}
		}
		if f.tree.Doc != nil {
			comments[f.dir] = append(comments[f.dir], f.path)
		}
	}
	for _, dir := range slices.Sorted(maps.Keys(comments)) {
		if n := len(comments[dir]); n != 1 {
			t.Errorf("%s has %d package comments, one is wanted: %v", dir, n, comments[dir])
		}
	}
}

// TestExportedNames: who uses a name need not read its body.
func TestExportedNames(t *testing.T) {
	for _, f := range goFiles(t) {
		if f.test {
			continue
		}
		for _, d := range f.tree.Decls {
			for _, name := range unexplained(d) {
				t.Errorf("%s: %s is exported and has no comment", f.line(name), name.Name)
			}
		}
	}
}

// unexplained gives the exported names of d that have no comment.
func unexplained(d ast.Decl) []*ast.Ident {
	switch d := d.(type) {
	case *ast.FuncDecl:
		if d.Doc == nil && d.Name.IsExported() && (d.Recv == nil || receiver(d).IsExported()) {
			return []*ast.Ident{d.Name}
		}
	case *ast.GenDecl:
		var names []*ast.Ident
		for _, s := range d.Specs {
			names = append(names, bare(d, s)...)
		}
		return names
	}
	return nil
}

// bare gives the exported names of one line of a declaration that neither the
// line nor its group explains. A group explains values, never types.
func bare(d *ast.GenDecl, s ast.Spec) []*ast.Ident {
	var names []*ast.Ident
	switch s := s.(type) {
	case *ast.TypeSpec:
		if s.Doc == nil && s.Comment == nil && (d.Doc == nil || d.Lparen != token.NoPos) {
			names = append(names, s.Name)
		}
	case *ast.ValueSpec:
		if s.Doc == nil && s.Comment == nil && d.Doc == nil {
			names = s.Names
		}
	}
	return slices.DeleteFunc(slices.Clone(names), func(n *ast.Ident) bool { return !n.IsExported() })
}

// receiver is the name of a method's type.
func receiver(d *ast.FuncDecl) *ast.Ident {
	for x := d.Recv.List[0].Type; ; {
		switch e := x.(type) {
		case *ast.Ident:
			return e
		case *ast.StarExpr:
			x = e.X
		case *ast.IndexExpr:
			x = e.X
		case *ast.IndexListExpr:
			x = e.X
		default:
			return ast.NewIdent("_")
		}
	}
}

// TestMap: the largest package has a map, and each of its files is on it.
func TestMap(t *testing.T) {
	files, err := filepath.Glob(filepath.Join(root, "proc/*.go"))
	if err != nil || len(files) == 0 {
		t.Fatalf("no files: %v", err)
	}
	words := strings.Fields(read(t, "proc/doc.go"))
	for _, path := range files {
		name := filepath.Base(path)
		if name != "doc.go" && !strings.HasSuffix(name, "_test.go") && !slices.Contains(words, name) {
			t.Errorf("proc/%s is not in proc/doc.go, under Where things are", name)
		}
	}
}
