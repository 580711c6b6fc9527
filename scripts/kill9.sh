#!/usr/bin/env bash
# Kills zinit-server under zinit-pid1 at random moments, in four PID namespaces at a
# time with services of all kinds, and looks whether a line, an exit status or a state
# was lost or doubled. Takes root. Usage: kill9.sh [SECONDS] (300)
set -euo pipefail
cd "$(dirname "$0")/.."
seconds=${1:-300}
[ "$(id -u)" = 0 ] || { echo "kill9.sh: it takes root to make a PID namespace" >&2; exit 1; }
ZINIT_KILL9=$seconds exec go test -count=1 -v -run '^TestKill9$' -timeout "$((2 * seconds + 120))s" ./applets/pid1
