package zinit

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"strconv"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"
)

// showJSON prints one document.
func (s *session) showJSON(v any) error {
	e := json.NewEncoder(s.out)
	e.SetEscapeHTML(false)
	e.SetIndent("", "  ")
	return e.Encode(v)
}

// showJSONLine prints one document of many, in one line.
func (s *session) showJSONLine(v any) error {
	e := json.NewEncoder(s.out)
	e.SetEscapeHTML(false)
	return e.Encode(v)
}

// columns prints rows whose cells stand below each other. Each row is as long as
// the first. paint, unless it is nil, colours a cell that has its width already.
func columns(w io.Writer, indent string, rows [][]string, paint func(row, column int, cell string) string) {
	if len(rows) == 0 {
		return
	}
	widths := make([]int, len(rows[0]))
	for _, row := range rows {
		for i, cell := range row {
			widths[i] = max(widths[i], utf8.RuneCountInString(cell))
		}
	}
	out := bufio.NewWriter(w)
	defer out.Flush()
	for r, row := range rows {
		last := len(row) - 1
		for last > 0 && row[last] == "" {
			last-- // no blanks at the end of a line
		}
		out.WriteString(indent)
		for i, cell := range row[:last+1] {
			fill := ""
			if i < last {
				fill = strings.Repeat(" ", widths[i]-utf8.RuneCountInString(cell)+2)
			}
			if paint != nil {
				cell = paint(r, i, cell)
			}
			out.WriteString(cell)
			out.WriteString(fill)
		}
		out.WriteByte('\n')
	}
}

// The colours, as ECMA-48 sequences.
const (
	red    = "31"
	green  = "32"
	yellow = "33"
	dim    = "2"
	bold   = "1"
)

// paint colours a text where colours are wanted.
func (s *session) paint(color, text string) string {
	if !s.color || color == "" || text == "" {
		return text
	}
	return "\x1b[" + color + "m" + text + "\x1b[0m"
}

// stateColor is the colour of a state.
func stateColor(state string) string {
	switch state {
	case "running":
		return green
	case "blocked", "starting", "stopping":
		return yellow
	case "failed":
		return red
	}
	return dim
}

// short prints a time span with its two largest units: 3m12s, 2d4h, 350ms.
func short(d time.Duration) string {
	d = max(d, 0)
	const day = 24 * time.Hour
	switch {
	case d >= day:
		return pair(d/day, "d", d%day/time.Hour, "h")
	case d >= time.Hour:
		return pair(d/time.Hour, "h", d%time.Hour/time.Minute, "m")
	case d >= time.Minute:
		return pair(d/time.Minute, "m", d%time.Minute/time.Second, "s")
	case d >= time.Second:
		return fmt.Sprintf("%ds", d/time.Second)
	case d == 0:
		return "0s"
	}
	return fmt.Sprintf("%dms", max(d/time.Millisecond, 1))
}

func pair(a time.Duration, unitA string, b time.Duration, unitB string) string {
	if b == 0 {
		return fmt.Sprintf("%d%s", a, unitA)
	}
	return fmt.Sprintf("%d%s%d%s", a, unitA, b, unitB)
}

// ago prints how long ago a Unix time in milliseconds was.
func (s *session) ago(ms int64) string { return short(s.now().Sub(time.UnixMilli(ms))) }

// clock prints a Unix time in milliseconds as RFC 3339 with three decimals.
func (s *session) clock(ms int64) string {
	return time.UnixMilli(ms).In(s.zone).Format("2006-01-02T15:04:05.000Z07:00")
}

// visible makes control characters and bytes that are no UTF-8 harmless to a
// terminal: they are shown as Go writes them in a string.
func visible(text string) string {
	if strings.IndexFunc(text, harmful) < 0 {
		return text
	}
	var b strings.Builder
	for len(text) > 0 {
		r, size := utf8.DecodeRuneInString(text)
		switch {
		case r == utf8.RuneError && size == 1:
			fmt.Fprintf(&b, `\x%02x`, text[0])
		case harmful(r) && r != utf8.RuneError:
			b.WriteString(strings.Trim(strconv.QuoteRune(r), "'"))
		default:
			b.WriteRune(r)
		}
		text = text[size:]
	}
	return b.String()
}

// harmful says whether a character may move a terminal's cursor, or stands for a
// byte that is no UTF-8.
func harmful(r rune) bool { return r != '\t' && (unicode.IsControl(r) || r == utf8.RuneError) }

// oneLine is a text of several lines, made safe, in one.
func oneLine(text string) string {
	return visible(strings.Join(strings.FieldsFunc(text, func(r rune) bool { return r == '\n' || r == '\r' }), "; "))
}
