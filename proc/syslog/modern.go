package syslog

import "bytes"

// modern reads what follows the priority as RFC 5424 has it,
//
//	1 TIME HOST APP PROCID MSGID DATA TEXT
//
// where "-" is nothing. ok is false for what is not written so, and for an app's name
// that could not be told from the text.
func (m *Message) modern(rest []byte) (ok bool) {
	var words [6][]byte // version, time, host, app, procid, msgid
	for i := range words {
		word, after, found := bytes.Cut(rest, []byte(" "))
		if !found || !printable(word) || len(word) == 0 {
			return false
		}
		words[i], rest = word, after
	}
	at, app, procid := words[1], orNone(words[3]), orNone(words[4])
	if string(words[0]) != "1" || len(app) > tagMax || len(procid) > pidMax ||
		orNone(at) != nil && !like(at, "0000-00-00T00:00:00") {
		return false
	}
	data, text, ok := cutData(rest)
	if !ok {
		return false
	}
	m.Tag, m.Pid, m.Data = app, procid, data
	m.Text = bytes.TrimPrefix(text, []byte("\ufeff")) // that it is UTF-8
	return true
}

// orNone is a word, or nil where it stands for nothing.
func orNone(word []byte) []byte {
	if string(word) == "-" {
		return nil
	}
	return word
}

// cutData takes the structured data off, and leaves that out which speaks of the
// time alone and which logger(1) adds by itself.
func cutData(rest []byte) (data, text []byte, ok bool) {
	if string(rest) == "-" {
		return nil, nil, true
	}
	if text, ok := bytes.CutPrefix(rest, []byte("- ")); ok {
		return nil, text, true
	}
	for len(rest) > 0 && rest[0] == '[' {
		end := elementEnd(rest)
		if end < 0 {
			return nil, nil, false
		}
		if !bytes.HasPrefix(rest, []byte("[timeQuality ")) {
			data = append(data, rest[:end]...)
		}
		rest, ok = rest[end:], true
	}
	if ok && len(rest) > 0 {
		rest, ok = bytes.CutPrefix(rest, []byte(" "))
	}
	return data, rest, ok
}

// elementEnd is where an element ends, `[id name="value"…]`: at a bracket that is
// outside of quotes, in which a backslash takes the next byte along. -1: nowhere.
func elementEnd(element []byte) int {
	quoted := false
	for i := 1; i < len(element); i++ {
		switch b := element[i]; {
		case b == '\\' && quoted:
			i++
		case b == '"':
			quoted = !quoted
		case b == ']' && !quoted:
			return i + 1
		}
	}
	return -1
}
