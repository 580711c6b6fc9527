package zinit

import (
	"context"
	"flag"
	"fmt"
	"slices"
	"strings"

	"github.com/urfave/cli/v2"
)

// commandLine is what a command line says. Options may stand anywhere behind the
// command's name, `zinit stop web --timeout 5s`, as people write them.
type commandLine struct {
	command *cli.Command // nil: the line names none
	flags   []cli.Flag   // the options of all commands
	common  []setting    // of these
	own     []setting    // of the command's options
	names   []string     // its arguments
	help    bool
}

// setting is a value given to an option.
type setting struct{ name, value string }

// read takes a command line apart. Unknown commands and options end here.
func read(app *cli.App, words []string) (*commandLine, error) {
	l := &commandLine{flags: app.Flags}
	if at := commandAt(app, words); at >= 0 {
		if l.command = app.Command(words[at]); l.command == nil {
			return nil, unknownCommand(app, words[at])
		}
		words = slices.Concat(words[:at], words[at+1:])
	}
	return l, l.sort(words)
}

// commandAt finds the command: the first word that is neither an option nor the
// value of one. It gives -1 if there is none.
func commandAt(app *cli.App, words []string) int {
	for i := 0; i < len(words); i++ {
		word := words[i]
		if !isOption(word) {
			return i
		}
		name, _, joined := cutOption(word)
		if opt := lookup(app.Flags, name); opt != nil && takesValue(opt) && !joined {
			i++
		}
	}
	return -1
}

func (l *commandLine) sort(words []string) error {
	for len(words) > 0 {
		word := words[0]
		words = words[1:]
		switch {
		case word == "--":
			l.names = append(l.names, words...)
			return nil
		case !isOption(word):
			l.names = append(l.names, word)
		default:
			rest, err := l.option(word, words)
			if err != nil {
				return err
			}
			words = rest
		}
	}
	return nil
}

// option takes one option, with its value where it has one, and gives the words
// that are left.
func (l *commandLine) option(word string, words []string) ([]string, error) {
	name, value, joined := cutOption(word)
	if name == "help" || name == "h" {
		l.help = true
		return words, nil
	}
	opt, to := lookup(l.ownFlags(), name), &l.own
	if opt == nil {
		opt, to = lookup(l.flags, name), &l.common
	}
	switch {
	case opt == nil && l.command != nil && l.command.Name == "kill" && isSignalOption(word):
		l.own = append(l.own, setting{"signal", word[1:]})
		return words, nil
	case opt == nil:
		return l.cluster(word, words)
	case joined:
	case !takesValue(opt):
		value = "true"
	case len(words) == 0:
		return nil, l.usage("option %s needs a value", word)
	default:
		value, words = words[0], words[1:]
	}
	*to = append(*to, setting{opt.Names()[0], value})
	return words, nil
}

// cluster splits -fn5 into -f and -n5, and -n5 into -n and 5.
func (l *commandLine) cluster(word string, words []string) ([]string, error) {
	if strings.HasPrefix(word, "--") || len(word) < 3 {
		return nil, l.unknownOption(word)
	}
	opt := lookup(l.ownFlags(), word[1:2])
	if opt == nil {
		return nil, l.unknownOption(word)
	}
	if takesValue(opt) {
		l.own = append(l.own, setting{opt.Names()[0], word[2:]})
		return words, nil
	}
	l.own = append(l.own, setting{opt.Names()[0], "true"})
	return append([]string{"-" + word[2:]}, words...), nil
}

// ownFlags are the command's.
func (l *commandLine) ownFlags() []cli.Flag {
	if l.command == nil {
		return nil
	}
	return l.command.Flags
}

func (l *commandLine) unknownOption(word string) error {
	name, _, _ := cutOption(word)
	var known []string
	for _, f := range slices.Concat(l.ownFlags(), l.flags) {
		known = append(known, f.Names()...)
	}
	err := l.usage("unknown option %s", word)
	if near := nearest(name, known); near != "" {
		err.hint = fmt.Sprintf("did you mean %s?", dashed(near))
	}
	return err
}

func (l *commandLine) usage(format string, args ...any) *failure {
	text, hint := fmt.Sprintf(format, args...), "see zinit help"
	if l.command != nil {
		text, hint = l.command.Name+": "+text, "see zinit help "+l.command.Name
	}
	return &failure{code: exitUsage, text: text, hint: hint}
}

// context is the line as a command's action wants it.
//
// The library's own way, App.Run, is not gone: it leads to its pages of help, made
// with text/template, for whose sake the linker keeps each exported method of the
// whole program. That is a quarter of the binary.
func (l *commandLine) context(ctx context.Context, app *cli.App) (*cli.Context, error) {
	common, err := l.set(l.flags, l.common)
	if err != nil {
		return nil, err
	}
	root := cli.NewContext(app, common, nil)
	root.Context = ctx
	own, err := l.set(l.command.Flags, l.own)
	if err != nil {
		return nil, err
	}
	c := cli.NewContext(app, own, root)
	c.Command = l.command
	return c, own.Parse(append([]string{"--"}, l.names...))
}

// set gives options their values.
func (l *commandLine) set(flags []cli.Flag, settings []setting) (*flag.FlagSet, error) {
	set := flag.NewFlagSet("", flag.ContinueOnError)
	for _, f := range flags {
		if err := f.Apply(set); err != nil {
			return nil, fmt.Errorf("cannot define option %s: %w", f.Names()[0], err)
		}
	}
	for _, s := range settings {
		if set.Set(s.name, s.value) != nil {
			return nil, l.usage("option %s cannot be %q", dashed(s.name), s.value)
		}
	}
	return set, nil
}

func unknownCommand(app *cli.App, word string) error {
	var known []string
	for _, command := range app.Commands {
		known = append(known, command.Name)
	}
	hint := "see zinit help"
	if near := nearest(word, known); near != "" {
		hint = fmt.Sprintf("did you mean %s?", near)
	}
	return &failure{code: exitUsage, text: fmt.Sprintf("unknown command %q", word), hint: hint}
}

// isOption says whether a word is an option. A lone dash is a file: stdin.
func isOption(word string) bool { return len(word) > 1 && word[0] == '-' }

// isSignalOption says whether a word is a signal as kill(1) takes it: -9, -HUP.
func isSignalOption(word string) bool {
	return !strings.HasPrefix(word, "--") && strings.Trim(word[1:], "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789+-") == ""
}

// cutOption splits --name=value.
func cutOption(word string) (name, value string, joined bool) {
	word = strings.TrimPrefix(strings.TrimPrefix(word, "-"), "-")
	return strings.Cut(word, "=")
}

func lookup(flags []cli.Flag, name string) cli.Flag {
	for _, flag := range flags {
		if slices.Contains(flag.Names(), name) {
			return flag
		}
	}
	return nil
}

func takesValue(flag cli.Flag) bool {
	doc, ok := flag.(cli.DocGenerationFlag)
	return ok && doc.TakesValue()
}

func dashed(name string) string {
	if len(name) == 1 {
		return "-" + name
	}
	return "--" + name
}
