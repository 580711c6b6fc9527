package configs

import (
	"strings"

	"github.com/pelletier/go-toml/v2/unstable"
)

// kind is what a value is.
type kind uint8

const (
	isString kind = iota
	isInteger
	isBool
	isArray
	isTable
	isOther // a float or a date: nothing here is one
)

// value is one value of a document and where it is.
type value struct {
	kind  kind
	at    int     // offset in the text; an array's and a table's is that of its key
	text  string  // what a string says; how any other scalar is written
	plain bool    // a string whose text begins one byte behind at, letter by letter
	items []value // of an array
	table *table  // of a table
}

// describe shows a value in an error.
func (v value) describe() string {
	switch v.kind {
	case isString:
		return "the string " + quote(v.text)
	case isArray:
		return "an array"
	case isTable:
		return "a table"
	}
	return bare(v.text)
}

// entry is a key of a table with its value.
type entry struct {
	name string
	at   int
	value
}

// table is a table of a document, with its keys in the order of the text.
type table struct {
	made    made
	entries []*entry
	index   map[string]*entry
}

// made says how a table came to be, which decides who may still add to it
// (TOML 1.0, section Table).
type made uint8

const (
	byChild  made = iota // by [a.b] for a, or not at all: its own header may follow
	byHeader             // by [a]
	byDots               // by a.b = 1 for a: more dotted keys may follow
	inline               // by a = {…}: complete
)

func newTable(how made) *table { return &table{made: how, index: map[string]*entry{}} }

// find is the entry of a key, or nil. A nil table has none.
func (t *table) find(name string) *entry {
	if t == nil {
		return nil
	}
	return t.index[name]
}

// add appends a key that the table does not have.
func (t *table) add(name string, at int, v value) *entry {
	e := &entry{name: name, at: at, value: v}
	t.entries = append(t.entries, e)
	t.index[name] = e
	return e
}

// document reads the whole text. It is false for one that is no TOML; what comes
// before the place is in the table all the same.
func (s *source) document() (*table, bool) {
	var p unstable.Parser
	p.Reset(s.text)
	root := newTable(byHeader)
	current := root
	for p.NextExpression() {
		e := p.Expression()
		switch e.Kind {
		case unstable.KeyValue:
			s.assign(current, e)
		case unstable.Table:
			current = s.header(root, e)
		default:
			current = newTable(byHeader)
			key := e.Child()
			s.fault(int(key.Raw.Offset), "[[%s]] is a list of tables, and no table may be given more than once: write [%[1]s]", bare(string(key.Data)))
		}
	}
	if err := p.Error(); err != nil {
		s.syntax(err)
		return root, false
	}
	return root, true
}

// header is the table that [a.b] begins. One that is refused takes its keys with it.
func (s *source) header(root *table, node *unstable.Node) *table {
	at, keys := root, node.Key()
	for keys.Next() {
		key := keys.Node()
		if !keys.IsLast() {
			if at = s.descend(at, key, byChild); at == nil {
				return newTable(byHeader)
			}
			continue
		}
		name, offset := string(key.Data), int(key.Raw.Offset)
		e := at.find(name)
		switch {
		case e == nil:
			e = at.add(name, offset, value{kind: isTable, at: offset, table: newTable(byHeader)})
		case e.kind == isTable && e.table.made == byChild:
			e.table.made = byHeader
		default:
			s.twice(e, "["+bare(name)+"]", offset)
			return newTable(byHeader)
		}
		return e.table
	}
	return newTable(byHeader)
}

// descend is the table that a part of a dotted name leads into, or nil where it
// may not.
func (s *source) descend(at *table, key *unstable.Node, how made) *table {
	name, offset := string(key.Data), int(key.Raw.Offset)
	e := at.find(name)
	switch {
	case e == nil:
		return at.add(name, offset, value{kind: isTable, at: offset, table: newTable(how)}).table
	case e.kind == isTable && (how == byChild && e.table.made != inline || e.table.made == how):
		return e.table
	}
	s.twice(e, quote(name), offset)
	return nil
}

// assign enters key = value.
func (s *source) assign(at *table, node *unstable.Node) {
	keys := node.Key()
	for keys.Next() {
		key := keys.Node()
		if !keys.IsLast() {
			if at = s.descend(at, key, byDots); at == nil {
				return
			}
			continue
		}
		name, offset := string(key.Data), int(key.Raw.Offset)
		if e := at.find(name); e != nil {
			s.twice(e, quote(name), offset)
			return
		}
		at.add(name, offset, s.value(node.Value(), offset))
	}
}

// twice notes that a name was taken.
func (s *source) twice(e *entry, name string, at int) {
	line, _ := s.place(e.at)
	s.fault(at, "%s is given twice, first in line %d: keep one", name, line)
}

// value turns a node of the parser into a value. at is its key's place.
func (s *source) value(node *unstable.Node, at int) value {
	v := value{kind: isOther, at: at, text: string(node.Data)}
	if node.Raw.Length > 0 {
		v.at = int(node.Raw.Offset)
	}
	switch node.Kind {
	case unstable.String:
		v.kind = isString
		s.string(node, &v)
	case unstable.Integer:
		v.kind = isInteger
	case unstable.Bool:
		v.kind = isBool
	case unstable.Array:
		v.kind = isArray
		for children := node.Children(); children.Next(); {
			v.items = append(v.items, s.item(children.Node(), at))
		}
	case unstable.InlineTable:
		v.kind, v.table = isTable, newTable(inline)
		for children := node.Children(); children.Next(); {
			s.assign(v.table, children.Node())
		}
	}
	return v
}

// item is a value in an array. Nothing here takes arrays of arrays or of tables,
// so that what is in them need not be looked at.
func (s *source) item(node *unstable.Node, at int) value {
	switch node.Kind {
	case unstable.Array:
		return value{kind: isArray, at: at}
	case unstable.InlineTable:
		return value{kind: isTable, at: at, table: newTable(inline)}
	}
	return s.value(node, at)
}

// string completes a string. Line ends in strings of several lines are the file's,
// not the author's: in a file from Windows they become ordinary ones.
func (s *source) string(node *unstable.Node, v *value) {
	raw := string(s.text[node.Raw.Offset : node.Raw.Offset+node.Raw.Length])
	v.plain = len(raw) == len(v.text)+2 && raw[1:len(raw)-1] == v.text
	if strings.HasPrefix(raw, `"""`) || strings.HasPrefix(raw, "'''") {
		v.text = strings.ReplaceAll(v.text, "\r\n", "\n")
	}
}
