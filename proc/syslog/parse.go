package syslog

import (
	"bytes"
	"strconv"
)

// Message is what one datagram says. Tag, Pid and Text are parts of the datagram.
type Message struct {
	Priority int    // 8 × facility + severity, 0 to 191; 13 where there is none
	Tag      []byte // who says it, at most 128 bytes; empty: unknown
	Pid      []byte // as the sender has it, at most 32 bytes; empty: it has none
	Data     []byte // structured data as written, RFC 5424; mostly empty
	Text     []byte // without the newlines and zero bytes at its end
}

const (
	userNotice  = 13 // the priority of a message without one, RFC 3164 section 4.3.3
	priorityMax = 191
	tagMax      = 128 // RFC 3164 allows 32 and RFC 5424 48
	pidMax      = 32
)

// Parse reads a datagram, whatever it is: what makes no sense is text.
func Parse(datagram []byte) Message {
	m := Message{Priority: userNotice}
	rest := bytes.TrimRight(datagram, "\n\x00")
	if priority, after, ok := cutPriority(rest); ok {
		m.Priority, rest = priority, after
		if m.modern(rest) {
			return m
		}
	}
	rest = cutTime(rest)
	m.Tag, m.Pid, m.Text = cutTag(rest)
	return m
}

// cutPriority takes "<13>" off.
func cutPriority(text []byte) (priority int, rest []byte, ok bool) {
	const longest = len("<191")
	end := bytes.IndexByte(text[:min(len(text), longest+1)], '>')
	if end < 2 || text[0] != '<' {
		return 0, text, false
	}
	for _, digit := range text[1:end] {
		if digit < '0' || digit > '9' {
			return 0, text, false
		}
		priority = 10*priority + int(digit-'0')
	}
	return priority, text[end+1:], priority <= priorityMax
}

// cutTime takes a time off, "Nov 23 15:04:05 " as RFC 3164 has it, or one of RFC 3339.
func cutTime(text []byte) []byte {
	const old, dated = "aaa dd 00:00:00 ", "0000-00-00T00:00:00"
	if like(text, old) {
		return text[len(old):]
	}
	if like(text, dated) {
		if _, rest, ok := bytes.Cut(text, []byte(" ")); ok {
			return rest
		}
	}
	return text
}

// like says whether text begins like a pattern: a is a letter, 0 a digit, d a digit
// or a space, anything else itself.
func like(text []byte, pattern string) bool {
	if len(text) < len(pattern) {
		return false
	}
	for i, p := range []byte(pattern) {
		b := text[i]
		digit := b >= '0' && b <= '9'
		switch p {
		case 'a':
			if b|0x20 < 'a' || b|0x20 > 'z' {
				return false
			}
		case '0':
			if !digit {
				return false
			}
		case 'd':
			if !digit && b != ' ' {
				return false
			}
		default:
			if b != p {
				return false
			}
		}
	}
	return true
}

// cutTag takes "tag: " or "tag[pid]: " off. A word that ends otherwise is no tag.
func cutTag(text []byte) (tag, pid, rest []byte) {
	end := bytes.IndexAny(text[:min(len(text), tagMax+1)], ":[ ")
	if end <= 0 || !printable(text[:end]) {
		return nil, nil, text
	}
	tag, rest = text[:end], text[end:]
	if rest[0] == '[' {
		end := bytes.IndexByte(rest[:min(len(rest), pidMax+2)], ']')
		if end < 0 || !printable(rest[1:end]) {
			return nil, nil, text
		}
		pid, rest = rest[1:end], rest[end+1:]
	}
	switch {
	case bytes.HasPrefix(rest, []byte(": ")):
		return tag, pid, rest[2:]
	case len(rest) == 1 && rest[0] == ':':
		return tag, pid, rest[1:]
	}
	return nil, nil, text
}

// printable says whether a word is of visible ASCII, or none.
func printable(word []byte) bool {
	for _, b := range word {
		if b <= ' ' || b > '~' {
			return false
		}
	}
	return true
}

// The names are those of syslog(3) and, from ntp to clock, of RFC 5424 section 6.2.1.
// What follows are local0 to local7.
var facilities = [...]string{
	"kern", "user", "mail", "daemon", "auth", "syslog", "lpr", "news", "uucp", "cron", "authpriv", "ftp", "ntp", "audit", "alert", "clock",
}

var severities = [...]string{"emerg", "alert", "crit", "err", "warning", "notice", "info", "debug"}

// facility is the name of who a message is from, like daemon, as logger(1) takes it.
func (m Message) facility() string {
	number := m.Priority / 8
	if number < len(facilities) {
		return facilities[number]
	}
	return "local" + strconv.Itoa(number-len(facilities))
}

// severity is the name of how bad it is, like err.
func (m Message) severity() string { return severities[m.Priority%8] }

// Append appends the message as people see it: "daemon.err web[17]: text". The
// lines after the first are indented, so that none looks like another message.
func (m Message) Append(line []byte) []byte {
	line = append(append(append(line, m.facility()...), '.'), m.severity()...)
	if len(m.Tag) > 0 {
		line = append(append(line, ' '), m.Tag...)
		if len(m.Pid) > 0 {
			line = append(append(append(line, '['), m.Pid...), ']')
		}
		line = append(line, ':')
	}
	for _, part := range [][]byte{m.Data, m.Text} {
		if len(part) > 0 {
			line = append(line, ' ')
			line = append(line, bytes.ReplaceAll(part, []byte("\n"), []byte("\n    "))...)
		}
	}
	return line
}
