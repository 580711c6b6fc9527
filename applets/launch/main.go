// Package launch is the applet that becomes a service's process. The server runs it,
// nobody types it. It runs before every birth that has orders, so it does nothing
// but carry them out, and imports nothing else.
package launch

import (
	"os"

	"zinit/proc/launch"
)

// Name is what the server calls it.
const Name = launch.Name

// Main carries out orders: args are these and the service's own argv. It returns only
// if that failed.
func Main(args []string) int { return launch.Main(args, os.Environ()) }
