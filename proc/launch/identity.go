package launch

import (
	"fmt"

	"golang.org/x/sys/unix"
)

// takeIdentity becomes the user. Of root's capabilities those are kept that are to be
// had, as permitted ones only, until setCapabilities.
func takeIdentity(o Orders) error {
	id := o.Identity
	if id == nil {
		return nil
	}
	if o.Capabilities != nil {
		if err := unix.Prctl(unix.PR_SET_KEEPCAPS, 1, 0, 0, 0); err != nil {
			return fmt.Errorf("cannot keep capabilities: %w", err)
		}
	}
	if err := unix.Setgroups(id.Groups); err != nil {
		return fmt.Errorf("cannot set supplementary groups %s: %w", numbers(id.Groups), lacking(err, "CAP_SETGID"))
	}
	if err := unix.Setresgid(id.GID, id.GID, id.GID); err != nil {
		return fmt.Errorf("cannot set group id %d: %w", id.GID, lacking(err, "CAP_SETGID"))
	}
	if err := unix.Setresuid(id.UID, id.UID, id.UID); err != nil {
		return fmt.Errorf("cannot set user id %d: %w", id.UID, lacking(err, "CAP_SETUID"))
	}
	return nil
}

// highest is how many capabilities there can be: two words of 32 bits.
const highest = 64

// dropBounding takes away for good what is not to be had, also by executing a file
// that has it (setuid root, file capabilities): capabilities(7), bounding set.
func dropBounding(o Orders) error {
	if o.Capabilities == nil {
		return nil
	}
	for number := range uintptr(highest) {
		held, err := unix.PrctlRetInt(unix.PR_CAPBSET_READ, number, 0, 0, 0)
		if err != nil {
			return nil // the kernel knows no more than those before
		}
		if held == 0 || *o.Capabilities>>number&1 == 1 {
			continue
		}
		if err := unix.Prctl(unix.PR_CAPBSET_DROP, number, 0, 0, 0); err != nil {
			return fmt.Errorf("cannot give up capability %d: %w", number, lacking(err, "CAP_SETPCAP"))
		}
	}
	return nil
}

// setCapabilities makes all sets exactly what is to be had. The ambient one carries
// it over the exec for a user other than root.
func setCapabilities(o Orders) error {
	if o.Capabilities == nil {
		return nil
	}
	low, high := uint32(*o.Capabilities), uint32(*o.Capabilities>>32)
	header := unix.CapUserHeader{Version: unix.LINUX_CAPABILITY_VERSION_3}
	sets := [2]unix.CapUserData{
		{Effective: low, Permitted: low, Inheritable: low},
		{Effective: high, Permitted: high, Inheritable: high},
	}
	if err := unix.Capset(&header, &sets[0]); err != nil {
		return fmt.Errorf("cannot have capabilities %#x: %w (zinit lacks some)", *o.Capabilities, err)
	}
	if err := unix.Prctl(unix.PR_CAP_AMBIENT, unix.PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0); err != nil {
		return fmt.Errorf("cannot clear ambient capabilities: %w", err)
	}
	for number := range uintptr(highest) {
		if *o.Capabilities>>number&1 == 0 {
			continue
		}
		if err := unix.Prctl(unix.PR_CAP_AMBIENT, unix.PR_CAP_AMBIENT_RAISE, number, 0, 0); err != nil {
			return fmt.Errorf("cannot have capability %d as an ambient one: %w", number, err)
		}
	}
	return nil
}
