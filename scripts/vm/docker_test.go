package vm

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"testing"
)

// TestDocker boots a machine whose dockerd is a service, with control groups of version
// 2, and has it run zinit in a container that may write its own.
func TestDocker(t *testing.T) {
	needMachine(t)
	needDocker(t)
	t.Parallel()
	limited := "[lifecycle]\nrestart = \"never\"\n[limits]\n"
	tree := image{files: files{
		"dockerd.toml":                  dockerd,
		"judge.toml":                    script("oneshot = true\n[dependencies]\nrequires = [\"dockerd\"]", dockerJudge),
		inBox + "/services/eater.toml":  script(limited+"memory_max = \"24M\"", `x=aaaaaaaa; while :; do x=$x$x; done`),
		inBox + "/services/forker.toml": script(limited+"pids_max = 12", `i=0; while test $i -lt 20; do sleep 1000 & i=$((i + 1)); done`),
		inBox + "/services/hermit.toml": script("", `busybox setsid sh /etc/zinit/escape & wait; exec sleep 1000`),
		inBox + "/escape":               `busybox env -i /bin/sh -c "busybox setsid sh /etc/zinit/hide &"`,
		inBox + "/hide":                 `echo $$ >/run/escaped; exec sleep 1000`,
		inBox + "/judge":                boxJudge,
	}}.tree(t)
	root := tree[len(tree)-1]
	addShell(t, filepath.Join(root, "box"))
	copyFile(t, binary, filepath.Join(root, "box/bin/zinit"))
	for _, name := range dockerPrograms {
		addProgram(t, root, name)
	}
	disk := filepath.Join(t.TempDir(), "disk.img")
	do(t, "../disk.sh", append(tree, "-s", "512M", "-o", disk)...)
	m := boot(t, "root=/dev/nvme0n1 rw", "-d", disk)
	for _, fact := range []string{
		`judge is running`,
		`sha256:`, // the image is made
		`eater has failed: .*out of memory`,
		`can't fork`,
		`the hermit is gone`,
		`cgroup +ok +/sys/fs/cgroup/zinit`,
		`controllers +ok +cpu memory pids`,
		`the shim is in 0::/init`,
		`the container ended with 0`,
	} {
		m.expect(fact, 1)
	}
	m.ends()
	m.never("still there")
}

// inBox is zinit's directory in the container image, on the machine's disk.
const inBox = "box/etc/zinit"

// dockerPrograms are those of Debian's docker.io, and what it depends on, that run a
// container without a network.
var dockerPrograms = []string{"docker", "dockerd", "containerd", "containerd-shim-runc-v2", "runc"}

func needDocker(t *testing.T) {
	t.Helper()
	for _, name := range dockerPrograms {
		if _, err := exec.LookPath(name); err != nil && os.Getenv("CI") == "true" {
			t.Fatalf("cannot run a container: %v (docker.io)", err)
		} else if err != nil {
			t.Skipf("left out: %v (docker.io)", err)
		}
	}
}

// addProgram puts a program of this machine's into a tree, with its libraries.
func addProgram(t *testing.T, root, name string) {
	t.Helper()
	path, err := exec.LookPath(name)
	must(t, err)
	copyFile(t, path, filepath.Join(root, "usr/bin", name))
	libraries, _ := exec.Command("ldd", path).Output() // fails for a static one
	for _, library := range regexp.MustCompile(`/\S+`).FindAllString(string(libraries), -1) {
		copyFile(t, library, filepath.Join(root, library))
	}
}

func copyFile(t *testing.T, from, to string) {
	t.Helper()
	must(t, os.MkdirAll(filepath.Dir(to), 0o755))
	content, err := os.ReadFile(from)
	must(t, err)
	must(t, os.WriteFile(to, content, 0o755))
}

const dockerd = `
[service]
exec = ["/usr/bin/dockerd", "--storage-driver=vfs", "--bridge=none", "--iptables=false", "--ip6tables=false",
	"--host=unix:///run/docker.sock", "--pidfile=/run/docker.pid", "--exec-root=/run/docker"]
env = { PATH = "/usr/bin:/bin" }
[health]
type = "exec"
command = ["/bin/test", "-S", "/run/docker.sock"]
interval_ms = 1000
[lifecycle]
start_timeout_ms = 300000
`

const dockerJudge = `
exec >/dev/console 2>&1
export PATH=/usr/bin:/bin DOCKER_HOST=unix:///run/docker.sock
cd /box
busybox tar -c . | docker import --change 'ENTRYPOINT ["/bin/zinit"]' - box
docker run --detach --name box --privileged --network none box
docker exec box sh /etc/zinit/judge
docker stop -t 30 box
echo "the container ended with $(docker wait box)"
kill -TERM 1`

const boxJudge = `
exec 2>&1
until zinit why eater | busybox grep "eater has failed"; do sleep 1; done
until zinit why forker | busybox grep "can't fork"; do sleep 1; done
until test -s /run/escaped; do sleep 1; done
zinit stop hermit
if test -e /proc/$(cat /run/escaped); then echo "the hermit is still there"; else echo "the hermit is gone"; fi
zinit doctor
echo "the shim is in $(cat /proc/1/cgroup)"`
