package vm

import (
	"fmt"
	"net"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// TestIdentities boots a machine whose services are somebody, have limits, send to
// syslog, and wait for each other to be ready.
func TestIdentities(t *testing.T) {
	needMachine(t)
	t.Parallel()
	m := boot(t, "", "-i", image{files: files{
		"etc/passwd":    "root:x:0:0::/:/bin/sh\nclerk:x:1000:1001::/srv:/bin/sh\n",
		"etc/group":     "root:x:0:\nclerks:x:1001:\nkeys:x:1002:clerk,root\n",
		"etc/clerk.env": "# what the clerk knows\nSHOP='open all night'\n",
		"srv/x":         "",
		"clerk.toml":    script(clerkKeys, clerk),
		"talker.toml":   script("oneshot = true", `{ echo "cannot find the key"; sleep 2; } | busybox logger -t somebody -p daemon.err`),
		"etc/outsider":  outsider,
		"judge.toml":    script("oneshot = true\n[dependencies]\nrequires = [\"clerk\", \"talker\"]", syslogJudge),
	}}.initramfs(t))
	for _, fact := range []string{
		"uid=1000(clerk) gid=1001(clerks) groups=1001(clerks),1002(keys)",
		"home /srv shop open all night in /srv",
		"files 64 128 oom -500 umask 0027",
		"nice -5",
		"caps 0000000000000400 0000000000000400 0000000000000400 nnp 1",
		"the clerk is ready",
		"daemon.err somebody: cannot find the key",
		"user.info stranger: from nowhere",
		"user.info clerk: from nowhere",
	} {
		m.shows(fact)
	}
	m.expect(`(?s)clerk is running.*the judge sits`, 1)
	m.ends()
}

const clerkKeys = `user = "clerk"
env_file = "/etc/clerk.env"
dir = "/srv"
umask = "027"
nice = -5
oom_score_adj = -500
no_new_privileges = true
capabilities = ["CAP_NET_BIND_SERVICE"]
[limits]
nofile = "64:128"
[health]
type = "exec"
command = ["test", "-e", "/tmp/ready"]
interval_ms = 500`

const clerk = `
{
	busybox id
	echo home $HOME shop $SHOP in $(busybox pwd)
	echo files $(ulimit -Sn) $(ulimit -Hn) oom $(cat /proc/$$/oom_score_adj) umask $(umask)
	echo caps $(busybox sed -n 's/^Cap\(Eff\|Bnd\|Amb\)://p; s/^NoNewPrivs:/nnp/p' /proc/$$/status)
	set -- $(cat /proc/$$/stat)
	echo nice ${19}
}
sleep 2
echo "the clerk is ready"
echo >/tmp/ready
exec sleep 1000`

// outsider is a process of no service: by its parent, session, environment or control
// group.
const outsider = `
echo $$ >/sys/fs/cgroup/cgroup.procs
until test $(busybox awk '{ print $4 }' /proc/$$/stat) = 1; do sleep 0.1; done
busybox logger -t $1 -p user.info 'from nowhere'`

const syslogJudge = `
exec >/dev/console 2>&1
echo "the judge sits"
zinit logs clerk
zinit logs talker --stream syslog
for tag in stranger clerk; do
	busybox env -i /bin/sh -c "busybox setsid sh /etc/outsider $tag &"
done
until zinit logs syslog | busybox grep stranger; do sleep 1; done
until zinit logs clerk --stream syslog | busybox grep nowhere; do sleep 1; done
kill -TERM 1`

// TestTerminal has a service own a serial line, as a getty does: there is a shell with
// job control, of a user of its own, which comes again when it ends. When it is stopped,
// by another server than that which started it, the line is root's, and nobody has it open.
func TestTerminal(t *testing.T) {
	needMachine(t)
	t.Parallel()
	line := filepath.Join(t.TempDir(), "2")
	m := boot(t, "", "-S", "unix:"+line, "-i", image{files: files{
		"shell.toml": "[service]\nexec = [\"/bin/sh\", \"-i\"]\nuser = \"1000\"\ntty = \"/dev/ttyS1\"\n" +
			"[lifecycle]\nrestart = \"always\"\nrestart_delay_ms = 0\n",
		"judge.toml": script("oneshot = true", terminalJudge),
	}}.initramfs(t))
	l := serial{t: t, conn: m.dial(line)}
	defer l.conn.Close()
	l.asks("echo $((6 * 7)) is $(tty) of $(busybox id -u)\n", "42 is /dev/ttyS1 of 1000")
	l.asks("busybox stat -c 'tty of %u, %a' /dev/ttyS1\n", "tty of 1000, 6")
	l.asks("sh -c 'echo $((5 * 5)) sheep; exec sleep 1000'\n", "25 sheep")
	l.asks("\x03", "$ ")
	l.asks("echo code $?, to the terminal >/dev/tty\n", "code 130, to the terminal")
	l.asks("exit\n", "built-in shell")
	l.asks("echo $((7 * 7)) again\n", "49 again")
	if strings.Contains(l.all.String(), "job control") {
		t.Errorf("the shell has no job control:\n%s", l.all.String())
	}
	l.asks("echo >/tmp/end; echo asked for the end\n", "asked for the end\r\n")
	m.expect("the line is of 0, 620, the console is ours", 1)
	m.expect("hung up is 1", 1)
	m.ctrlAltDel(1)
	m.ends()
}

const terminalJudge = `
exec >/dev/console 2>&1
until test -e /tmp/end; do sleep 0.1; done
exec 4<>/dev/ttyS1
kill -9 $(pidof zinit-server)
until zinit stop shell; do sleep 0.1; done
busybox stat -c 'the line is of %u, %a, the console is ours' /dev/ttyS1
echo nothing >&4
echo hung up is $?`

// serial is the second serial line, with a person at it.
type serial struct {
	t    *testing.T
	conn net.Conn
	all  strings.Builder // what it has shown
}

// asks types something until it is answered: a shell drops what is typed while it gets
// ready to read.
func (l *serial) asks(keys, answer string) {
	l.t.Helper()
	var said strings.Builder
	buf := make([]byte, 4096)
	for range patience / (3 * time.Second) {
		_, err := fmt.Fprint(l.conn, keys)
		must(l.t, err)
		must(l.t, l.conn.SetReadDeadline(time.Now().Add(3*time.Second)))
		for err == nil {
			var n int
			n, err = l.conn.Read(buf)
			said.Write(buf[:n])
			l.all.Write(buf[:n])
			if strings.Contains(said.String(), answer) {
				return
			}
		}
	}
	l.t.Fatalf("%q is not answered by %q, but by\n%s", keys, answer, said.String())
}
