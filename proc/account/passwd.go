package account

import (
	"bytes"
	"errors"
	"fmt"
	"strconv"
	"strings"
)

// The fields of passwd(5) and group(5).
const (
	passwdName, passwdUID, passwdGID, passwdHome, passwdShell, passwdWidth = 0, 2, 3, 5, 6, 7
	groupName, groupGID, groupUsers, groupWidth                            = 0, 2, 3, 4
)

// accountsMax bounds passwd and group, which a directory service may have filled.
const accountsMax = 16 << 20

// errNobody is that a file has no such entry.
var errNobody = errors.New("there is none of that name")

// lookUp gives the first entry of a file that has a word in one of its fields.
func lookUp(file string, field int, word string, fields int) ([]string, error) {
	text, err := readRegular(file, accountsMax)
	if err != nil {
		return nil, fmt.Errorf("cannot look it up in %s: %w", file, err)
	}
	for line := range entries(text, fields) {
		if line[field] == word {
			return line, nil
		}
	}
	return nil, fmt.Errorf("%w in %s", errNobody, file)
}

// entries are the lines of passwd(5) or group(5) that have enough fields. Those of
// NIS, which begin with + or -, are none.
func entries(text []byte, fields int) func(yield func([]string) bool) {
	return func(yield func([]string) bool) {
		for line := range bytes.Lines(text) {
			entry := strings.Split(strings.TrimSpace(string(line)), ":")
			if len(entry) == fields && entry[0] != "" && !strings.ContainsAny(entry[0][:1], "+-#") && !yield(entry) {
				return
			}
		}
	}
}

// parseID reads a uid or gid. The largest number is none: chown(2) and its like
// understand it as "leave it as it is".
func parseID(text string) (id int, ok bool) {
	n, err := strconv.ParseUint(text, 10, 32)
	return int(n), err == nil && n != 1<<32-1
}
