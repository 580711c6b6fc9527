package vm

import "testing"

// greeter is a service that says who it is, once a second.
func greeter(name, keys string) string {
	return script(keys, `
exec >/dev/console
while :; do echo "`+name+` is pid $$"; sleep 1; done`)
}

// TestInitramfs boots without a disk: the initramfs is the system. Its files are
// there, its network and its name are up, and Ctrl-Alt-Del ends it in order.
func TestInitramfs(t *testing.T) {
	needMachine(t)
	t.Parallel()
	initramfs := image{files: files{
		"etc/hostname":                 "box\n",
		"etc/zinit/system/early.toml":  script("oneshot = true", `echo "early runs" >/dev/console`),
		"facts.toml":                   script("oneshot = true\n[dependencies]\nafter = [\"early\"]", facts),
		"web.toml":                     script("[dependencies]\nafter = [\"facts\"]", stopper),
		"etc/zinit/services/notes.txt": "no service",
	}}.initramfs(t)
	m := boot(t, "zinit.log=debug splash nonsense=1", "-i", initramfs)
	m.shows("early runs")
	for _, fact := range []string{
		"host box", "lo is up", "class early system", "class facts user", "facts end",
		"/proc proc", "/sys sysfs", "/dev devtmpfs", "/dev/pts devpts", "/dev/shm tmpfs", "/run tmpfs", "/sys/fs/cgroup cgroup2",
		"null is there", "stdout is there", "tty group 0",
	} {
		m.shows(fact)
	}
	m.never("zinit-pid1: cannot ")
	m.shows("web is up")
	begins := m.expect(`(\d+\.\d+) s after the kernel: zinit-pid1 begins`, 1)[1]
	first := m.expect(`(\d+\.\d+) s after the kernel: the first service`, 1)[1]
	t.Logf("zinit-pid1 began %s s after the kernel, the first service %s s", begins, first)
	m.ctrlAltDel(1)
	m.shows("web stops")
	m.ends()
}

// facts prints what a service finds on a machine.
const facts = `
exec >/dev/console
echo "host $(cat /proc/sys/kernel/hostname)"
test "$(cat /sys/class/net/lo/flags)" = 0x9 && echo "lo is up"
while read -r _ target type _; do echo "$target $type"; done </proc/self/mounts
test -c /dev/null && echo "null is there"
echo "stdout is there" >/dev/stdout
set -- $(cat /proc/self/stat); echo "tty group $7"
for name in early facts; do
	case $(zinit status $name --json) in *\"class\":\"system\"*|*\"class\":\ \"system\"*) echo "class $name system";; *) echo "class $name user";; esac
done
echo "facts end"`

// stopper is a service that says when it is told to stop.
const stopper = `
exec >/dev/console
trap 'echo "web stops"; exit 0' TERM
echo "web is up"
while :; do sleep 1; done`

// TestServerIsKilled kills the server of a machine. The services do not feel it,
// and the next server knows them.
func TestServerIsKilled(t *testing.T) {
	needMachine(t)
	t.Parallel()
	m := boot(t, "", "-i", image{files: files{
		"web.toml": greeter("web", ""),
		"killer.toml": script("oneshot = true", `
exec >/dev/console
kill -9 $(pidof zinit-server)
until zinit list >/dev/null 2>&1; do sleep 1; done
zinit status web --json
echo "the server is back"
sleep 3
kill -TERM 1`),
	}}.initramfs(t))
	pid := m.expect(`web is pid (\d+)\n`, 1)[1]
	m.shows("zinit-server has ended (signal killed), services go on")
	m.expect(`"pid":\s*`+pid+`\b`, 1)
	m.shows("the server is back")
	m.expect(`the server is back(?s:.*)web is pid `+pid+`\n`, 1)
	m.ends()
	if again := m.expect(`web is pid (\d+)\n(?s:.*)`, 1)[1]; again != pid {
		t.Errorf("pid %s became %s", pid, again)
	}
}

// TestSignals sends PID 1 every signal that is not a request, then has it reload
// and restart the server.
func TestSignals(t *testing.T) {
	needMachine(t)
	t.Parallel()
	m := boot(t, "", "-i", image{files: files{
		"etc/late.toml": script("", `
exec >/dev/console
echo "late is up"
echo >/run/late
exec sleep 1000`),
		"web.toml": greeter("web", ""),
		"sender.toml": script("oneshot = true", `
exec >/dev/console 2>&1
i=1
while test $i -le 64; do
	case $i in
	1|2|10|15|30|37|38|39) ;;
	*) kill -$i 1 || echo "signal $i cannot be sent" ;;
	esac
	i=$((i + 1))
done
echo "all are sent"
cat /etc/late.toml >/etc/zinit/services/late.toml
kill -HUP 1
until test -e /run/late; do sleep 1; done
kill -USR1 1`),
	}}.initramfs(t))
	m.shows("all are sent")
	m.never("cannot be sent")
	pid := m.expect(`web is pid (\d+)\n`, 1)[1]
	m.shows("late is up")
	m.never("shutting down")
	m.shows("zinit-server has ended (signal killed), services go on")
	m.expect(`services go on(?s:.*)web is pid `+pid, 1)
	m.ctrlAltDel(1)
	m.ends()
}

// TestConsoleThatNobodyReads floods a console that nobody reads. The boot goes
// on, which the second serial line shows, and so does the end.
func TestConsoleThatNobodyReads(t *testing.T) {
	needMachine(t)
	t.Parallel()
	second := t.TempDir() + "/second"
	m := start(t, false, "zinit.log=trace", "-S", second, "-i", image{files: files{
		"flood.toml": script("", "exec yes 'nobody reads this' >/dev/console"),
		"crash.toml": script("[lifecycle]\nrestart_delay_ms = 0", "exit 1"),
		"end.toml": script("oneshot = true", `
sleep 3
busybox timeout 2 busybox echo "a line" >/dev/console || echo "the console is stuck" >/dev/ttyS1
zinit list >/dev/ttyS1
echo "powering off" >/dev/ttyS1
kill -TERM 1`),
	}}.initramfs(t))
	m.ends()
	if text := do(t, "cat", second); !containsAll(text, "the console is stuck", "flood", "crash", "powering off") {
		t.Errorf("the second line shows\n%s", text)
	}
}
