// Command zinit is a process supervisor: the client, the server and the PID 1
// shim in one static binary. Which of them runs depends on the name it is called
// by; see package applets.
package main

import (
	"os"

	"zinit/applets"
)

func main() { os.Exit(applets.Main(os.Args)) }
