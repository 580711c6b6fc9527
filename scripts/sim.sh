#!/usr/bin/env bash
# Runs RUNS random histories in the simulator, from a seed that never was or from
# SEED. The seed is printed: the same seed plays the same histories again.
set -eu
cd "$(dirname "$0")/.."
seed=${SEED:-$(od -An -N4 -tu4 /dev/urandom | tr -d ' ')}
runs=${RUNS:-3000}
echo "simulator: seed $seed, $runs histories; again: make sim SEED=$seed RUNS=$runs"
exec go test -count=1 ./supervisor/sim -run '^TestSimulation$' -args -seed "$seed" -runs "$runs"
