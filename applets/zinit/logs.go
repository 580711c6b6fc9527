package zinit

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
	"time"

	"zinit/rpc"
)

func (s *session) logsCommand() *command {
	return &command{
		name:      "logs",
		usage:     "show what services have written",
		arguments: "[NAME…]",
		description: "All that is kept, the oldest first; all services where none is named, merged by time.\n" +
			"With one service the lines are as they were written; with several, or none named, each\n" +
			"begins with \"NAME | \". On a terminal control characters are escaped, and […] marks the\n" +
			"pieces of a line that was too long. With -f and --json: one JSON document a line.",
		options: []*option{
			{name: "n", alias: "lines", value: "N", usage: "only the newest N lines"},
			{name: "f", alias: "follow", usage: "go on with what is written from now on, until Ctrl-C"},
			{name: "since", value: "TIME", usage: "only what is newer than TIME: 5m, or 2006-01-02T15:04:05Z"},
			{name: "stream", value: "STREAM", usage: "only STREAM: stdout, stderr or syslog"},
			{name: "t", alias: "timestamps", usage: "begin each line with its time"},
			jsonFlag(),
		},
		run: s.logs,
	}
}

func (s *session) logs(c *commandLine) error {
	query, err := s.logQuery(c)
	if err != nil {
		return err
	}
	if c.is("f") {
		return s.followLogs(c, query)
	}
	lines, err := ask(s, c, answerLimit, (*rpc.Client).Logs, query)
	if rpc.IsKind(err, rpc.TooLarge) {
		query.Once = true
		return s.followLogs(c, query)
	}
	if err != nil {
		return err
	}
	if c.is("json") {
		return s.showJSON(array(lines))
	}
	for _, line := range lines {
		s.showLine(c, line)
	}
	return nil
}

// logQuery makes the protocol's question out of the command line.
func (s *session) logQuery(c *commandLine) (rpc.LogQuery, error) {
	query := rpc.LogQuery{Names: c.names, Stream: c.text("stream")}
	switch query.Stream {
	case "", "stdout", "stderr", "syslog":
	default:
		return query, usagef(c, "--stream %q is none of stdout, stderr, syslog", query.Stream)
	}
	if text := c.text("n"); c.has("n") {
		n, err := strconv.Atoi(text)
		if err != nil || n < 0 {
			return query, usagef(c, "-n %q is no number of lines", text)
		}
		query.Lines = &n
	}
	if text := c.text("since"); c.has("since") {
		since, err := s.instant(text)
		if err != nil {
			return query, usagef(c, "--since %q is neither a time span like 5m nor a time like 2006-01-02T15:04:05Z", text)
		}
		query.SinceMs = since.UnixMilli()
	}
	return query, nil
}

// instant reads a time span before now, or a point in time.
func (s *session) instant(text string) (time.Time, error) {
	if d, err := span(text); err == nil && d >= 0 {
		return s.now().Add(-d), nil
	}
	return time.Parse(time.RFC3339, text)
}

// followLogs prints lines until Ctrl-C, or, with once, all that are kept. While more
// lines wait they are collected: a write a line would make the client slower than the
// service.
func (s *session) followLogs(c *commandLine, query rpc.LogQuery) error {
	conn, err := s.connect(c)
	if err != nil {
		return err
	}
	ctx, stop := untilInterrupt(c.ctx)
	defer stop()
	seq, err := conn.Follow(ctx, query)
	if err != nil {
		return interrupted(ctx, err)
	}
	waiting := make(chan followed, 1024)
	go func() {
		defer close(waiting)
		for line, err := range seq {
			select {
			case waiting <- followed{line, err}:
			case <-ctx.Done():
				return
			}
		}
	}()
	shown, err := s.showFollowed(c, query, waiting)
	switch {
	case err != nil:
		return interrupted(ctx, err)
	case !query.Once:
		return ended(ctx)
	case c.is("json"):
		s.out.WriteString(closing(shown))
	}
	return nil
}

// closing ends the array of so many lines.
func closing(n int) string {
	if n == 0 {
		return "[]\n"
	}
	return "\n]\n"
}

// followed is one element of what the server sends.
type followed struct {
	line rpc.Line
	err  error
}

// showFollowed says how many lines it has shown.
func (s *session) showFollowed(c *commandLine, query rpc.LogQuery, waiting <-chan followed) (n int, err error) {
	for item := range waiting {
		if err = item.err; err != nil {
			return n, err
		}
		switch {
		case !c.is("json"):
			s.showLine(c, item.line)
		case query.Once:
			err = s.showElement(n, item.line)
		default:
			err = s.showJSONLine(item.line)
		}
		if err != nil {
			return n, err
		}
		n++
		if len(waiting) == 0 {
			if err := s.out.Flush(); err != nil {
				return n, fmt.Errorf("cannot write the output: %w", err)
			}
		}
	}
	return n, nil
}

// showElement prints a line as the nth element of an array that is too long to be had
// as a whole, in the form of showJSON.
func (s *session) showElement(n int, line rpc.Line) error {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	e.SetIndent("  ", "  ")
	if err := e.Encode(line); err != nil {
		return err
	}
	before := ",\n  "
	if n == 0 {
		before = "[\n  "
	}
	s.out.WriteString(before)
	s.out.Write(bytes.TrimSuffix(b.Bytes(), []byte("\n")))
	return nil
}

// showLine prints one line for people. Errors of the output stay in its buffer, and
// come with the next flush.
func (s *session) showLine(c *commandLine, line rpc.Line) {
	if c.is("t") {
		s.out.WriteString(s.clock(line.TimeMs) + " ")
	}
	if len(c.names) != 1 {
		s.out.WriteString(line.Service + " | ")
	}
	s.out.WriteString(s.lineText(line, s.terminal))
	s.out.WriteByte('\n')
}

// lineText is the text of a line: as it was written, or safe for a terminal.
func (s *session) lineText(line rpc.Line, safe bool) string {
	if line.Lost == 1 {
		return s.paint(dim, "[… 1 line lost]")
	}
	if line.Lost > 0 {
		return s.paint(dim, fmt.Sprintf("[… %d lines lost]", line.Lost))
	}
	text := line.Text
	if line.Bytes != nil {
		text = string(line.Bytes)
	}
	if !safe {
		return text
	}
	text = visible(strings.TrimSuffix(text, "\r"))
	if line.Partial {
		text += s.paint(dim, "[…]")
	}
	return text
}
