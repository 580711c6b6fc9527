package link

import (
	"slices"
	"strings"
)

// KeptVariable is where a server finds the names of the sockets that were kept for
// it, in the order of their descriptors: "notify:log". What it starts must not get it.
const KeptVariable = "ZINIT_KEPT"

// firstKept is the descriptor of the first of them; the link is the one before.
const firstKept = 4

// keptMost is how many there may be.
const keptMost = 8

// Kept is descriptors that are held for the servers to come, by name. The zero value
// has none. One goroutine uses it.
type Kept struct {
	names []string
	files []int
}

// Keep takes a descriptor in and gives what is to be closed: that which had the name
// before, or the new one if there are too many.
func (k *Kept) Keep(name string, fd int) (surplus []int) {
	surplus = k.Drop(name)
	if len(k.names) == keptMost || strings.Contains(name, ":") {
		return append(surplus, fd)
	}
	k.names, k.files = append(k.names, name), append(k.files, fd)
	return surplus
}

// Drop forgets a name and gives its descriptor, to be closed; none: nobody knows it.
func (k *Kept) Drop(name string) (surplus []int) {
	i := slices.Index(k.names, name)
	if i < 0 {
		return nil
	}
	surplus = []int{k.files[i]}
	k.names, k.files = slices.Delete(k.names, i, i+1), slices.Delete(k.files, i, i+1)
	return surplus
}

// Names is the value of KeptVariable for a server that gets Files behind the link.
func (k *Kept) Names() string { return strings.Join(k.names, ":") }

// Files are the descriptors, in the order of Names.
func (k *Kept) Files() []int { return k.files }

// KeptAs finds a descriptor by its name, in the value of KeptVariable.
func KeptAs(names, name string) (fd int, ok bool) {
	i := slices.Index(strings.Split(names, ":"), name)
	if i < 0 || i >= keptMost {
		return -1, false
	}
	return firstKept + i, true
}
