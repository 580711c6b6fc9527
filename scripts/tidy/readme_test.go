package tidy

import (
	"fmt"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
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
	more, _ := filepath.Glob(filepath.Join(root, "configs/examples/*/*.toml"))
	examples = append(examples, more...)
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
	cmd := exec.Command("go", "run", ".", "--help")
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

// TestReadmeKeys: the table of keys is the one that configs makes from its schema.
func TestReadmeKeys(t *testing.T) {
	readme := read(t, "README.md")
	for row := range strings.Lines(read(t, "configs/testdata/keys.md")) {
		if !strings.Contains(readme, row) {
			t.Errorf("README: the table of keys lacks this row of configs/testdata/keys.md: %s", row)
		}
	}
	for _, m := range regexp.MustCompile("(?m)^\\| `(service|dependencies|lifecycle|health|logging|limits)\\..*\n").FindAllString(readme, -1) {
		if !strings.Contains(read(t, "configs/testdata/keys.md"), m) {
			t.Errorf("README: this row is not in configs/testdata/keys.md: %s", m)
		}
	}
}
