package builtin

import (
	"fmt"
	"slices"
	"strconv"
	"unsafe"

	"golang.org/x/sys/unix"
)

// The flags of swapon(2).
const (
	swapPrefer   = 0x8000
	swapPriority = 0x7fff
	swapDiscard  = 0x10000
)

// swap begins to use the swap space of fstab(5).
func (t *task) swap() {
	for _, e := range t.table() {
		if e.kind != "swap" || e.noauto {
			continue
		}
		err := t.swapOn(e)
		switch {
		case err == nil:
		case e.nofail:
			t.say("%s: cannot swap to %s: %v (nofail)", e, e.source, err)
		default:
			t.fail("%s: cannot swap to %s: %v", e, e.source, err)
		}
	}
}

func (t *task) swapOn(e entry) error {
	how, err := swapFlags(e.options)
	if err != nil {
		return err
	}
	device, err := t.device(e.source)
	if err != nil {
		return err
	}
	path, err := unix.BytePtrFromString(device)
	if err != nil {
		return err
	}
	_, _, errno := unix.Syscall(unix.SYS_SWAPON, uintptr(unsafe.Pointer(path)), how, 0)
	switch errno {
	case 0, unix.EBUSY: // EBUSY: it is in use already
		return nil
	case unix.EINVAL:
		return fmt.Errorf("%w: it has no swap header (mkswap makes it)", errno)
	}
	return errno
}

// swapFlags reads the options of a swap line: pri=0 to 32767, discard.
func swapFlags(options []string) (uintptr, error) {
	var how uintptr
	if text, ok := value(options, "pri"); ok {
		priority, err := strconv.ParseUint(text, 10, 15)
		if err != nil {
			return 0, fmt.Errorf("pri=%s is no number from 0 to %d", text, swapPriority)
		}
		how = swapPrefer | uintptr(priority)
	}
	if _, some := value(options, "discard"); some || slices.Contains(options, "discard") {
		how |= swapDiscard
	}
	return how, nil
}
