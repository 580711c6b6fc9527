package probe

import (
	"strconv"
	"strings"
)

// MessageMax is how many bytes of what somebody else says are passed on.
const MessageMax = 300

// OneLine makes of anything one line of printable text of at most so many bytes.
func OneLine(text string, most int) string {
	printable := func(r rune) rune {
		if strconv.IsPrint(r) {
			return r
		}
		return ' '
	}
	text = strings.TrimSpace(text)
	return strings.TrimSpace(strings.Map(printable, strings.ToValidUTF8(text[:min(len(text), most)], "?")))
}

// LastLine is the last line of an output that says anything.
func LastLine(output []byte) string {
	text := strings.TrimSpace(string(output))
	return text[strings.LastIndexByte(text, '\n')+1:]
}
