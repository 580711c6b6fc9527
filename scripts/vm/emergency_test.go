package vm

import "testing"

// critical is a service that fails for good.
var critical = script("critical = true\n[lifecycle]\nrestart = \"never\"", "exit 3")

// TestEmergencyShell has a critical service fail: there is a shell on the
// console, with job control, the other services go on, and after the shell
// Ctrl-Alt-Del works.
func TestEmergencyShell(t *testing.T) {
	needMachine(t)
	t.Parallel()
	m := boot(t, "", "-i", image{files: files{
		"database.toml": critical,
		"web.toml":      greeter("web", ""),
	}}.initramfs(t))
	m.shows("emergency shell on the console; Ctrl-Alt-Del reboots")
	m.shows("# ")
	m.types("echo $((6 * 7)) is $(tty)")
	m.shows("42 is /dev/")
	m.never("job control turned off")
	m.expect(`web is pid \d+`, 3)
	m.types("zinit status database --json")
	m.expect(`"state":\s*"failed"`, 1)
	m.types("exit")
	m.shows("the emergency shell has ended; Ctrl-Alt-Del reboots")
	m.ctrlAltDel(1)
	m.ends()
}

// TestNoShell has the same in an image without one.
func TestNoShell(t *testing.T) {
	needMachine(t)
	t.Parallel()
	m := boot(t, "", "-i", image{bare: true, files: files{
		"database.toml": "[service]\nexec = \"/no/such/program\"\ncritical = true\n[lifecycle]\nrestart = \"never\"\n",
		"web.toml":      "[service]\nexec = [\"/bin/zinit\", \"events\"]\n",
	}}.initramfs(t))
	m.shows("no emergency shell: there is no shell in this image; Ctrl-Alt-Del reboots")
	m.ctrlAltDel(1)
	m.ends()
}

// TestEmergencyWord asks for a shell on the kernel's command line: it comes before
// the services, and the boot goes on after it.
func TestEmergencyWord(t *testing.T) {
	needMachine(t)
	t.Parallel()
	m := boot(t, "zinit.emergency", "-i", image{files: files{"web.toml": greeter("web", "")}}.initramfs(t))
	m.shows("emergency shell on the console; Ctrl-Alt-Del reboots")
	m.shows("# ")
	m.types("pidof zinit-server || echo no server")
	m.expect(`\nno server`, 1)
	m.never("web is pid")
	m.types("exit")
	m.shows("the emergency shell has ended; the boot goes on")
	m.expect(`web is pid \d+`, 2)
	m.ctrlAltDel(1)
	m.ends()
}

// stubborn is a service that may take for ever to stop.
var stubborn = script("[lifecycle]\nstop_timeout_ms = 600000", `
trap 'echo "not yet" >/dev/console' TERM
echo "stubborn is up" >/dev/console
while :; do sleep 1; done`)

// TestImpatience presses Ctrl-Alt-Del seven times while a shutdown waits.
func TestImpatience(t *testing.T) {
	needMachine(t)
	t.Parallel()
	m := boot(t, "", "-i", image{files: files{"stubborn.toml": stubborn}}.initramfs(t))
	m.shows("stubborn is up")
	m.ctrlAltDel(1)
	m.shows("not yet")
	m.ctrlAltDel(7)
	m.ends()
}

// TestShutdownTimeout bounds a shutdown by a variable, which the kernel's command
// line may set.
func TestShutdownTimeout(t *testing.T) {
	needMachine(t)
	t.Parallel()
	m := boot(t, "ZINIT_SHUTDOWN_TIMEOUT_MS=2000", "-i", image{files: files{"stubborn.toml": stubborn}}.initramfs(t))
	m.shows("stubborn is up")
	m.ctrlAltDel(1)
	m.shows("the shutdown takes too long: ending what is left")
	m.ends()
}

// TestHalt halts: the kernel says so, and nothing panics.
func TestHalt(t *testing.T) {
	needMachine(t)
	t.Parallel()
	m := boot(t, "", "-i", image{files: files{"end.toml": script("oneshot = true", "exec zinit halt")}}.initramfs(t))
	m.shows("System halted")
	m.never("Kernel panic")
}

// TestTarget boots only what a target needs.
func TestTarget(t *testing.T) {
	needMachine(t)
	t.Parallel()
	m := boot(t, "zinit.target=rescue", "-i", image{files: files{
		"rescue.toml": "[target]\n[dependencies]\nrequires = [\"web\"]\n",
		"web.toml":    greeter("web", ""),
		"other.toml":  greeter("other", ""),
	}}.initramfs(t))
	m.expect(`web is pid \d+`, 3)
	m.never("other is pid")
	m.ctrlAltDel(1)
	m.ends()
}
