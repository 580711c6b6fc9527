package account

import (
	"cmp"
	"errors"
	"fmt"
	"os"
	"path"
	"slices"
	"strconv"
	"strings"

	"zinit/proc/launch"
)

// Account is whom a service runs as.
type Account struct {
	launch.Identity
	user  string // the name; empty: not known, or the service names no user
	home  string // empty: the service names no user
	shell string // empty: not known, or none that runs anything
}

// Resolve looks up a service's user and group in the passwd(5) and group(5) of a
// directory, /etc. nil: it names neither. It may block.
//
// A number needs no file. A uid that passwd does not have gets the group of the same
// number: never root's, and never ours. The supplementary groups are those that
// group(5) gives to the user, and no others.
func Resolve(etc, user, group string) (*Account, error) {
	if user == "" && group == "" {
		return nil, nil
	}
	a := &Account{}
	a.UID, a.GID = os.Geteuid(), os.Getegid()
	var err error
	if user != "" {
		err = a.findUser(etc, user)
	}
	if err == nil && group != "" {
		a.GID, err = findGroup(etc, group)
	}
	if err == nil {
		err = a.findGroups(etc)
	}
	return a, err
}

// findUser fills in all but the supplementary groups.
func (a *Account) findUser(etc, user string) error {
	uid, numeric := parseID(user)
	at := passwdName
	if numeric {
		user, at = strconv.Itoa(uid), passwdUID
	}
	line, err := lookUp(etc+"/passwd", at, user, passwdWidth)
	if numeric && line == nil {
		a.UID, a.GID, a.home = uid, uid, "/"
		return nil
	}
	if err != nil {
		return fmt.Errorf("cannot run as user %s: %w", launch.Shown(user), err)
	}
	uid, ok1 := parseID(line[passwdUID])
	gid, ok2 := parseID(line[passwdGID])
	if !ok1 || !ok2 {
		return fmt.Errorf("cannot run as user %s: %s/passwd gives no numbers for it", launch.Shown(user), etc)
	}
	a.UID, a.GID, a.user = uid, gid, line[passwdName]
	a.home, a.shell = cmp.Or(line[passwdHome], "/"), line[passwdShell]
	if base := path.Base(a.shell); base == "nologin" || base == "false" {
		a.shell = "" // it keeps people out, and runs nothing
	}
	return nil
}

func findGroup(etc, group string) (gid int, err error) {
	if gid, numeric := parseID(group); numeric {
		return gid, nil
	}
	line, err := lookUp(etc+"/group", groupName, group, groupWidth)
	if err != nil {
		return 0, fmt.Errorf("cannot run as group %s: %w", launch.Shown(group), err)
	}
	gid, ok := parseID(line[groupGID])
	if !ok {
		return 0, fmt.Errorf("cannot run as group %s: %s/group gives no number for it", launch.Shown(group), etc)
	}
	return gid, nil
}

// findGroups fills in the groups as initgroups(3) does: the first one, and those
// that name the user as a member.
func (a *Account) findGroups(etc string) error {
	a.Groups = []int{a.GID}
	if a.user == "" {
		return nil
	}
	text, err := readRegular(etc+"/group", accountsMax)
	if errors.Is(err, os.ErrNotExist) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("cannot run as user %s: its groups are not known: %s/group: %w", launch.Shown(a.user), etc, err)
	}
	for line := range entries(text, groupWidth) {
		gid, ok := parseID(line[groupGID])
		if ok && slices.Contains(strings.Split(line[groupUsers], ","), a.user) && !slices.Contains(a.Groups, gid) {
			a.Groups = append(a.Groups, gid)
		}
	}
	return nil
}

// Login are the variables of a login that a service with a user gets. What is not
// known of the user is not taken over from ours: drop are the names of these.
func (a *Account) Login() (add map[string]string, drop []string) {
	add = map[string]string{}
	if a == nil || a.home == "" {
		return add, nil
	}
	add["HOME"] = a.home
	for _, v := range []struct{ key, value string }{{"USER", a.user}, {"LOGNAME", a.user}, {"SHELL", a.shell}} {
		if v.value == "" {
			drop = append(drop, v.key)
			continue
		}
		add[v.key] = v.value
	}
	return add, drop
}
