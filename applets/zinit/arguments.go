package zinit

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// commandLine is what a command line says. Options may stand anywhere behind the
// command's name, `zinit stop web --timeout 5s`, as people write them.
//
// It is taken apart here and not by a library: the one there is for it leads to
// packages regexp and text/template, a sixteenth of the binary and of the time that
// every applet takes to start.
type commandLine struct {
	ctx      context.Context
	command  *command // nil: the line names none
	settings []setting
	names    []string // its arguments
	help     bool
}

// setting is a value given to an option.
type setting struct{ name, value string }

// parseCommandLine takes a command line apart. Unknown commands and options end here.
func (s *session) parseCommandLine(ctx context.Context, words []string) (*commandLine, error) {
	l := &commandLine{ctx: ctx}
	if at := commandAt(words); at >= 0 {
		if l.command = s.command(words[at]); l.command == nil {
			return nil, s.unknownCommand(words[at])
		}
		words = slices.Concat(words[:at], words[at+1:])
	}
	return l, l.sort(words)
}

// commandAt finds the command: the first word that is neither an option nor the
// value of one. It gives -1 if there is none.
func commandAt(words []string) int {
	for i := 0; i < len(words); i++ {
		word := words[i]
		if !isOption(word) {
			return i
		}
		name, _, joined := cutOption(word)
		if opt := lookup(commonOptions(), name); opt != nil && opt.value != "" && !joined {
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
	opt := lookup(l.options(), name)
	switch {
	case opt == nil && l.command != nil && l.command.name == "kill" && isSignalOption(word):
		l.settings = append(l.settings, setting{"signal", word[1:]})
		return words, nil
	case opt == nil:
		return l.cluster(word, words)
	case joined:
	case opt.value == "":
		value = "true"
	case len(words) == 0:
		return nil, l.usage("option %s needs a value", word)
	default:
		value, words = words[0], words[1:]
	}
	if _, err := strconv.ParseBool(value); err != nil && opt.value == "" {
		return nil, l.usage("option %s cannot be %q", dashed(opt.name), value)
	}
	l.settings = append(l.settings, setting{opt.name, value})
	return words, nil
}

// cluster splits -fn5 into -f and -n5, and -n5 into -n and 5.
func (l *commandLine) cluster(word string, words []string) ([]string, error) {
	if strings.HasPrefix(word, "--") || len(word) < 3 {
		return nil, l.unknownOption(word)
	}
	opt := lookup(l.options(), word[1:2])
	if opt == nil {
		return nil, l.unknownOption(word)
	}
	if opt.value != "" {
		l.settings = append(l.settings, setting{opt.name, word[2:]})
		return words, nil
	}
	l.settings = append(l.settings, setting{opt.name, "true"})
	return append([]string{"-" + word[2:]}, words...), nil
}

// options are those that may stand on this line: the command's first.
func (l *commandLine) options() []*option {
	if l.command == nil {
		return commonOptions()
	}
	return slices.Concat(l.command.options, commonOptions())
}

func (l *commandLine) unknownOption(word string) error {
	name, _, _ := cutOption(word)
	var known []string
	for _, opt := range l.options() {
		known = append(known, opt.names()...)
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
		text, hint = l.command.name+": "+text, "see zinit help "+l.command.name
	}
	return &failure{code: exitUsage, text: text, hint: hint}
}

// text is the value of an option, the last one if it was given several; "" if it
// was not given.
func (l *commandLine) text(name string) string {
	for _, s := range slices.Backward(l.settings) {
		if s.name == name {
			return s.value
		}
	}
	return ""
}

// is says whether an option without a value was given, and not as --json=false.
func (l *commandLine) is(name string) bool {
	on, _ := strconv.ParseBool(l.text(name))
	return on
}

// has says whether an option was given, be its value empty.
func (l *commandLine) has(name string) bool {
	return slices.ContainsFunc(l.settings, func(s setting) bool { return s.name == name })
}

// first is the first argument, "" if there is none.
func (l *commandLine) first() string {
	if len(l.names) == 0 {
		return ""
	}
	return l.names[0]
}

func (s *session) unknownCommand(word string) error {
	var known []string
	for _, command := range s.commands() {
		known = append(known, command.name)
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

func lookup(options []*option, name string) *option {
	for _, opt := range options {
		if slices.Contains(opt.names(), name) {
			return opt
		}
	}
	return nil
}

func dashed(name string) string {
	if len(name) == 1 {
		return "-" + name
	}
	return "--" + name
}
