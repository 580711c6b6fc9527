package tidy

import (
	"cmp"
	"encoding/json"
	"fmt"
	"go/ast"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"zinit/configs"
)

func read(t *testing.T, path string) string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(root, path))
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// TestExamples: what people copy works.
func TestExamples(t *testing.T) {
	examples, _ := filepath.Glob(filepath.Join(root, "configs/examples/*.toml"))
	if len(examples) == 0 {
		t.Fatal("there are no examples")
	}
	for _, path := range examples {
		text, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		if _, problems := configs.Parse(path, text); len(problems) > 0 {
			t.Errorf("%s: %+v", path, problems)
		}
	}
}

// fenced gives the lines of README between fences of a language.
func fenced(readme, language string) (lines []string) {
	in := false
	for line := range strings.Lines(readme) {
		switch line = strings.TrimSpace(line); {
		case in && line == "```":
			in = false
		case !in && line == "```"+language:
			in = true
		case in:
			lines = append(lines, line)
		}
	}
	return lines
}

// TestReadmeFiles: the service files in the README are accepted.
func TestReadmeFiles(t *testing.T) {
	readme := read(t, "README.md")
	for i, text := range regexp.MustCompile("(?s)```toml\n(.*?)```").FindAllStringSubmatch(readme, -1) {
		if _, problems := configs.Parse(fmt.Sprintf("readme%d.toml", i), []byte(text[1])); len(problems) > 0 {
			t.Errorf("the README's service file %d: %+v", i, problems)
		}
	}
}

// TestReadmeCommands: every command in the README is one, and every command is
// in its table.
func TestReadmeCommands(t *testing.T) {
	readme := read(t, "README.md")
	known := commands(t)
	targets := map[string]bool{}
	for _, m := range regexp.MustCompile(`(?m)^([a-z]+):`).FindAllStringSubmatch(read(t, "Makefile"), -1) {
		targets[m[1]] = true
	}
	// A first word with a dash, or a word for the server, is no command.
	call := regexp.MustCompile(`(?:^|[ |(])(?:\./)?zinit (?:--socket \S+ )?([a-z][a-z0-9-]*)`)
	goal := regexp.MustCompile(`\bmake ([a-z]+)`)
	code := strings.Join(append(fenced(readme, "sh"), spans(readme)...), "\n")
	for line := range strings.Lines(code) {
		line, _, _ = strings.Cut(line, "#")
		for _, m := range call.FindAllStringSubmatch(line, -1) {
			if !known[m[1]] {
				t.Errorf("README: zinit has no command %s: %s", m[1], line)
			}
		}
		for _, m := range goal.FindAllStringSubmatch(line, -1) {
			if !targets[m[1]] {
				t.Errorf("README: the Makefile has no %s: %s", m[1], line)
			}
		}
	}
	for _, name := range slices.Sorted(maps.Keys(known)) {
		if !regexp.MustCompile(`(?m)^\| .*` + "`" + name + `\b`).MatchString(readme) {
			t.Errorf("README: the command %s is in no table", name)
		}
	}
}

// spans gives the words of the README that are set as code within text.
func spans(readme string) (all []string) {
	for _, m := range regexp.MustCompile("`([^`\n]+)`").FindAllStringSubmatch(readme, -1) {
		all = append(all, m[1])
	}
	return all
}

// commands asks the program itself what it can do.
func commands(t *testing.T) map[string]bool {
	t.Helper()
	cmd := exec.Command("go", "run", "-tags", "urfave_cli_no_docs", ".", "--help")
	cmd.Dir = root
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("cannot ask zinit for its commands: %v", err)
	}
	all := map[string]bool{}
	for _, m := range regexp.MustCompile(`(?m)^  ([a-z][a-z0-9-]*) `).FindAllStringSubmatch(string(out), -1) {
		all[m[1]] = true
	}
	if len(all) < 20 {
		t.Fatalf("zinit --help names %d commands only:\n%s", len(all), out)
	}
	return all
}

// TestReadmeKeys: the table of keys is the schema, with its defaults, and says
// which keys have no effect yet.
func TestReadmeKeys(t *testing.T) {
	schema, later := keys(t)
	plain, problems := configs.Parse("x.toml", []byte("[service]\nexec = \"x\"\n"))
	if len(problems) > 0 {
		t.Fatal(problems)
	}
	text, err := json.Marshal(plain)
	if err != nil {
		t.Fatal(err)
	}
	var defaults map[string]json.RawMessage
	if err := json.Unmarshal(text, &defaults); err != nil {
		t.Fatal(err)
	}
	told := map[string]bool{}
	for _, m := range regexp.MustCompile("(?m)^\\| `([a-z]+)\\.([a-z_*]+)` \\| (.*?) \\| (.*) \\|$").FindAllStringSubmatch(read(t, "README.md"), -1) {
		name, table, key := m[1]+"."+m[2], m[1], m[2]
		told[name] = true
		if !slices.Contains(schema, name) {
			t.Errorf("README: there is no key %s", name)
		}
		if soon := slices.Contains(later, table) || slices.Contains(later, name); soon != strings.Contains(m[4], "*not yet*") {
			t.Errorf("README: %s: not yet supported is %v, the table says: %s", name, soon, m[4])
		}
		var of map[string]json.RawMessage
		_ = json.Unmarshal(defaults[table], &of) // service, dependencies and the like are objects, origin is not
		if value, has := of[key]; has && name != "service.name" && name != "service.exec" && m[3] != "`"+string(value)+"`" {
			t.Errorf("README: the default of %s is %s, not %s", name, value, m[3])
		}
	}
	for _, name := range schema {
		if !told[name] {
			t.Errorf("README: the table lacks %s", name)
		}
	}
}

// keys reads the tables schema and later from the source of configs.
func keys(t *testing.T) (schema, later []string) {
	t.Helper()
	word := func(e ast.Expr) string {
		lit, is := e.(*ast.BasicLit)
		if !is {
			return ""
		}
		s, _ := strconv.Unquote(lit.Value)
		return s
	}
	for _, f := range goFiles(t) {
		if f.path != "configs/schema.go" {
			continue
		}
		ast.Inspect(f.tree, func(n ast.Node) bool {
			v, is := n.(*ast.ValueSpec)
			if !is || len(v.Values) != 1 {
				return true
			}
			list, is := v.Values[0].(*ast.CompositeLit)
			if !is {
				return true
			}
			for _, e := range list.Elts {
				row, isRow := e.(*ast.CompositeLit)
				switch {
				case v.Names[0].Name == "later":
					later = append(later, word(e))
				case v.Names[0].Name == "schema" && isRow:
					schema = append(schema, word(row.Elts[0])+"."+cmp.Or(word(row.Elts[1]), "*"))
				}
			}
			return true
		})
	}
	if len(schema) < 30 || len(later) == 0 && strings.Contains(read(t, "README.md"), "*not yet*") {
		t.Fatalf("cannot read the schema: %v, later %v", schema, later)
	}
	return schema, later
}
