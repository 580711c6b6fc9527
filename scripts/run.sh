#!/usr/bin/env bash
# Starts a server on a copy of the example services in a temporary directory,
# shows what runs and how to talk to it, and ends it in order at ctrl-C.
set -eu
cd "$(dirname "$0")/.."
dir=$(mktemp -d "${TMPDIR:-/tmp}/zinit.XXXXXX")
export ZINIT_SOCKET=$dir/zinit.sock
mkdir "$dir/services"
cp configs/examples/*.toml "$dir/services"

./zinit server --config-dir "$dir/services" --socket "$ZINIT_SOCKET" 2>"$dir/server.log" &
server=$!

# end stops the services in order of dependency and takes the directory away.
end() {
	trap '' INT TERM
	echo
	echo "stopping, dependents first"
	kill -TERM $server 2>/dev/null || true
	wait $server || true
	rm -rf "$dir"
	exit 0
}
trap end INT TERM

for _ in $(seq 100); do
	[ -S "$ZINIT_SOCKET" ] && ./zinit list >/dev/null 2>&1 && break
	if ! kill -0 $server 2>/dev/null; then
		cat "$dir/server.log" >&2
		rm -rf "$dir"
		exit 1
	fi
	sleep 0.05
done
sleep 1 # lets the examples that depend on one another come up before they are shown
./zinit list
cat <<TEXT

A server runs on a copy of configs/examples. In another terminal, here:

    export ZINIT_SOCKET=$ZINIT_SOCKET
    ./zinit list
    ./zinit why worker
    ./zinit logs -f
    ./zinit stop database

The service files are in $dir/services: change one, then ./zinit reload.
The server's own messages are in $dir/server.log. Ctrl-C ends it all.
TEXT
wait $server || true
end
