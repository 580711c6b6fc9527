package account

import (
	"fmt"
	"os"

	"golang.org/x/sys/unix"

	"zinit/proc/launch"
)

// Permitted is whom a process has to become, if we may make it so; nil: it is that
// already. Who is not root keeps the groups it has.
func (a *Account) Permitted() (*launch.Identity, error) {
	if a == nil {
		return nil, nil
	}
	held, err := Capabilities()
	if err != nil {
		return nil, err
	}
	mayUser, mayGroup := held>>unix.CAP_SETUID&1 == 1, held>>unix.CAP_SETGID&1 == 1
	switch uid, gid := os.Geteuid(), os.Getegid(); {
	case a.UID != uid && !mayUser:
		return nil, fmt.Errorf("cannot run as user id %d: zinit runs as user id %d and lacks CAP_SETUID: run it as root, or leave out user", a.UID, uid)
	case mayGroup:
		return &a.Identity, nil
	case a.GID != gid || a.UID != uid:
		return nil, fmt.Errorf("cannot run with group id %d: zinit runs with group id %d and lacks CAP_SETGID: run it as root, or leave out group", a.GID, gid)
	}
	return nil, nil
}

// Capabilities are those that we hold ourselves, as bits by their numbers, capabilities(7).
func Capabilities() (held uint64, err error) {
	header := unix.CapUserHeader{Version: unix.LINUX_CAPABILITY_VERSION_3}
	var sets [2]unix.CapUserData
	if err := unix.Capget(&header, &sets[0]); err != nil {
		return 0, fmt.Errorf("cannot tell our own capabilities: %w", err)
	}
	return uint64(sets[1].Effective)<<32 | uint64(sets[0].Effective), nil
}
