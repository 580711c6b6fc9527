package zinit

import (
	"fmt"
	"slices"
	"strings"

	"github.com/urfave/cli/v2"
)

// arranger sorts the words of a command line. The parser behind it stops at the
// first word that is no option, people do not: `zinit stop web --timeout 5s`.
type arranger struct {
	command *cli.Command // nil: the line names none
	common  []cli.Flag   // the options of all commands
	global  []string     // what goes before the command's name
	own     []string     // the command's options
	names   []string     // its arguments
	help    bool
}

// arrange gives the words as the parser wants them: options of all commands, the
// command, its options, "--", its arguments. Unknown commands and options end here.
func arrange(app *cli.App, words []string) ([]string, error) {
	a := &arranger{common: app.Flags}
	at := commandAt(app, words)
	if at >= 0 {
		if a.command = app.Command(words[at]); a.command == nil {
			return nil, unknownCommand(app, words[at])
		}
		words = slices.Concat(words[:at], words[at+1:])
	}
	if err := a.sort(words); err != nil {
		return nil, err
	}
	switch {
	case a.help && a.command != nil:
		return []string{"help", a.command.Name}, nil
	case a.help || a.command == nil:
		return a.global, nil
	}
	return slices.Concat(a.global, []string{a.command.Name}, a.own, []string{"--"}, a.names), nil
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
		if flag := lookup(app.Flags, name); flag != nil && takesValue(flag) && !joined {
			i++
		}
	}
	return -1
}

func (a *arranger) sort(words []string) error {
	for len(words) > 0 {
		word := words[0]
		words = words[1:]
		switch {
		case word == "--":
			a.names = append(a.names, words...)
			return nil
		case !isOption(word):
			a.names = append(a.names, word)
		default:
			rest, err := a.option(word, words)
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
func (a *arranger) option(word string, words []string) ([]string, error) {
	name, _, joined := cutOption(word)
	if name == "help" || name == "h" {
		a.help = true
		return words, nil
	}
	flag, to := lookup(a.flags(), name), &a.own
	if flag == nil {
		flag, to = lookup(a.common, name), &a.global
	}
	switch {
	case flag == nil && a.command != nil && a.command.Name == "kill" && isSignalOption(word):
		a.own = append(a.own, "--signal="+word[1:])
		return words, nil
	case flag == nil:
		return a.cluster(word, words)
	case joined || !takesValue(flag):
		*to = append(*to, word)
		return words, nil
	case len(words) == 0:
		return nil, a.usage("option %s needs a value", word)
	}
	*to = append(*to, word+"="+words[0])
	return words[1:], nil
}

// cluster splits -fn5 into -f and -n5, and -n5 into -n and 5.
func (a *arranger) cluster(word string, words []string) ([]string, error) {
	if strings.HasPrefix(word, "--") || len(word) < 3 {
		return nil, a.unknownOption(word)
	}
	flag := lookup(a.flags(), word[1:2])
	if flag == nil {
		return nil, a.unknownOption(word)
	}
	if takesValue(flag) {
		a.own = append(a.own, word[:2]+"="+word[2:])
		return words, nil
	}
	a.own = append(a.own, word[:2])
	return append([]string{"-" + word[2:]}, words...), nil
}

// flags are the command's own.
func (a *arranger) flags() []cli.Flag {
	if a.command == nil {
		return nil
	}
	return a.command.Flags
}

func (a *arranger) unknownOption(word string) error {
	name, _, _ := cutOption(word)
	var known []string
	for _, flag := range slices.Concat(a.flags(), a.common) {
		known = append(known, flag.Names()...)
	}
	err := a.usage("unknown option %s", word)
	if near := nearest(name, known); near != "" {
		err.hint = fmt.Sprintf("did you mean %s?", dashed(near))
	}
	return err
}

func (a *arranger) usage(format string, args ...any) *failure {
	text, hint := fmt.Sprintf(format, args...), "see zinit help"
	if a.command != nil {
		text, hint = a.command.Name+": "+text, "see zinit help "+a.command.Name
	}
	return &failure{code: exitUsage, text: text, hint: hint}
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
