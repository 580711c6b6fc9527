package link

import (
	"fmt"
	"strconv"
	"strings"
)

// Max is the longest message in bytes.
const Max = 512

// Message is one line of words: a verb and what it takes.
type Message []string

// leader is the word for a child that led a session.
const leader = "leader"

// Exit is the message that a child has ended with a status as wait4(2) gives it.
// led: it was the leader of a session, as every service's first process is.
func Exit(pid int, status uint32, led bool) Message {
	m := Message{"exit", strconv.Itoa(pid), strconv.FormatUint(uint64(status), 10)}
	if led {
		m = append(m, leader)
	}
	return m
}

// Exit takes an exit message apart; ok is false for any other.
func (m Message) Exit() (pid int, status uint32, led, ok bool) {
	led = len(m) == 4 && m[3] == leader
	if len(m) != 3 && !led || m[0] != "exit" {
		return 0, 0, false, false
	}
	p, err1 := strconv.ParseInt(m[1], 10, 32)
	s, err2 := strconv.ParseUint(m[2], 10, 32)
	return int(p), uint32(s), led, err1 == nil && err2 == nil && p > 0
}

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
