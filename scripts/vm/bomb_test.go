package vm

import "testing"

// TestForkBomb has a service fork without end, each child in a session of its own: it
// is held to its pids_max. Beside it a service stays healthy, another one's output comes
// in, a third is started and stopped; and a stop leaves nothing of the bomb.
func TestForkBomb(t *testing.T) {
	needMachine(t)
	t.Parallel()
	m := boot(t, "", "-i", image{files: files{
		"bomb.toml": script("[limits]\npids_max = 60\n[lifecycle]\nrestart = \"always\"\nrestart_delay_ms = 0", "exec sh /etc/bomb"),
		"etc/bomb":  bomb,
		"web.toml": script("[health]\ntype = \"exec\"\ncommand = [\"test\", \"-e\", \"/run/well\"]\ninterval_ms = 500\ntimeout_ms = 30000",
			"echo >/run/well; exec sleep 1000"),
		"count.toml": script("", `i=0; while :; do i=$((i + 1)); echo $i; sleep 1; done`),
		"brisk.toml": script("status = \"stop\"", "exec sleep 1000"),
		"judge.toml": script("oneshot = true", bombJudge),
	}}.initramfs(t))
	m.shows("that is all")
	for _, fact := range []string{
		"it is held to 60", "it goes on", "brisk came and went", "count counts on", "web is well", "the bomb is gone",
	} {
		m.shows(fact)
	}
	m.ends()
}

const bomb = `
while :; do
	busybox setsid sh /etc/bomb 2>/dev/null &
	busybox usleep 100000
done`

const bombJudge = `
exec >/dev/console 2>&1
group=/sys/fs/cgroup/zinit/bomb
fact() { zinit status $1 --json | busybox sed -n "s/.*\"$2\": *\"*\([^\",]*\).*/\1/p"; }
last() { zinit logs -n 1 count; }
refused() { busybox awk '$1 == "max" { print $2 }' $group/pids.events; }
pid=$(fact web pid)
until test "$(refused)" -gt 10; do sleep 1; done
test "$(cat $group/pids.current)" -le 60 && echo "it is held to 60"
seen=$(last)
zinit start brisk && zinit stop brisk && echo "brisk came and went"
until test "$(last)" -gt $((seen + 1)); do sleep 1; done
echo "count counts on"
zinit status web
test "$(fact web pid)" = $pid && test "$(fact web restarts_total)" = 0 && zinit status web | busybox grep -q 'health: *healthy' && echo "web is well"
before=$(refused)
until test "$(refused)" -gt $before; do sleep 1; done
echo "it goes on"
zinit stop bomb && test ! -e $group && test "$(busybox ps | busybox grep -c '[e]tc/bomb')" = 0 && echo "the bomb is gone"
echo "that is all"
kill -TERM 1`
