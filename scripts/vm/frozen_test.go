package vm

import "testing"

// TestNothingEndsIt freezes a process, so that not even SIGKILL ends it: freezer of
// control groups, version 1. It is named, there is no second one of it, it is gone
// when it thaws, and in the end the machine does not wait for it.
func TestNothingEndsIt(t *testing.T) {
	needMachine(t)
	t.Parallel()
	m := boot(t, "", "-i", image{files: files{
		"mammoth.toml": script("[lifecycle]\nstop_timeout_ms = 300", `echo "a mammoth $$" >/dev/console; exec sleep 3000`),
		"herd.toml": script("[lifecycle]\nstop_timeout_ms = 300",
			`busybox setsid sh -c 'echo $$ >/run/calf; exec sleep 2000' & wait; exec sleep 1000`),
		"web.toml":   script("", stopper),
		"bin/freeze": freeze,
		"judge.toml": script("oneshot = true", frozenJudge),
	}}.initramfs(t))
	m.shows("that is all")
	first := m.expect(`a mammoth (\d+)\n`, 1)[1]
	m.shows("zinit: mammoth does not end, not even by SIGKILL (see zinit debug-procs mammoth)")
	m.shows("stop ends with 1")
	m.expect(`status: state: +stopping (?s:.*)status: left over: +pid `+first+` could not be killed`, 1)
	m.expect(`procs: `+first+` +1 +`+first+` +D +sleep 3000`, 1)
	m.expect(`cannot start mammoth within 2s: mammoth is stopping and does not end, not even by SIGKILL(?s:.*)start ends with 5(?s:.*)mammoths: 1\n`, 1)
	m.shows("web: running")
	second := m.expect(`thawed(?s:.*)a mammoth (\d+)\n(?s:.*)mammoth: running, pid (\d+)\n(?s:.*)the first is gone(?s:.*)mammoths: 1\n`, 1)
	if second[1] != second[2] || second[1] == first {
		t.Errorf("pid %s is followed by %s and %s", first, second[1], second[2])
	}
	calf := m.expect(`some of herd is left: pid (\d+) could not be killed`, 1)[1]
	m.shows("the calf is " + calf)
	m.expect(`status: state: +exited (?s:.*)status: left over: +pid `+calf+` could not be killed`, 1)
	m.expect(`procs: `+calf+` +1 +`+calf+` +D +sleep 2000`, 1)
	m.shows("the shutdown is complete")
	m.never("mammoths: 2")
	m.ends()
}

// freeze freezes or thaws a process for good: freeze FROZEN|THAWED PID.
const freeze = `#!/bin/sh
ice=/run/freezer/$2
busybox mkdir -p /run/freezer
test -e /run/freezer/cgroup.procs || mount -t cgroup -o freezer freezer /run/freezer
busybox mkdir -p $ice
echo $2 >$ice/cgroup.procs
echo $1 >$ice/freezer.state
until test "$(cat $ice/freezer.state)" = $1; do busybox usleep 20000; done`

const frozenJudge = `
exec >/dev/console 2>&1
pid_of() { zinit status mammoth --json | busybox sed -n 's/.*"pid": *\([0-9]*\).*/\1/p'; }
look() {
	zinit status $1 | busybox sed 's/^/status: /'
	zinit debug-procs $1 | busybox sed 's/^/procs: /'
}
count() { echo "mammoths: $(busybox ps | busybox grep -c '[s]leep 3000')"; }
until test -s /run/calf; do busybox usleep 20000; done
first=$(pid_of)
freeze FROZEN $first
zinit stop mammoth
echo "stop ends with $?"
look mammoth
zinit start --timeout 2s mammoth
echo "start ends with $?"
count
zinit stop web
zinit start web
freeze THAWED $first
echo "thawed"
zinit wait --up mammoth
test -e /proc/$first || echo "the first is gone"
count
calf=$(cat /run/calf)
echo "the calf is $calf"
freeze FROZEN $calf
zinit stop herd
look herd
freeze FROZEN $(pid_of)
echo "that is all"
kill -TERM 1`
