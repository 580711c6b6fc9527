#!/usr/bin/env bash
# `make bench`: the budget, the packages' own benchmarks, then the whole program
# beside the floor and the peers that Debian has. BENCH holds flags for
# scripts/bench (-h lists them).
set -u
cd "$(dirname "$0")/.."
status=0
scripts/install.sh gcc=gcc libc=libc6-dev runsvdir=runit s6-svscan=s6 supervisord=supervisor tini=tini \
	| sed 's/^/left out, not installed: /'
scripts/budget.sh || status=1
echo
go test -run '^$' -bench . -benchmem -benchtime "${BENCHTIME:-200ms}" \
	$(go list ./... | grep -v '^zinit/scripts') | grep -vE '^(PASS|\?|goos|goarch|cpu)' || true
echo
go run ./scripts/bench -zinit ./zinit ${BENCH:-} || status=1
exit $status
