package launch

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
)

// Name is argv[0] of a process that is to carry out orders, which are its argv[1].
// The service's own argv follows.
const Name = "zinit-launch"

// Report is the descriptor of the pipe that tells how a launch went: Executing, if it
// came to that, and then one line if it failed.
const Report = 3

// Orders are what a process does to itself before it executes a service's program.
// The zero value of each field changes nothing.
type Orders struct {
	Path            string    // the program; if relative, then to Dir
	Dir             string    // working directory, entered with the service's own rights
	Cgroup          string    // directory of the control group to join, cgroups(7)
	TTY             string    // terminal to own and to have as stdin, stdout, stderr
	Limits          []Limit   // resource limits
	Nice            *int      // -20 to 19, setpriority(2)
	OOMScoreAdj     *int      // -1000 to 1000, proc(5)
	Identity        *Identity // whom to run as
	Capabilities    *uint64   // bits of all that it has and can ever get, capabilities(7)
	NoNewPrivileges bool      // PR_SET_NO_NEW_PRIVS, prctl(2)
}

// Identity is a user and their groups.
type Identity struct {
	UID, GID int
	Groups   []int // all supplementary ones, setgroups(2)
}

// Limit is one resource limit, getrlimit(2). ^0 is RLIM_INFINITY.
type Limit struct {
	Name       string // in lower case, without RLIMIT_: "nofile"
	Soft, Hard uint64
}

// Format gives the orders as text that Parse reads: a line for each, "nice 5".
func (o Orders) Format() string {
	var t text
	t.word("path", o.Path)
	t.word("dir", o.Dir)
	t.word("cgroup", o.Cgroup)
	t.word("tty", o.TTY)
	for _, l := range o.Limits {
		t.line("limit", l.Name+" "+strconv.FormatUint(l.Soft, 10)+" "+strconv.FormatUint(l.Hard, 10))
	}
	t.number("nice", o.Nice)
	t.number("oom", o.OOMScoreAdj)
	if id := o.Identity; id != nil {
		t.line("identity", numbers(append([]int{id.UID, id.GID}, id.Groups...)))
	}
	if o.Capabilities != nil {
		t.line("capabilities", strconv.FormatUint(*o.Capabilities, 16))
	}
	if o.NoNewPrivileges {
		t.line("no_new_privileges", "true")
	}
	return t.String()
}

// text is orders that are being written.
type text struct{ strings.Builder }

func (t *text) line(key, value string) {
	t.WriteString(key)
	t.WriteByte(' ')
	t.WriteString(value)
	t.WriteByte('\n')
}

func (t *text) word(key, value string) {
	if value != "" {
		t.line(key, strconv.Quote(value))
	}
}

func (t *text) number(key string, value *int) {
	if value != nil {
		t.line(key, strconv.Itoa(*value))
	}
}

// Parse reads orders. It refuses what it does not understand: the server above may
// be of another version, and an order may be what keeps a service harmless.
func Parse(text string) (Orders, error) {
	var o Orders
	for line := range strings.Lines(text) {
		key, value, _ := strings.Cut(strings.TrimSuffix(line, "\n"), " ")
		if err := o.take(key, value); err != nil {
			return Orders{}, fmt.Errorf("cannot understand the order %q: %w", line, err)
		}
	}
	return o, nil
}

func (o *Orders) take(key, value string) (err error) {
	switch key {
	case "path":
		o.Path, err = strconv.Unquote(value)
	case "dir":
		o.Dir, err = strconv.Unquote(value)
	case "cgroup":
		o.Cgroup, err = strconv.Unquote(value)
	case "tty":
		o.TTY, err = strconv.Unquote(value)
	case "limit":
		var l Limit
		l, err = parseLimit(value)
		o.Limits = append(o.Limits, l)
	case "nice":
		o.Nice, err = pointer(strconv.Atoi(value))
	case "oom":
		o.OOMScoreAdj, err = pointer(strconv.Atoi(value))
	case "identity":
		o.Identity, err = parseIdentity(value)
	case "capabilities":
		o.Capabilities, err = pointer(strconv.ParseUint(value, 16, 64))
	case "no_new_privileges":
		o.NoNewPrivileges, err = strconv.ParseBool(value)
	default:
		err = strconv.ErrSyntax
	}
	return err
}

// numbers writes numbers with a space between them.
func numbers(all []int) string {
	words := make([]string, len(all))
	for i, n := range all {
		words[i] = strconv.Itoa(n)
	}
	return strings.Join(words, " ")
}

func parseLimit(value string) (Limit, error) {
	words := strings.Fields(value)
	if len(words) != 3 {
		return Limit{}, strconv.ErrSyntax
	}
	soft, err1 := strconv.ParseUint(words[1], 10, 64)
	hard, err2 := strconv.ParseUint(words[2], 10, 64)
	return Limit{words[0], soft, hard}, errors.Join(err1, err2)
}

func parseIdentity(value string) (*Identity, error) {
	words := strings.Fields(value)
	ids := make([]int, len(words))
	for i, word := range words {
		id, err := strconv.ParseUint(word, 10, 32)
		if err != nil {
			return nil, err
		}
		ids[i] = int(id)
	}
	if len(ids) < 2 {
		return nil, strconv.ErrSyntax
	}
	return &Identity{UID: ids[0], GID: ids[1], Groups: ids[2:]}, nil
}

func pointer[T any](v T, err error) (*T, error) { return &v, err }
