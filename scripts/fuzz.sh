#!/usr/bin/env bash
# Runs each fuzz target of the module for FUZZTIME (20s). An input that fails is
# written to its package's testdata/fuzz and is from then on a test. With KEEP=n,
# n of the inputs that reached new code are kept there too.
set -u
cd "$(dirname "$0")/.."
log=$(mktemp)
trap 'rm -f "$log"' EXIT

# fuzz runs one target, and shows what go test says if an input fails. When the time is
# over in the middle of an input, go test may call that a failure, "context deadline
# exceeded", though no input fails: then it is none.
fuzz() {
	if ! go test -run '^$' -fuzz "^$2\$" -fuzztime "${FUZZTIME:-20s}" -fuzzminimizetime 100x "./$1" </dev/null >"$log" 2>&1 && ! out_of_time; then
		echo "fuzz $2 (./$1)"
		cat "$log"
		return 1
	fi
	printf 'fuzz %-16s %-20s %s\n' "$2" "./$1" "$(grep -o 'execs: .*' "$log" | tail -n 1)"
}

out_of_time() {
	grep -qE '^ +context deadline exceeded$' "$log" && ! grep -qE 'Failing input written|_test.go:' "$log"
}

status=0
while IFS=: read -r file target; do
	dir=$(dirname "$file")
	fuzz "$dir" "$target" || status=1
	if [ "${KEEP:-0}" -gt 0 ]; then
		mkdir -p "$dir/testdata/fuzz/$target"
		find "$(go env GOCACHE)/fuzz/zinit/$dir/$target" -type f | shuf -n "$KEEP" | xargs -r cp -t "$dir/testdata/fuzz/$target"
	fi
done < <(grep -roE --include='*_test.go' '^func Fuzz[A-Za-z0-9]+' . | sed 's,^\./,,; s,func ,,' | sort)
exit $status
