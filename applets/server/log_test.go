package server

import (
	"bytes"
	"fmt"
	"io"
	"log/slog"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

func TestLogOfTraceLevel(t *testing.T) {
	var out bytes.Buffer
	log := newLog(&out, levelTrace, false)
	log.Log(t.Context(), levelTrace, "deep")
	log.Debug("deeper than info")
	if text := out.String(); !strings.Contains(text, "TRC deep") || !strings.Contains(text, "DBG deeper") {
		t.Errorf("got %q", text)
	}
	if strings.Contains(out.String(), "\x1b") {
		t.Error("colour without a terminal")
	}
}

func TestLogLevelHidesWhatIsBelow(t *testing.T) {
	var out bytes.Buffer
	log := newLog(&out, slog.LevelWarn, false)
	log.Info("hidden")
	log.Warn("seen")
	if text := out.String(); strings.Contains(text, "hidden") || !strings.Contains(text, "seen") {
		t.Errorf("got %q", text)
	}
}

func TestQueueNeverBlocksAndCountsWhatItDrops(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		reader, writer := io.Pipe()
		q := newQueue(writer)
		for i := range queued + 100 {
			fmt.Fprintf(q, "line %d\n", i)
			synctest.Wait()
		}
		read := make(chan string)
		go func() {
			text, _ := io.ReadAll(reader)
			read <- string(text)
		}()
		q.close()
		writer.Close()
		text := <-read
		if !strings.Contains(text, "99 log lines lost here") || !strings.Contains(text, "line 1023\n") {
			t.Errorf("got %q…", text[:min(len(text), 200)])
		}
	})
}

func TestQueueDoesNotWaitForAReaderForEver(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		reader, writer := io.Pipe()
		q := newQueue(writer)
		for range queued + 100 {
			q.Write([]byte("x\n"))
		}
		began := time.Now()
		q.close()
		if waited := time.Since(began); waited != farewell {
			t.Errorf("waited %v", waited)
		}
		reader.Close() // the write that is under way fails
		<-q.drained()
	})
}

// drained empties a queue that was given up.
func (q *queue) drained() <-chan struct{} {
	q.lines <- nil
	return q.done
}

func TestQueueSurvivesAReaderThatIsGone(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		reader, writer := io.Pipe()
		reader.Close()
		q := newQueue(writer)
		for range 10 {
			q.Write([]byte("x\n"))
		}
		q.close()
		<-q.done
	})
}
