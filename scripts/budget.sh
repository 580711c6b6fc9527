#!/usr/bin/env bash
# The budget of the binary: its size, the memory of a server without services,
# the time that all packages' init takes. Prints each beside its limit and fails
# where one is exceeded. Usage: budget.sh [BINARY]
set -eu
cd "$(dirname "$0")/.."
zinit=$(realpath "${1:-./zinit}")
dir=$(mktemp -d)
server=
trap '[ -z "$server" ] || kill -TERM $server; wait; rm -rf "$dir"' EXIT
over=0

# check prints a figure and its limit: name, figure, limit, unit.
check() {
	local word=ok
	awk "BEGIN { exit !($2 > $3) }" && word=EXCEEDED over=1
	printf '%-34s %8s %-3s limit %s  %s\n' "$1" "$2" "$4" "$3" $word
}

check 'binary' "$(stat -c %s "$zinit" | awk '{ printf "%.2f", $1 / 1e6 }')" 5.5 MB

init=$(GODEBUG=inittrace=1 "$zinit" --version 2>&1 >/dev/null |
	awk '/^init / { sum += $5 } END { printf "%.2f", sum }')
check 'init of all packages' "$init" 1.5 ms

mkdir "$dir/services"
"$zinit" server --config-dir "$dir/services" --socket "$dir/sock" --log-level error &
server=$!
for _ in $(seq 100); do
	"$zinit" --socket "$dir/sock" list >/dev/null 2>&1 && break
	sleep 0.05
done
sleep 2
private=$(awk '/^Private_Dirty/ { sum += $2 } END { printf "%.2f", sum / 1000 }' "/proc/$server/smaps_rollup")
check 'private memory of an idle server' "$private" 2.0 MB
check 'threads of an idle server' "$(awk '/^Threads/ { print $2 }' "/proc/$server/status")" 16 ''
exit $over
