package zinit

import (
	"slices"
	"testing"
)

// Every command that shows something takes --json. Those that signal the shim, and
// help, show nothing of the server's.
func TestEveryCommandSpeaksJSON(t *testing.T) {
	mute := []string{"poweroff", "reboot", "halt", "help"}
	for _, command := range (&session{}).commands() {
		speaks := lookup(command.options, "json") != nil
		if speaks == slices.Contains(mute, command.name) {
			t.Errorf("%s: takes --json: %v", command.name, speaks)
		}
	}
}
