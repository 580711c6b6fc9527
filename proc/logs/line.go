package logs

import (
	"bytes"
	"time"
)

// The names of the streams.
const (
	Stdout = "stdout"
	Stderr = "stderr"
	Syslog = "syslog" // what came by Record
)

// maxLine is the length in bytes from which a line is split into pieces.
const maxLine = 16 << 10

// Line is one line of a service's output.
type Line struct {
	Service string
	Stream  string    // Stdout, Stderr or Syslog
	Time    time.Time // when its first byte was taken from the pipe
	Text    []byte    // as written, without the newline; at most 16 KiB
	Partial bool      // the line goes on in the next one of its stream
	Lost    int64     // so many lines are missing here, at least; Text is empty
}

// entry is a line and its place.
type entry struct {
	Line
	at  int64     // offset in the stream
	key time.Time // for merging: never falls within a stream, as the wall clock may

	borrowed bool // Text is a part of something larger
}

// split cuts text, which begins at offset at of the stream, into lines, each with
// the time that index knows. Losses of the index stand where they happened. With
// tail, what follows the last newline is a line too, marked Partial. It returns
// the offset of the first byte that is in no line.
func split(text []byte, at int64, index []record, tail bool) ([]entry, int64) {
	out := make([]entry, 0, bytes.Count(text, []byte{'\n'})+1)
	end := at + int64(len(text))
	losses := lossesFrom(index, at)
	for {
		if len(losses) > 0 && losses[0].at == at {
			out = append(out, entry{at: at, Line: Line{Time: losses[0].time(), Lost: losses[0].lost}})
			losses = losses[1:]
			continue
		}
		stop, broken := end, false
		if len(losses) > 0 && losses[0].at <= end {
			stop, broken = losses[0].at, true
		}
		length, skip, partial := cut(text[len(text)-int(end-at) : len(text)-int(end-stop)])
		if skip == 0 && !broken && !tail || at == stop && !broken {
			return out, at
		}
		if skip == 0 {
			length, skip, partial = int(stop-at), int(stop-at), !broken
		}
		first := len(text) - int(end-at)
		line := Line{Time: timeAt(index, at), Text: text[first : first+length : first+length], Partial: partial}
		out = append(out, entry{at: at, Line: line})
		at += int64(skip)
	}
}

// cut finds the first line, or piece of a line, in b: its length, and how many
// bytes to go on. Both are 0 where b holds neither.
func cut(b []byte) (length, skip int, partial bool) {
	i := bytes.IndexByte(b[:min(len(b), maxLine+1)], '\n')
	switch {
	case i >= 0:
		return i, i + 1, false
	case len(b) > maxLine:
		return maxLine, maxLine, true
	}
	return 0, 0, false
}
