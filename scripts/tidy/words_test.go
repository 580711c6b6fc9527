package tidy

import (
	"go/ast"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// pure says whether f is one of the packages whose decisions are replayed.
func pure(f file) bool { return f.dir == "graph" || f.dir == "configs" || f.dir == "supervisor" }

// banned is a construct that is not used, where it is not, and why.
type banned struct {
	name   string
	in     func(file) bool
	is     func(ast.Node) bool
	reason string
}

var bans = []banned{
	{
		"the clock", func(f file) bool { return pure(f) || f.under("supervisor/sim") && !f.test },
		func(n ast.Node) bool {
			return selects(n, "time", "Now") || selects(n, "time", "Since") || selects(n, "time", "Until")
		},
		"time is an argument",
	},
	{
		"a goroutine", pure,
		func(n ast.Node) bool { _, is := n.(*ast.GoStmt); return is },
		"one goroutine owns the truth, and it is the driver's",
	},
	{
		"time.Sleep", func(f file) bool { return f.test },
		func(n ast.Node) bool { return selects(n, "time", "Sleep") },
		"a test that sleeps is slow on a fast machine and wrong on a slow one: poll with a deadline",
	},
	{
		"func init", func(file) bool { return true },
		func(n ast.Node) bool {
			f, is := n.(*ast.FuncDecl)
			return is && f.Recv == nil && f.Name.Name == "init"
		},
		"every package's init runs in every applet, PID 1 too",
	},
	{
		"panic", func(f file) bool { return !f.test && f.dir != "supervisor" && !f.under("supervisor/sim", "scripts") },
		func(n ast.Node) bool {
			call, is := n.(*ast.CallExpr)
			if !is {
				return false
			}
			name, is := call.Fun.(*ast.Ident)
			return is && name.Name == "panic"
		},
		"only a broken invariant of the core panics; all else is an error or a value",
	},
	{
		// rpc's words are the protocol's, where an error has data.
		"a name that says nothing", func(f file) bool { return !f.test && f.dir != "rpc" },
		func(n ast.Node) bool {
			switch n := n.(type) {
			case *ast.FuncDecl:
				return hollowFunc.MatchString(n.Name.Name)
			case *ast.TypeSpec:
				return hollowType.MatchString(n.Name.Name)
			}
			return false
		},
		"no Get, no Manager, Helper, Info, Data: name what it is",
	},
}

var (
	hollowFunc = regexp.MustCompile(`^Get[A-Z]`)
	hollowType = regexp.MustCompile(`^[A-Z].*(Manager|Helper|Info|Data|Utils?)$`)
)

// selects says whether n is pkg.name.
func selects(n ast.Node, pkg, name string) bool {
	s, is := n.(*ast.SelectorExpr)
	if !is || s.Sel.Name != name {
		return false
	}
	x, is := s.X.(*ast.Ident)
	return is && x.Name == pkg
}

func TestWords(t *testing.T) {
	for _, f := range goFiles(t) {
		for _, b := range bans {
			if !b.in(f) {
				continue
			}
			ast.Inspect(f.tree, func(n ast.Node) bool {
				if n != nil && b.is(n) {
					t.Errorf("%s: %s: %s", f.line(n), b.name, b.reason)
				}
				return true
			})
		}
	}
}

// TestNothingPutOff finds the marks of work that was put off. The words are
// spelled so that this file is clean.
func TestNothingPutOff(t *testing.T) {
	marks := regexp.MustCompile(`\b(TO` + `DO|FIX` + `ME|XX` + `X|HA` + `CK)\b`)
	for _, path := range paths(t) {
		if strings.Contains(path, "/testdata/") {
			continue
		}
		text, err := os.ReadFile(filepath.Join(root, path))
		if err != nil {
			t.Fatal(err)
		}
		for n, line := range strings.Split(string(text), "\n") {
			if marks.MatchString(line) {
				t.Errorf("%s:%d: an issue is the place for work that is put off: %s", path, n+1, strings.TrimSpace(line))
			}
		}
	}
}
