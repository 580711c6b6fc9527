package vm

import (
	"os"
	"os/exec"
	"path/filepath"
	"testing"
)

// TestControlGroups has services run into the limits of their control groups, and
// one escape in every other way: session, parent and environment tell nothing.
func TestControlGroups(t *testing.T) {
	needMachine(t)
	t.Parallel()
	m := boot(t, "", "-i", image{files: files{
		"eater.toml":   script("[lifecycle]\nrestart = \"never\"\n[limits]\nmemory_max = \"24M\"", `x=aaaaaaaa; while :; do x=$x$x; done`),
		"forker.toml":  script("[limits]\npids_max = 12", forker),
		"crawler.toml": script("[limits]\ncpu_max = 150", `echo "cpu.max is $(cat /sys/fs/cgroup/zinit/crawler/cpu.max)" >/dev/console; exec sleep 1000`),
		"tiny.toml":    script("[limits]\npids_max = 1", `echo "tiny runs" >/dev/console; exec sleep 1000`),
		"hermit.toml":  script("", `busybox setsid sh /etc/escape & wait; exec sleep 1000`),
		"etc/escape":   `busybox env -i /bin/sh -c "busybox setsid sh /etc/hide &"`,
		"etc/hide":     `echo $$ >/run/escaped; exec sleep 1000`,
		"judge.toml":   script("oneshot = true", judge),
	}}.initramfs(t))
	for _, fact := range []string{
		"cpu.max is 150000 100000",
		"forker could not fork",
		"tiny runs",
		"hermit is not in the group's session",
		"hermit is gone",
		"the group is gone",
		"favordynmods is on",
	} {
		m.shows(fact)
	}
	m.expect(`"oom": true`, 1)
	m.expect(`cgroup +ok +/sys/fs/cgroup/zinit`, 1)
	m.expect(`controllers +ok +cpu memory pids`, 1)
	m.never("still there")
	m.never("has no control group")
	m.never("not in its control group")
	m.ends()
}

const forker = `
i=0
while test $i -lt 20; do sleep 1000 & i=$((i + 1)); done 2>/run/forks
cat /run/forks >/dev/console
sleep 1000`

const judge = `
exec >/dev/console 2>&1
until test "$(cat /sys/fs/cgroup/zinit/forker/pids.events)" != "max 0"; do sleep 1; done
echo "forker could not fork: $(cat /sys/fs/cgroup/zinit/forker/pids.events)"
until test -s /run/escaped; do sleep 1; done
pid=$(cat /run/escaped)
set -- $(cat /proc/$pid/stat)
test "$4" = 1 && test "$6" = $pid && echo "hermit is not in the group's session"
zinit stop hermit
if test -e /proc/$pid; then echo "hermit is still there"; else echo "hermit is gone"; fi
if test -e /sys/fs/cgroup/zinit/hermit; then echo "the group is still there"; else echo "the group is gone"; fi
until zinit status eater --json | busybox grep oom; do sleep 1; done
busybox grep cgroup2 /proc/mounts | busybox grep -q favordynmods && echo "favordynmods is on"
zinit doctor
kill -TERM 1`

// TestContainerWithControlGroups has a second zinit in a cgroup namespace, as in a
// container whose control groups may be written.
func TestContainerWithControlGroups(t *testing.T) {
	needMachine(t)
	t.Parallel()
	box := filepath.Join(t.TempDir(), "box")
	build := exec.Command("go", "build", "-o", box, "testdata/box/main.go")
	build.Env = append(os.Environ(), "CGO_ENABLED=0")
	out, err := build.CombinedOutput()
	if err != nil {
		t.Fatalf("cannot build box: %v\n%s", err, out)
	}
	program, err := os.ReadFile(box)
	must(t, err)
	m := boot(t, "", "-i", image{files: files{
		"etc/box":    string(program),
		"inner.toml": script("[lifecycle]\nrestart = \"never\"", inner),
		"etc/inner/services/eater.toml": script("[lifecycle]\nrestart = \"never\"\n[limits]\nmemory_max = \"24M\"\npids_max = 5",
			`cat /proc/self/cgroup >/dev/console; x=aaaaaaaa; while :; do x=$x$x; done`),
		"etc/inner/services/web.toml": script("", "exec sleep 1000"),
		"judge.toml":                  script("oneshot = true", innerJudge),
	}}.initramfs(t))
	for _, fact := range []string{
		"0::/zinit/eater",
		`"oom": true`,
		"the leaf has the shim and the server",
		"the next server has the groups",
		"only the leaf is left",
	} {
		m.shows(fact)
	}
	m.expect(`cgroup +ok +/sys/fs/cgroup/zinit`, 1)
	m.expect(`controllers +ok +cpu memory pids`, 1)
	m.ends()
}

const inner = `
busybox chmod +x /etc/box
export ZINIT_CONTAINER=1 ZINIT_CONFIG_DIR=/etc/inner/services ZINIT_SOCKET=/run/inner.sock
exec /etc/box /sys/fs/cgroup/box /bin/zinit pid1 >/dev/console 2>&1`

const innerJudge = `
exec >/dev/console 2>&1
box=/sys/fs/cgroup/box
export ZINIT_SOCKET=/run/inner.sock
until zinit status eater --json 2>/dev/null | busybox grep oom; do sleep 1; done
zinit doctor
test $(busybox wc -l <$box/init/cgroup.procs) = 2 && test "$(cat $box/cgroup.procs)" = "" && echo "the leaf has the shim and the server"
shim=$(busybox head -n 1 $box/init/cgroup.procs)
server=$(busybox tail -n 1 $box/init/cgroup.procs)
kill -USR1 $shim
while test -e /proc/$server; do sleep 1; done
until zinit doctor 2>/dev/null | busybox grep -q 'cgroup .*/cgroup/zinit$'; do sleep 1; done
zinit stop web && test ! -e $box/zinit/web && echo "the next server has the groups"
kill -TERM $shim
while test "$(cat $box/init/cgroup.procs)" != ""; do sleep 1; done
test "$(busybox find $box/zinit -name cgroup.procs | busybox xargs cat)" = "" && echo "only the leaf is left"
kill -TERM 1`
