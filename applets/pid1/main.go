package pid1

import (
	"os"
	"os/signal"
	"slices"

	"zinit/proc/boot"
)

// Main runs the shim and gives its exit code. On a machine it does not return.
// Words that it does not know are ignored: the kernel passes any.
func Main(args []string) int {
	// First of all: from here on no signal but SIGKILL ends this process.
	signals := make(chan os.Signal, 256)
	signal.Notify(signals)
	boot.IgnoreLibc()
	return newShim(wantsContainer(args), signals).run()
}

// wantsContainer says whether the flag or the variable is there.
func wantsContainer(args []string) bool {
	return slices.Contains(args, "--container") || os.Getenv("ZINIT_CONTAINER") != ""
}
