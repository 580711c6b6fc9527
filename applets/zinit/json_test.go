package zinit

import (
	"slices"
	"testing"

	"github.com/urfave/cli/v2"
)

// Every command that shows something takes --json. Those that signal the shim, and
// help, show nothing of the server's.
func TestEveryCommandSpeaksJSON(t *testing.T) {
	mute := []string{"poweroff", "reboot", "halt", "help"}
	for _, command := range (&session{}).newApp().Commands {
		speaks := slices.ContainsFunc(command.Flags, func(f cli.Flag) bool { return slices.Contains(f.Names(), "json") })
		if speaks == slices.Contains(mute, command.Name) {
			t.Errorf("%s: takes --json: %v", command.Name, speaks)
		}
	}
}
