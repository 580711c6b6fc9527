package tidy

import (
	"bytes"
	"go/ast"
	"testing"
)

const (
	longestFile     = 400 // lines
	longestFunction = 70  // lines, from its func to its last brace
)

// TestSize keeps what is read in one go short enough to be read in one go.
func TestSize(t *testing.T) {
	for _, f := range goFiles(t) {
		if f.test {
			continue
		}
		if n := bytes.Count(f.text, []byte("\n")); n > longestFile {
			t.Errorf("%s has %d lines, %d are enough: it holds two ideas", f.path, n, longestFile)
		}
		for _, d := range f.tree.Decls {
			fn, is := d.(*ast.FuncDecl)
			if !is {
				continue
			}
			if n := f.fset.Position(fn.End()).Line - f.fset.Position(fn.Pos()).Line + 1; n > longestFunction {
				t.Errorf("%s: %s has %d lines, %d are enough", f.line(fn), fn.Name.Name, n, longestFunction)
			}
		}
	}
}
