package vm

import (
	"errors"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"strings"
	"testing"
)

// TestShop runs the services of scripts/stack on a machine: Redis, nginx, PostgreSQL,
// systemd-notify(1) and logger(1) of Debian, each with a control group of its own.
func TestShop(t *testing.T) {
	needMachine(t)
	t.Parallel()
	disk := shopDisk(t)
	m := boot(t, "root=/dev/nvme0n1 rw", "-d", disk)
	for _, fact := range []string{
		`database health: +healthy`, `cache health: +healthy`, `web health: +healthy`,
		`the worker works`,
		`reader says: +serving 3 clients`,
		`daemon.err somebody: cannot find the key`, `local3.notice keeper\[`,
		`cache was replaced`,
		`web is stopping .*health checks in a row failed`, `web was replaced`,
		`cache may have 50331648`, `cache .*out of memory`, `cache was replaced again`,
		`nothing of PostgreSQL is left`,
		`the shop is open again`,
	} {
		m.expect(fact, 1)
	}
	m.ends()
	for _, row := range []struct {
		group, command, user string
		least                int
	}{
		{"database", "postgres", "postgres", 5}, {"cache", "redis-server", "root", 1},
		{"web", "nginx", "root", 1}, {"web", "nginx", "www-data", 2},
	} {
		who, err := user.Lookup(row.user)
		must(t, err)
		if fact := row.group + " has " + row.command + " of " + who.Uid + "\n"; strings.Count(m.console(), fact) < row.least {
			t.Errorf("there are not %d lines %q", row.least, fact)
		}
	}
	m.never("database has postgres of 0\n")
	m.never("still there")
	m.never("has no control group")
	log := onDisk(t, disk, "/srv/shop/database.log")
	if strings.Count(log, "database system is shut down\n") != 2 || !strings.HasSuffix(log, "database system is shut down\n") ||
		strings.Contains(log, "not properly shut down") {
		t.Errorf("the database did not end in order twice:\n%s", log)
	}
	if got := onDisk(t, disk, "/srv/shop/bye"); got != "42\n" {
		t.Errorf("the database was gone before the worker could say goodbye: %q", got)
	}
	checkDisk(t, disk)
}

// shopDisk builds a disk with the programs, their services, and a judge.
func shopDisk(t *testing.T) string {
	t.Helper()
	tree := image{bare: true, files: files{"judge.toml": script("oneshot = true", shopJudge)}}.tree(t)
	root := tree[len(tree)-1]
	if text, err := exec.Command("../shop.sh", "-c", "-o", root).CombinedOutput(); err != nil {
		failed, ok := errors.AsType[*exec.ExitError](err)
		if ok && failed.ExitCode() == 3 && os.Getenv("CI") != "true" {
			t.Skipf("left out: %s", text)
		}
		t.Fatalf("cannot build the shop: %v\n%s", err, text)
	}
	addProgram(t, root, "busybox")
	// All takes ten times as long in software emulation.
	for path, change := range map[string][]string{
		"etc/zinit/services/database.toml": {"interval_ms = 200", "interval_ms = 1000", "timeout_ms = 2000", "timeout_ms = 10000"},
		"etc/zinit/services/web.toml":      {"interval_ms = 200", "interval_ms = 1000", "timeout_ms = 500", "timeout_ms = 3000"},
		"etc/zinit/services/cache.toml":    {"interval_ms = 100", "interval_ms = 1000", "[logging]", "[limits]\nmemory_max = \"48M\"\n\n[logging]"},
		"etc/zinit/services/beater.toml":   {"interval_ms = 1000", "interval_ms = 20000"},
		"srv/shop/beater.sh":               {"sleep 0.1", "sleep 2"},
		"srv/shop/worker.sh":               {"sleep 0.1", "sleep 2"},
	} {
		edit(t, filepath.Join(root, path), change...)
	}
	disk := filepath.Join(t.TempDir(), "disk.img")
	do(t, "../disk.sh", append(tree, "-s", "256M", "-o", disk)...)
	return disk
}

// edit replaces texts of a file, which has each of them.
func edit(t *testing.T, path string, change ...string) {
	t.Helper()
	text, err := os.ReadFile(path)
	must(t, err)
	for i := 0; i < len(change); i += 2 {
		if !strings.Contains(string(text), change[i]) {
			t.Fatalf("%s has no %q", path, change[i])
		}
	}
	must(t, os.WriteFile(path, []byte(strings.NewReplacer(change...).Replace(string(text))), 0o755))
}

const shopJudge = `
exec >/dev/console 2>&1
cd /srv/shop
fact() { zinit status $1 | busybox sed -n "s/^\($2: \)/$1 \1/p"; }
pid() { zinit status $1 --json | busybox sed -n 's/^ *"pid": *\([0-9]*\).*/\1/p'; }
replaced() {
	until now=$(pid $1) && test "$now" && test $now != $2 && zinit wait $1; do sleep 0.5; done
	fact $1 restarts
}
zinit wait shop --timeout 120
zinit list
for name in database cache web; do
	fact $name health
	for pid in $(busybox find /sys/fs/cgroup/zinit/$name -name cgroup.procs | busybox xargs cat); do
		echo "$name has $(cat /proc/$pid/comm) of $(busybox stat -c %u /proc/$pid)"
	done
done
until busybox grep -q hello www/index.html; do sleep 0.5; done
test $(redis-cli -s run/cache.sock get last) -gt 0 && echo "the worker works"

: >read
zinit wait client
fact reader says
for name in talker kv; do
	until zinit logs $name --stream syslog | busybox grep 'daemon.err\|keeper'; do sleep 0.5; done
done

old=$(pid cache)
kill -9 $old
replaced cache $old
echo "cache was replaced"
old=$(pid web)
kill -STOP -$old
replaced web $old
echo "web was replaced"
echo "cache may have $(cat /sys/fs/cgroup/zinit/cache/memory.max)"
old=$(pid cache)
redis-cli -s run/cache.sock setrange big 64000000 x
replaced cache $old
echo "cache was replaced again"

zinit stop database
for name in database worker web; do
	test -e /sys/fs/cgroup/zinit/$name && echo "the group of $name is still there"
done
if busybox pidof postgres || test -e data/postmaster.pid; then echo "PostgreSQL is still there"; else echo "nothing of PostgreSQL is left"; fi
busybox rm bye
zinit start database
zinit wait shop && echo "the shop is open again"
exec zinit poweroff`
