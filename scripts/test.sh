#!/usr/bin/env bash
# `make test`: runs every lane, whatever became of the one before, and ends with
# one count for each lane. A lane that can't run here is left out and named;
# with CI=true that is a failure.
set -u -o pipefail
cd "$(dirname "$0")/.."
STATICCHECK=v0.8.2
CI=${CI:-false}
passed=0 failed=0 summary=()

# lane runs one lane: its name, then its command.
lane() {
	local name=$1 start=$SECONDS word
	shift
	printf '\n== %s\n' "$name"
	if "$@"; then
		word=ok passed=$((passed + 1))
	else
		word=FAILED failed=$((failed + 1))
	fi
	summary+=("$(printf '%-12s %-8s %4d s' "$name" $word $((SECONDS - start)))")
}

# left_out says that a lane, or a part of one, can't run here, and why.
left_out() {
	printf '\n== %s\nleft out: %s\n' "$1" "$2"
	[ "$CI" = true ] && failed=$((failed + 1))
	summary+=("$(printf '%-12s %-8s %s' "$1" left-out "$2")")
}

format() {
	local bad
	bad=$(gofmt -l .) || return 1
	[ -z "$bad" ] || { printf 'not formatted by gofmt:\n%s\n' "$bad"; return 1; }
}

# linter builds the pinned staticcheck once, outside go.mod.
linter() {
	local bin=bin/staticcheck-$STATICCHECK
	if [ ! -x $bin ]; then
		GOFLAGS='' GOBIN=$PWD/bin go install honnef.co/go/tools/cmd/staticcheck@$STATICCHECK || return 1
		mv bin/staticcheck $bin
	fi
	$bin -checks "$(grep -v '^#' .staticcheck | paste -sd,)" ./...
}

# packages is all packages but those whose tests have a lane of their own.
packages() { go list ./... | grep -v '^zinit/scripts/'; }

units() { go test -count=1 -timeout 8m "$@" $(packages); }

# simulation runs the seeds that are always the same, then one that never was.
simulation() {
	for seed in 1 2 3; do
		SEED=$seed scripts/sim.sh || return 1
	done
	scripts/sim.sh
}

fuzz() {
	if [ "$CI" = true ]; then
		scripts/fuzz.sh
	else
		go test -count=1 -run '^Fuzz' $(packages) | grep -v '\[no test'
	fi
}

# lacking names those of some commands that are not there.
lacking() { grep -xE "$1" <<<"$missing" | paste -sd' '; }

# real runs a lane that takes root and some commands.
real() {
	local name=$1 commands=$2
	shift 2
	if [ "$(id -u)" != 0 ]; then
		left_out "$name" "it takes root"
	elif [ -n "$(lacking "$commands")" ]; then
		left_out "$name" "not installed: $(lacking "$commands")"
	else
		lane "$name" "$@"
	fi
}

missing=$(scripts/install.sh gcc=gcc libc=libc6-dev redis-server=redis-server nginx=nginx-light postgres=postgresql \
	systemd-notify=systemd logger=bsdutils \
	docker=docker.io dockerd=docker.io qemu-system-x86_64=qemu-system-x86 kernel=linux-image-cloud-amd64 cpio=cpio \
	mke2fs=e2fsprogs busybox=busybox-static)

lane build make --no-print-directory build
lane gofmt format
lane vet go vet ./...
lane staticcheck linter
lane tidy go test -count=1 ./scripts/tidy
if [ -n "$(lacking 'gcc|libc')" ]; then
	left_out race "there is no C compiler for the race detector"
	lane test units
else
	lane test units -race
fi
lane sim simulation
lane fuzz fuzz
real kill9 'none' scripts/kill9.sh 15
shop='redis-server|nginx|postgres|systemd-notify|logger'
real stack "$shop" go test -count=1 ./scripts/stack
real docker 'docker|dockerd|gcc|libc' scripts/docker.sh go test -count=1 -timeout 15m ./scripts/docker
real vm 'qemu-system-x86_64|kernel|cpio|mke2fs|busybox' go test -count=1 -parallel 2 -timeout 15m ./scripts/vm
[ -z "$(lacking "$shop")" ] || left_out shop "real daemons in docker and vm, not installed: $(lacking "$shop")"

printf '\n'
printf '%s\n' "${summary[@]}"
printf '\n%d passed, %d failed\n' $passed $failed
[ $failed = 0 ]
