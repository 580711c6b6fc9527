package configs

import (
	"slices"
	"strings"
)

// builtins are what zinit does itself, at the start of a machine.
var builtins = []string{"sysctl", "modules", "fstab", "swap", "sysvol"}

// builtinPrefix stands before their names.
const builtinPrefix = "@builtin:"

// isBuiltin says whether a command's first word is meant as a builtin. A program
// whose name begins with @ can still be written as a path.
func isBuiltin(word string) bool { return strings.HasPrefix(word, "@") }

// builtin reads the words of such a command.
func (s *source) builtin(key string, at int, words []string) (Command, bool) {
	name, is := strings.CutPrefix(words[0], builtinPrefix)
	switch {
	case !is:
		s.fault(at, "%s: unknown command %s: what begins with @ is %s and one of %s", key, quote(words[0]), quote(builtinPrefix), list(builtins, "or"))
	case !slices.Contains(builtins, name):
		s.fault(at, "%s: unknown builtin %s: use %s%s", key, quote(name), list(builtins, "or"), didYouMean(name, slices.Values(builtins)))
	case len(words) > 1:
		s.fault(at, "%s: a builtin takes no arguments: write %s", key, quote(words[0]))
	default:
		return Command{Builtin: true, Argv: []string{name}, Text: words[0]}, true
	}
	return Command{}, false
}

// builtinKeys are the keys of [service] that mean something for a builtin.
var builtinKeys = []string{"name", "description", "exec", "oneshot", "status", "class", "critical"}

// checkBuiltin refuses what would have no effect on work that is done inside
// zinit. JSON has all keys: what is written and says the default is none.
func (s *source) checkBuiltin(doc *table, to *Service) {
	if !to.Oneshot {
		s.fault(written(doc, "service", "exec").value.at, "exec: a builtin is a task that ends: write oneshot = true too")
	}
	for _, k := range schema {
		if k.table != "limits" && (k.table != "service" || slices.Contains(builtinKeys, k.name)) {
			continue
		}
		if !k.same(to, defaults()) {
			s.fault(written(doc, k.table, k.name).at, "%s has no effect on a builtin, which runs inside zinit: remove it", k.name)
		}
	}
}
