#!/usr/bin/env bash
# Runs a command that needs Docker. Where no daemon answers, and we are root, one is
# started for the command, with a directory and a socket of its own, and ended after
# it. Usage: docker.sh COMMAND [WORD]...
set -euo pipefail
if docker version >/dev/null 2>&1; then
	exec "$@"
fi
command -v dockerd >/dev/null || { echo "docker.sh: no daemon runs, and there is no dockerd: apt-get install docker.io" >&2; exit 1; }
[ "$(id -u)" = 0 ] || { echo "docker.sh: no daemon runs, and it takes root to start one" >&2; exit 1; }

home=$(mktemp -d)
export DOCKER_HOST=unix://$home/docker.sock
# No bridge: nothing here talks to a network, and it would change the host's own.
setsid dockerd --storage-driver=vfs --bridge=none --iptables=false --ip6tables=false \
	--data-root "$home/data" --exec-root "$home/exec" --pidfile "$home/pid" \
	--host "$DOCKER_HOST" >"$home/log" 2>&1 &
daemon=$!

# finish ends what was started: its containers first.
finish() {
	docker ps -aq 2>/dev/null | xargs -r docker rm -f >/dev/null 2>&1 || true
	kill $daemon 2>/dev/null && wait $daemon 2>/dev/null || true
	grep -F " $home/" /proc/self/mounts | cut -d' ' -f2 | sort -r | xargs -r -n1 umount -l 2>/dev/null || true
	rm -rf "$home"
}
trap finish EXIT
for _ in $(seq 300); do
	docker version >/dev/null 2>&1 && break
	kill -0 $daemon 2>/dev/null || break
	sleep 0.1
done
docker version >/dev/null 2>&1 || { tail -n 5 "$home/log" >&2; exit 1; }
code=0
"$@" || code=$?
exit $code
