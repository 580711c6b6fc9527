package link

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"
)

// Max is the longest message in bytes.
const Max = 512

// Message is one line of words: a verb and what it takes.
type Message []string

// The words of the messages about processes.
const (
	exit    = "exit"
	leader  = "leader"  // behind the rest: the child led a session
	orphans = "orphans" // children were reaped of whom nothing else is told
)

// Exit is the end of a child, as "exit PID STATUS TICKS AT [leader]" on the link.
type Exit struct {
	Pid    int
	Status uint32        // as wait4(2) gives it
	Ticks  uint64        // its start time in clock ticks since boot: proc(5), stat, field 22; 0: not known
	At     time.Duration // when its end was seen, since boot (CLOCK_BOOTTIME); 0: not known
	Led    bool          // it was the leader of a session, as every service's first process is
}

// Message is what the link carries of it.
func (e Exit) Message() Message {
	m := Message{exit, strconv.Itoa(e.Pid), strconv.FormatUint(uint64(e.Status), 10),
		strconv.FormatUint(e.Ticks, 10), strconv.FormatInt(int64(e.At), 10)}
	if e.Led {
		m = append(m, leader)
	}
	return m
}

// Exit takes an exit message apart; ok is false for any other. A zinit-pid1 of
// before an upgrade of the binary may say no more than "exit PID STATUS [leader]".
func (m Message) Exit() (e Exit, ok bool) {
	words := []string(m)
	if n := len(words); n > 3 && words[n-1] == leader {
		e.Led, words = true, words[:n-1]
	}
	if len(words) != 3 && len(words) != 5 || words[0] != exit {
		return Exit{}, false
	}
	pid, err1 := strconv.ParseInt(words[1], 10, 32)
	status, err2 := strconv.ParseUint(words[2], 10, 32)
	e.Pid, e.Status = int(pid), uint32(status)
	var err3, err4 error
	if len(words) == 5 {
		var at uint64
		e.Ticks, err3 = strconv.ParseUint(words[3], 10, 64)
		at, err4 = strconv.ParseUint(words[4], 10, 63)
		e.At = time.Duration(at)
	}
	if pid < 1 || errors.Join(err1, err2, err3, err4) != nil {
		return Exit{}, false
	}
	return e, true
}

// Orphans is the message that children were reaped of whom nothing else is told:
// a group that somebody watches may be empty now.
func Orphans() Message { return Message{orphans} }

// Orphans says whether a message is that.
func (m Message) Orphans() bool { return len(m) == 1 && m[0] == orphans }

// Format gives the bytes of a message. Words are of printable ASCII without
// spaces, and at least one.
func (m Message) Format() ([]byte, error) {
	line := strings.Join(m, " ")
	if _, err := Parse([]byte(line)); err != nil {
		return nil, err
	}
	if strings.Count(line, " ") != len(m)-1 {
		return nil, fmt.Errorf("cannot send %q: a word has a space", line)
	}
	return []byte(line), nil
}

// Parse reads a message: words with one space between them.
func Parse(line []byte) (Message, error) {
	if len(line) == 0 || len(line) > Max {
		return nil, fmt.Errorf("cannot read a message of %d bytes: 1 to %d are allowed", len(line), Max)
	}
	for _, b := range line {
		if b < ' ' || b > '~' {
			return nil, fmt.Errorf("cannot read message %q: it has more than words", line)
		}
	}
	m := Message(strings.Split(string(line), " "))
	for _, word := range m {
		if word == "" {
			return nil, fmt.Errorf("cannot read message %q: it has an empty word", line)
		}
	}
	return m, nil
}
