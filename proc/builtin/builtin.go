package builtin

import (
	"errors"
	"fmt"
	"maps"
	"os"
	"path"
	"slices"
	"strings"
)

// task is one builtin at work. What it cannot do it says, counts and goes on.
type task struct {
	root   string // put before each path; empty but in tests
	say    func(format string, args ...any)
	failed int
}

func tasks() map[string]func(*task) {
	return map[string]func(*task){
		"sysctl":  (*task).sysctl,
		"modules": (*task).modules,
		"fstab":   (*task).fstab,
		"swap":    (*task).swap,
		"sysvol":  (*task).sysvol,
	}
}

// Run does what a builtin is for. What fails is said, a line each; the error counts
// it. An unknown name is an error.
func Run(name string, say func(format string, args ...any)) error {
	run, ok := tasks()[name]
	if !ok {
		return fmt.Errorf("unknown builtin %q", name)
	}
	t := &task{say: say}
	run(t)
	switch t.failed {
	case 0:
		return nil
	case 1:
		return errors.New("one step failed")
	}
	return fmt.Errorf("%d steps failed", t.failed)
}

// fail says what could not be done.
func (t *task) fail(format string, args ...any) {
	t.failed++
	t.say(format, args...)
}

// line is one line of a configuration file that means something.
type line struct {
	file   string
	number int
	text   string // without white space around it
}

func (l line) String() string { return fmt.Sprintf("%s:%d", l.file, l.number) }

// places are the directories of drop-in files; the name of a file in an earlier one
// hides the same name in later ones, as with sysctl.d(5).
var places = []string{"/etc", "/run", "/usr/local/lib", "/usr/lib"}

// dropIns gives the lines of all files *.conf in the directories of a name, in the
// order of the files' names. Lines that begin with # or ; are comments.
func (t *task) dropIns(name string) []line {
	files := map[string]string{} // base name to path
	for _, place := range places {
		dir := path.Join(place, name)
		entries, err := os.ReadDir(t.root + dir)
		if err != nil && !errors.Is(err, os.ErrNotExist) {
			t.fail("cannot read %s: %v", dir, cause(err))
		}
		for _, entry := range entries {
			base := entry.Name()
			if _, hidden := files[base]; !hidden && strings.HasSuffix(base, ".conf") && base[0] != '.' {
				files[base] = path.Join(dir, base)
			}
		}
	}
	var lines []line
	for _, base := range slices.Sorted(maps.Keys(files)) {
		lines = append(lines, t.lines(files[base])...)
	}
	return lines
}

// lines gives the lines of a file that are neither blank nor comments.
func (t *task) lines(file string) []line {
	text, err := os.ReadFile(t.root + file)
	if err != nil {
		t.fail("cannot read %s: %v", file, cause(err))
		return nil
	}
	var lines []line
	number := 0
	for l := range strings.Lines(string(text)) {
		number++
		l = strings.TrimSpace(l)
		if l != "" && l[0] != '#' && l[0] != ';' {
			lines = append(lines, line{file, number, l})
		}
	}
	return lines
}

// cause takes off the path, which the sentence around it names.
func cause(err error) error {
	if e, ok := errors.AsType[*os.PathError](err); ok {
		return e.Err
	}
	return err
}
