package configs

import (
	"bytes"
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strconv"
)

// MarshalJSON gives the definition as JSON of the TOML tables, defaults filled
// in, and "origin" beside the tables. [Service.UnmarshalJSON] reads it back.
func (s *Service) MarshalJSON() ([]byte, error) {
	w := writer{text: []byte{'{'}}
	for _, table := range tables {
		if !s.has(table) {
			continue
		}
		w.name(table)
		w.text = append(w.text, '{')
		for k := range keysOf(table) {
			if shown := k.form.show(s); shown != nil {
				w.name(k.name)
				w.show(shown)
			}
		}
		w.text = append(w.text, '}')
	}
	w.name("origin")
	w.show(s.Origin)
	return append(w.text, '}'), w.err
}

// has says whether a service's JSON has a table.
func (s *Service) has(table string) bool {
	switch table {
	case "target":
		return s.Target
	case "dependencies":
		return true
	case "health":
		return s.Health != nil
	case "limits":
		return len(s.Limits) > 0 || s.Cgroup != Cgroup{}
	}
	return !s.Target
}

// writer writes JSON. err is the first thing that went wrong.
type writer struct {
	text []byte
	err  error
}

// name begins a member, with a comma where one is due.
func (w *writer) name(name string) {
	if w.text[len(w.text)-1] != '{' {
		w.text = append(w.text, ',')
	}
	w.text = append(w.text, '"')
	w.text = append(w.text, name...)
	w.text = append(w.text, '"', ':')
}

// show writes what a form shows. A record is written at each change of a service,
// so what needs no escapes goes its own, shorter way.
func (w *writer) show(shown any) {
	switch shown := shown.(type) {
	case bool:
		w.text = strconv.AppendBool(w.text, shown)
	case int:
		w.text = strconv.AppendInt(w.text, int64(shown), 10)
	case int64:
		w.text = strconv.AppendInt(w.text, shown, 10)
	case string:
		w.string(shown)
	case []string:
		w.text = append(w.text, '[')
		for i, item := range shown {
			if i > 0 {
				w.text = append(w.text, ',')
			}
			w.string(item)
		}
		w.text = append(w.text, ']')
	default:
		w.any(shown)
	}
}

func (w *writer) string(text string) {
	if !isPlain(text) {
		w.any(text)
		return
	}
	w.text = append(w.text, '"')
	w.text = append(w.text, text...)
	w.text = append(w.text, '"')
}

// any writes a value the long way.
func (w *writer) any(shown any) {
	text, err := json.Marshal(shown)
	w.text = append(w.text, text...)
	w.err = cmp.Or(w.err, err)
}

// isPlain says whether a string stands in JSON as it is.
func isPlain(text string) bool {
	for i := range len(text) {
		if c := text[i]; c < ' ' || c >= 0x7f || c == '"' || c == '\\' {
			return false
		}
	}
	return true
}

// UnmarshalJSON reads what [Service.MarshalJSON] wrote, by the rules of a file:
// what is wrong in one is an error here.
func (s *Service) UnmarshalJSON(b []byte) error {
	var members map[string]any
	d := json.NewDecoder(bytes.NewReader(b))
	d.UseNumber()
	if err := d.Decode(&members); err != nil {
		return fmt.Errorf("cannot read the definition of a service: %w", err)
	}
	origin, _ := members["origin"].(string)
	delete(members, "origin")
	src := source{file: origin}
	doc := tree(members)
	service := src.decode(doc)
	if src.kindOf(doc) {
		src.name(doc, service)
		src.check(doc, service)
	}
	if len(src.problems) > 0 {
		return errors.New("cannot read the definition of a service: " + src.problems[0].Message)
	}
	*s = *service
	return nil
}

// tree turns a JSON object into a table, in order of its names.
func tree(members map[string]any) *table {
	t := newTable(byHeader)
	for _, name := range slices.Sorted(maps.Keys(members)) {
		t.add(name, nowhere, leaf(members[name]))
	}
	return t
}

// leaf turns a JSON value into a value.
func leaf(v any) value {
	to := value{kind: isOther, at: nowhere}
	switch v := v.(type) {
	case string:
		to.kind, to.text = isString, v
	case json.Number:
		to.kind, to.text = isInteger, v.String()
	case bool:
		to.kind, to.text = isBool, fmt.Sprint(v)
	case []any:
		to.kind = isArray
		for _, item := range v {
			to.items = append(to.items, leaf(item))
		}
	case map[string]any:
		to.kind, to.table = isTable, tree(v)
	default:
		to.text = "null"
	}
	return to
}
