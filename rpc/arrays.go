package rpc

import (
	"encoding/json"
)

// What the types call an array is never null, and an object neither: the types
// that have them as keys say so when they are written.

// array returns a slice that is not nil.
func array[T any](s []T) []T {
	if s == nil {
		return []T{}
	}
	return s
}

// MarshalJSON writes the keys of the type; arrays and maps are never null.
func (i Info) MarshalJSON() ([]byte, error) {
	type plain Info
	i.ConfigDirs = array(i.ConfigDirs)
	if i.States == nil {
		i.States = map[string]int{}
	}
	return json.Marshal(plain(i))
}

// MarshalJSON writes the keys of the type; arrays are never null.
func (w Why) MarshalJSON() ([]byte, error) {
	type plain Why
	w.Chain = array(w.Chain)
	return json.Marshal(plain(w))
}

// MarshalJSON writes the keys of the type; arrays are never null.
func (n TreeNode) MarshalJSON() ([]byte, error) {
	type plain TreeNode
	n.Requires, n.After = array(n.Requires), array(n.After)
	n.Wants, n.Conflicts = array(n.Wants), array(n.Conflicts)
	return json.Marshal(plain(n))
}

// MarshalJSON writes the keys of the type; arrays are never null.
func (r Reload) MarshalJSON() ([]byte, error) {
	type plain Reload
	r.Added, r.Removed, r.Changed = array(r.Added), array(r.Removed), array(r.Changed)
	r.Restarted, r.Errors = array(r.Restarted), array(r.Errors)
	return json.Marshal(plain(r))
}

// MarshalJSON writes the keys of the type; arrays are never null.
func (b Bulk) MarshalJSON() ([]byte, error) {
	type plain Bulk
	b.Done, b.Skipped = array(b.Done), array(b.Skipped)
	return json.Marshal(plain(b))
}

// MarshalJSON writes the keys of the type; arrays are never null. It descends by
// itself: encoding/json would check each level again for every level above it, and
// a chain of processes can be thousands deep.
func (p Process) MarshalJSON() ([]byte, error) { return p.appendJSON(nil) }

func (p Process) appendJSON(out []byte) ([]byte, error) {
	type plain Process
	children := p.Children
	p.Children = []Process{}
	own, err := json.Marshal(plain(p))
	if err != nil {
		return nil, err
	}
	// children is the last key: what follows its opening bracket is "]}".
	out = append(out, own[:len(own)-2]...)
	for i, child := range children {
		if i > 0 {
			out = append(out, ',')
		}
		if out, err = child.appendJSON(out); err != nil {
			return nil, err
		}
	}
	return append(out, "]}"...), nil
}
