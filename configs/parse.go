package configs

import (
	"path"
	"slices"
	"strings"
)

// Parse makes a service out of the text of a file. file is its path, for the
// problems and the origin; its base without .toml is the service's name, unless
// the text gives another. There is a service, or there are problems, all that
// could be found, sorted; never both.
func Parse(file string, text []byte) (*Service, []Problem) {
	return ParseNamed(file, baseName(file), text)
}

// ParseNamed is [Parse] for a text whose name doesn't follow from its file: name
// is what the service is called unless the text says otherwise. With an empty one
// the text has to say it.
func ParseNamed(file, name string, text []byte) (*Service, []Problem) {
	s := source{file: file, service: name, text: text}
	service, _ := s.parse()
	return service, s.problems
}

// baseName is the name that a file gives to its service.
func baseName(file string) string { return strings.TrimSuffix(path.Base(file), ".toml") }

// parse goes all the way from text to service. The document comes with it for
// the places of its keys.
func (s *source) parse() (*Service, *table) {
	if !s.clean() {
		return nil, nil
	}
	doc, whole := s.document()
	service := s.decode(doc)
	if whole && s.kindOf(doc) {
		s.name(doc, service)
		s.check(doc, service)
	}
	if len(s.problems) > 0 {
		sortProblems(s.problems)
		return nil, nil
	}
	return service, doc
}

// decode reads all that is written into a service with defaults.
func (s *source) decode(doc *table) *Service {
	service := defaults()
	service.Origin = s.file
	service.Target = doc.find("target") != nil
	for _, e := range doc.entries {
		switch {
		case e.kind != isTable:
			s.outside(e)
		case !slices.Contains(tables, e.name):
			s.fault(e.at, "unknown table [%s]: use %s%s", bare(e.name), bracketed(), didYouMean(e.name, slices.Values(tables)))
		default:
			s.decodeTable(e, service)
		}
	}
	return service
}

// decodeTable reads the keys of one table.
func (s *source) decodeTable(t *entry, to *Service) {
	for _, e := range t.table.entries {
		if len(s.problems) == maxProblems {
			return // to look for what was meant costs time
		}
		if k, ok := row(t.name, e.name); ok {
			k.form.read(s, e.name, e.value, to)
			continue
		}
		s.unknown(t.name, e)
	}
}

// unknown notes a key that its table doesn't have. Most often it is misspelt or
// stands in the wrong table.
func (s *source) unknown(table string, e *entry) {
	for _, k := range schema {
		if k.name == e.name && table != "target" {
			s.fault(e.at, "unknown key %s in [%s]: it belongs in [%s]", quote(e.name), table, k.table)
			return
		}
	}
	near := nearest(e.name, keyNames(table))
	if near == "exec" {
		s.meantExec = true
	}
	if near != "" && table != "limits" { // few know the kernel's words by heart: they are always shown
		s.fault(e.at, "unknown key %s in [%s]: did you mean %s?", quote(e.name), table, quote(near))
		return
	}
	s.fault(e.at, "unknown key %s in [%s]: its keys are %s%s", quote(e.name), table,
		list(slices.Collect(keyNames(table)), "and"), didYouMean(e.name, keyNames(table)))
}

// outside notes a key that stands before the first table.
func (s *source) outside(e *entry) {
	for _, k := range schema {
		if k.name == e.name {
			s.fault(e.at, "key %s stands outside of any table: it belongs below [%s]", quote(e.name), k.table)
			return
		}
	}
	s.fault(e.at, "key %s stands outside of any table: a file has a [service] or a [target]", quote(e.name))
}

// bracketed shows all tables.
func bracketed() string {
	var words []string
	for _, t := range tables {
		words = append(words, "["+t+"]")
	}
	return list(words, "or")
}

// kindOf checks that the file is either a service or a target, with the tables
// that go with it.
func (s *source) kindOf(doc *table) bool {
	service, target := doc.find("service"), doc.find("target")
	switch {
	case service != nil && target != nil:
		later := service
		if target.at > service.at {
			later = target
		}
		s.fault(later.at, "[service] and [target] can't be in one file: make two files")
		return false
	case service == nil && target == nil:
		s.fault(0, "the file has neither [service] nor [target]: begin with one of them")
		return false
	case service != nil:
		return service.kind == isTable
	}
	for _, e := range doc.entries {
		if e.name != "target" && e.name != "dependencies" && slices.Contains(tables, e.name) {
			s.fault(e.at, "[%s] can't go with [target], which has no process: only [dependencies] can", e.name)
		}
	}
	return target.kind == isTable
}

// name gives the service the name that follows from its file, where it has none.
func (s *source) name(doc *table, to *Service) {
	kind := "service"
	if to.Target {
		kind = "target"
	}
	switch {
	case written(doc, kind, "name") != nil:
	case s.service == "":
		s.fault(doc.find(kind).at, "name is missing in [%s]: a text without a file has to give it", kind)
	case badName(s.service) != "":
		s.fault(doc.find(kind).at, "the file's name %s can't be the service's: it %s; rename the file, or write name = in [%s]",
			quote(s.service), badName(s.service), kind)
	default:
		to.Name = s.service
	}
}
