package pid1

import (
	"os"
	"os/signal"
	"runtime"
	"slices"

	"zinit/proc/boot"
)

// Main runs the shim and gives its exit code. On a machine it does not return.
// Words that it does not know are ignored: the kernel passes any.
func Main(args []string) int {
	// While this is still the first thread: it is to be the reaper's, who tells
	// orphans from services by it (reap.Loop, Apart).
	runtime.LockOSThread()
	// Before anything else: from here on no signal but SIGKILL ends this process.
	signals := make(chan os.Signal, 256)
	signal.Notify(signals)
	boot.IgnoreLibc()
	boot.DefaultChild()
	s := newShim(wantsContainer(args), signals)
	go func() { os.Exit(s.run()) }()
	<-s.ready
	s.reap()
	select {}
}

// wantsContainer says whether the flag or the variable is there.
func wantsContainer(args []string) bool {
	return slices.Contains(args, "--container") || os.Getenv("ZINIT_CONTAINER") != ""
}
