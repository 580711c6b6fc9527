package server

import (
	"fmt"
	"io"
	"log/slog"
	"os"
	"slices"
	"strings"
	"sync/atomic"
	"time"

	"github.com/lmittmann/tint"
)

// levelTrace is below debug.
const levelTrace = slog.LevelDebug - 4

// levels are the words for levels, in their order.
var levels = []string{"trace", "debug", "info", "warn", "error"}

// parseLevel reads a level's word; empty is info.
func parseLevel(word string) (slog.Level, error) {
	if word == "" {
		return slog.LevelInfo, nil
	}
	at := slices.Index(levels, strings.ToLower(word))
	if at < 0 {
		return 0, fmt.Errorf("unknown log level %q: use %s", word, strings.Join(levels, ", "))
	}
	return levelTrace + slog.Level(4*at), nil
}

// newLog makes the server's logger.
func newLog(out io.Writer, level slog.Level, colour bool) *slog.Logger {
	return slog.New(tint.NewTextHandler(out, &tint.Options{
		Level:      level,
		TimeFormat: "2006-01-02 15:04:05.000",
		NoColor:    !colour || os.Getenv("NO_COLOR") != "",
		ReplaceAttr: func(_ []string, a slog.Attr) slog.Attr {
			if level, ok := a.Value.Any().(slog.Level); ok && a.Key == slog.LevelKey && level <= levelTrace {
				return slog.String(slog.LevelKey, "TRC")
			}
			return a
		},
	}))
}

// isTerminal says whether a file is a terminal, or at least a character device.
func isTerminal(f *os.File) bool {
	about, err := f.Stat()
	return err == nil && about.Mode()&os.ModeCharDevice != 0
}

const (
	queued   = 1024                   // lines that may wait for who reads the log
	farewell = 500 * time.Millisecond // for them to be read at the end
)

// queue is a writer that never blocks: a console that nobody reads must not stop
// the server. One goroutine writes; what finds no room is dropped, counted and
// told of.
type queue struct {
	to    io.Writer
	lines chan []byte
	lost  atomic.Int64
	done  chan struct{} // closed when all is written
}

func newQueue(to io.Writer) *queue {
	q := &queue{to: to, lines: make(chan []byte, queued), done: make(chan struct{})}
	go q.run()
	return q
}

// Write takes one line. It never fails.
func (q *queue) Write(line []byte) (int, error) {
	select {
	case q.lines <- slices.Clone(line):
	default:
		q.lost.Add(1)
	}
	return len(line), nil
}

// run writes what is taken until the nil that close sends. An error of the file is
// that of a reader who has gone; there is nobody to tell.
func (q *queue) run() {
	defer close(q.done)
	for line := range q.lines {
		if line == nil {
			return
		}
		_, _ = q.to.Write(line)
		if n := q.lost.Swap(0); n > 0 {
			fmt.Fprintf(q.to, "zinit-server: %d log lines lost here: nobody read them\n", n)
		}
	}
}

// close gives the last lines a moment to be read.
func (q *queue) close() {
	timer := time.NewTimer(farewell)
	defer timer.Stop()
	select {
	case q.lines <- nil:
	case <-timer.C:
		return
	}
	select {
	case <-q.done:
	case <-timer.C:
	}
}
