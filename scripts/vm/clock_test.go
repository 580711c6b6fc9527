package vm

import (
	"strconv"
	"testing"
)

// TestClockIsSet sets the wall clock an hour on, and then two hours back, while one
// service waits to be restarted, one to be killed and one to be ready. All wait as long
// as they are to, by the time since boot, and logs stay in order.
func TestClockIsSet(t *testing.T) {
	needMachine(t)
	t.Parallel()
	m := boot(t, "", "-i", image{files: files{
		"crash.toml": script("[lifecycle]\nrestart_delay_ms = 3000\nrestart_delay_max_ms = 3000", `up >>/run/births; exit 1`),
		"deaf.toml":  script("[lifecycle]\nstop_timeout_ms = 3000", `trap '' TERM; while :; do sleep 1; done`),
		"late.toml": script("status = \"stop\"\n[lifecycle]\nrestart = \"never\"\nstart_timeout_ms = 3000\n[health]\ntype = \"notify\"",
			`exec sleep 1000`),
		"count.toml": script("", `i=0; while :; do i=$((i + 1)); echo "number $i"; busybox usleep 50000; done`),
		"bin/up":     "#!/bin/sh\nread -r up _ </proc/uptime; echo $up",
		"bin/order":  clockOrder,
		"judge.toml": script("oneshot = true", clockJudge),
	}}.initramfs(t))
	m.shows("that is all")
	for _, what := range []string{"from birth to birth", "from stop to end", "from start to failure"} {
		for i := range 2 {
			seconds, err := strconv.ParseFloat(m.expect(what+`: ([0-9.]+) s`, i+1)[1], 64)
			if err != nil || seconds < 2.98 || seconds > 120 { // /proc/uptime has hundredths
				t.Errorf("%s: %v s, %v", what, seconds, err)
			}
		}
	}
	m.shows("of one are in order")
	m.shows("of all are in order")
	m.never("up too long")
	m.ends()
}

// clockOrder says whether numbers at the end of lines follow one another.
const clockOrder = `#!/bin/sh
busybox awk -v what="$1" '
	/number/ { if (n++ && $NF != before + 1) { print what " have " $NF " after " before; bad = 1 }; before = $NF }
	END { if (!bad && n > 20) print what " are in order" }'`

const clockJudge = `
exec >/dev/console 2>&1
between() { busybox awk -v a=$2 -v b=$3 -v what="$1" 'BEGIN { printf "%s: %.2f s\n", what, b - a }'; }
lines() { busybox wc -l </run/births; }
until test -e /run/births; do busybox usleep 20000; done
for step in 3600 -7200; do
	zinit start deaf
	began=$(up)
	zinit start --no-wait late
	zinit stop --no-wait deaf
	seen=$(lines)
	last=$(busybox tail -n 1 /run/births)
	busybox date -s "@$(($(busybox date +%s) + step))"
	until test $(lines) -gt $seen; do busybox usleep 20000; done
	between "from birth to birth" $last $(busybox sed -n "$((seen + 1))p" /run/births)
	zinit wait --down deaf
	between "from stop to end" $began $(up)
	zinit wait --down late
	between "from start to failure" $began $(up)
done
zinit logs count | order "lines of one"
zinit logs | order "lines of all"
long=$(zinit status count --json | busybox sed -n 's/.*"uptime_ms": *\([0-9]*\).*/\1/p')
busybox awk -v ms=$long -v s=$(up) 'BEGIN { if (ms <= 0 || ms > 1000 * s) print "up too long: " ms " ms of " s " s" }'
echo "that is all"
kill -TERM 1`
