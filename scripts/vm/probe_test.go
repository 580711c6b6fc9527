package vm

import "testing"

// TestProbesInControlGroups has commands that probe run into the limits of their
// services, which live on, and one that hangs while its service is stopped.
func TestProbesInControlGroups(t *testing.T) {
	needMachine(t)
	t.Parallel()
	m := boot(t, "", "-i", image{files: files{
		"eaten.toml":   probed("test -e /run/calm && exit; x=aaaaaaaa; while :; do x=$x$x; done", "memory_max = \"24M\""),
		"crowded.toml": probed("i=0; while test $i -lt 20; do sleep 1000 & i=$((i + 1)); done; sleep 1000", "pids_max = 12"),
		"hanging.toml": probed("busybox env -i /bin/busybox setsid /bin/sleep 1000 & trap : TERM; echo >/run/hangs; while :; do sleep 1000; done", "cpu_max = 50"),
		"leaver.toml":  script("status = \"stop\"\noneshot = true", "busybox setsid sleep 1000 & sleep 1"),
		"judge.toml":   script("oneshot = true", probeJudge),
	}}.initramfs(t))
	for _, fact := range []string{
		"SIGKILL, out of memory",
		"can't fork",
		"crowded was held to 12",
		"three of hanging's probe",
		"hanging is gone",
		"eaten runs as before",
		"eaten was killed",
		"leaver starts beside what it has left",
	} {
		m.shows(fact)
	}
	m.ends()
	m.never(`"oom": true`)
	m.never("not in its control group")
}

// probed makes a service that sleeps, has a limit, and is probed by a shell script.
func probed(probe, limit string) string {
	keys := "[limits]\n" + limit + "\n[lifecycle]\nrestart = \"never\"\nstart_timeout_ms = 1000000\n" +
		"[health]\ntype = \"exec\"\ntimeout_ms = 1000000\ncommand = [\"/bin/sh\", \"-c\", '''" + probe + "''']"
	return script(keys, "exec sleep 1000")
}

const probeJudge = `
exec >/dev/console 2>&1
groups=/sys/fs/cgroup/zinit
until zinit why eaten | busybox grep "out of memory"; do sleep 1; done
pid=$(cat $groups/eaten/.main/cgroup.procs)
echo >/run/calm
until zinit status eaten | busybox grep -q running; do sleep 1; done
test "$(cat $groups/eaten/.main/cgroup.procs)" = $pid && echo "eaten runs as before"
kill -KILL $pid
until zinit status eaten | busybox grep SIGKILL; do sleep 1; done
zinit status eaten --json && echo "eaten was killed"
until zinit why crowded | busybox grep "can't fork"; do sleep 1; done
test "$(cat $groups/crowded/pids.max)" = 12 && echo "crowded was held to $(cat $groups/crowded/pids.max)"
until test -e /run/hangs; do sleep 1; done
test $(busybox wc -l <$groups/hanging/.probe/cgroup.procs) = 3 && echo "three of hanging's probe"
zinit stop hanging && test ! -e $groups/hanging && echo "hanging is gone"
zinit start leaver
printf '[limits]\nmemory_max = "50M"\n' >>/etc/zinit/services/leaver.toml
test -n "$(cat $groups/leaver/cgroup.procs)" && zinit reload && zinit start leaver && echo "leaver starts beside what it has left"
kill -TERM 1`
