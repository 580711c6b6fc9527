package configs

import (
	"cmp"
	"path"
	"slices"
)

// warnShared notes that a service names the terminal, or the log file, of one before
// it. users are the services by the path that they name so far. Two names of one device
// are not seen to be the same: there is no file system here.
func (l *loader) warnShared(one *loaded, users map[string][]string) {
	at := cmp.Or(one.TTY, one.Log.File)
	if at == "" || one.refused {
		return
	}
	at = path.Clean(at)
	in, key, effect := "logging", "file", "each rotates it under the other; give each its own"
	if one.TTY != "" {
		in, key, effect = "service", "tty", "each takes it from the other; give each its own, or use conflicts"
	}
	for _, other := range users[at] {
		if one.TTY == "" || !apart(one.Service, l.byName[other].Service) {
			one.source.fault(written(one.doc, in, key).value.at, "%s %s is that of %s too: %s", key, quote(at), quote(other), effect)
			break
		}
	}
	users[at] = append(users[at], one.Name)
}

// apart says whether two services never run at a time: they are in conflict, or one is
// a oneshot that is done before the other starts.
func apart(a, b *Service) bool {
	for range 2 {
		if slices.Contains(a.Conflicts, b.Name) || b.Oneshot && (slices.Contains(a.Requires, b.Name) || slices.Contains(a.After, b.Name)) {
			return true
		}
		a, b = b, a
	}
	return false
}
