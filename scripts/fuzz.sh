#!/usr/bin/env bash
# Runs each fuzz target of the module for FUZZTIME (20s). An input that fails is
# written to its package's testdata/fuzz and is from then on a test. With KEEP=n,
# n of the inputs that reached new code are kept there too.
set -u
cd "$(dirname "$0")/.."
status=0
while IFS=: read -r file target; do
	dir=$(dirname "$file")
	echo "fuzz $target (./$dir)"
	go test -run '^$' -fuzz "^$target\$" -fuzztime "${FUZZTIME:-20s}" -fuzzminimizetime 100x "./$dir" </dev/null || status=1
	if [ "${KEEP:-0}" -gt 0 ]; then
		mkdir -p "$dir/testdata/fuzz/$target"
		find "$(go env GOCACHE)/fuzz/zinit/$dir/$target" -type f | shuf -n "$KEEP" | xargs -r cp -t "$dir/testdata/fuzz/$target"
	fi
done < <(grep -roE --include='*_test.go' '^func Fuzz[A-Za-z0-9]+' . | sed 's,^\./,,; s,func ,,' | sort)
exit $status
