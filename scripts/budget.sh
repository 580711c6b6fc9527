#!/usr/bin/env bash
# The budget of the binary: its size, what zinit-pid1 and its server take in memory,
# the time that all packages' init takes under each name, that from the shim's begin to
# the first service of a machine, and how fast orphans are reaped. Prints each beside
# its limit and fails where one is exceeded; says what cannot be measured here.
# Usage: budget.sh [BINARY]
set -eu
cd "$(dirname "$0")/.."
zinit=$(realpath "${1:-./zinit}")
dir=$(mktemp -d)
shim=
trap '[ -z "$shim" ] || kill -TERM $shim; wait; rm -rf "$dir"' EXIT
over=0

# check prints a figure and its limit: name, figure, limit, unit.
check() {
	local word=ok
	awk "BEGIN { exit !($2 > $3) }" && word=EXCEEDED over=1
	printf '%-44s %8s %-3s limit %s  %s\n' "$1" "$2" "$4" "$3" $word
}

left_out() { printf '%-44s left out: %s\n' "$1" "$2"; }

# median gives the middle one of some numbers, one a line.
median() { sort -n | awk '{ all[NR] = $1 } END { print all[int((NR + 1) / 2)] }'; }

# init_time gives the milliseconds of the first process's init in a GODEBUG trace: a
# package that comes again is the server's, behind the shim's.
init_time() { awk '/^init / && !seen[$2]++ { sum += $5 } END { printf "%.2f\n", sum }'; }

# under runs the shim with the services of a directory, in a PID namespace, and sets
# shim and server to their pids. Its words go to a file.
under() {
	GODEBUG=${2:-} ZINIT_CONTAINER=1 ZINIT_CONFIG_DIR=$1 ZINIT_SOCKET=$dir/sock ZINIT_LOG_LEVEL=error \
		unshare --pid --fork --mount-proc --kill-child "$zinit" pid1 >/dev/null 2>"$dir/words" &
	local space=$!
	for _ in $(seq 200); do
		"$zinit" --socket "$dir/sock" list >/dev/null 2>&1 && break
		sleep 0.05
	done
	shim=$(cat "/proc/$space/task/$space/children")
	shim=${shim% }
	server=$(cat /proc/"$shim"/task/*/children)
	server=${server% }
}

private() { awk '/^Private_Dirty/ { sum += $2 } END { printf "%.2f", sum / 1000 }' "/proc/$1/smaps_rollup"; }
threads() { awk '/^Threads/ { print $2 }' "/proc/$1/status"; }

check 'binary' "$(stat -c %s "$zinit" | awk '{ printf "%.2f", $1 / 1e6 }')" 5.5 MB

for name in zinit zinit-server; do
	check "init of all packages, $name" "$(for _ in 1 2 3 4 5; do
		GODEBUG=inittrace=1 bash -c 'exec -a "$0" "$1" --no-such-option' $name "$zinit" 2>&1 >/dev/null | init_time
	done | median)" 1.5 ms
done

mkdir "$dir/services"
if [ "$(id -u)" != 0 ]; then
	left_out 'private memory below zinit-pid1' 'it takes root to make a PID namespace'
else
	under "$dir/services" inittrace=1
	check 'init of all packages, zinit-pid1' "$(init_time <"$dir/words")" 1.5 ms
	sleep 2
	check 'private memory of zinit-pid1' "$(private "$shim")" 1.6 MB
	check 'private memory of its idle server' "$(private "$server")" 2.0 MB
	check 'threads of zinit-pid1' "$(threads "$shim")" 32 ''
	check 'threads of its idle server' "$(threads "$server")" 16 ''
	kill -TERM "$shim"
	wait
	shim=
fi

missing=$(scripts/install.sh qemu-system-x86_64=qemu-system-x86 kernel=linux-image-cloud-amd64 cpio=cpio | paste -sd' ')
if [ -n "$missing" ]; then
	left_out 'zinit-pid1 to the first service' "not installed: $missing"
else
	printf '[service]\noneshot = true\nexec = "/bin/zinit poweroff"\n' >"$dir/services/first.toml"
	scripts/initramfs.sh -b "$zinit" -c "$dir/services" -o "$dir/initramfs"
	# boot prints the milliseconds between two of the shim's stamps; flags of vm.sh.
	boot() {
		scripts/vm.sh "$@" -i "$dir/initramfs" -a 'quiet zinit.log=debug' -s "$dir/serial" >/dev/null 2>&1 || true
		tr -d '\r' <"$dir/serial" | awk '/after the kernel: zinit-pid1 begins/ { from = $2 }
			/after the kernel: the first service/ { to = $2 } END { printf "%.0f\n", (to - from) * 1000 }'
	}
	# With a clock that counts instructions, one a nanosecond, the figure is not that of
	# the machine's mood, nor of the emulator, which is slow with what runs once.
	check 'zinit-pid1 to the first service, counted' "$(boot -I)" 300 ms
	printf '%-44s %8s ms\n' 'the same on the emulator'\''s clock' "$(for _ in 1 2 3; do boot; done | median)"
fi

missing=$(scripts/install.sh gcc=gcc libc=libc6-dev tini=tini | paste -sd' ')
if [ "$(id -u)" != 0 ]; then
	left_out 'orphans, time beside tini' 'it takes root to make a PID namespace'
elif [ -n "$missing" ]; then
	left_out 'orphans, time beside tini' "not installed: $missing"
else
	check 'orphans, time beside tini' "$(go run ./scripts/bench -zinit "$zinit" -only orphans -rounds 7 |
		awk '/tini.s/ { print $5 }')" 1 x
fi
exit $over
