package boot

import (
	"errors"
	"fmt"
	"os"
	"strings"
	"time"

	"zinit/proc/volume"
)

// How a root device is waited for: drivers find it some time after the kernel has started us.
const (
	rootPatience = 5 * time.Second // without rootwait
	rootPause    = 20 * time.Millisecond
)

// awaitRoot finds the device that root= names, and waits for it: for ever with
// rootwait.
func awaitRoot(c CommandLine, say Say) (device string, err error) {
	for began, said := time.Now(), false; ; time.Sleep(rootPause) {
		device, err = findRoot(c)
		waited := time.Since(began)
		if !errors.Is(err, os.ErrNotExist) || !c.RootWait && waited > rootPatience {
			return device, err
		}
		if !said && waited > time.Second {
			said = true
			say("waiting for root=%s", c.Root)
		}
	}
}

// findRoot looks once. The error is os.ErrNotExist while there is none.
func findRoot(c CommandLine) (device string, err error) {
	_, _, tagged := strings.Cut(c.Root, "=")
	is, named := volume.Named(c.Root)
	switch {
	case named:
		return volume.Find(is)
	case strings.HasPrefix(c.Root, "/"):
		_, err := os.Stat(c.Root)
		return c.Root, err
	case c.RootType != "" && !tagged:
		return c.Root, nil // what this file system calls a source: a tag, a share
	}
	return "", fmt.Errorf("cannot understand root=%s: write a path, LABEL=… or UUID=…", c.Root)
}
