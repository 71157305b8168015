#!/usr/bin/env bash
# Runs the benchmarks in the quick way: three short rounds each, in one process. Root is needed for the netlink ones.
# usage: run.sh [arguments of BenchmarkDotNet, e.g. --filter '*Rib*']; without any, all of them run
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
if [ $# -eq 0 ]; then set -- --filter '*'; fi
exec dotnet run -c Release --project "$here/Agent.Bench" -- --job short --inProcess \
  --artifacts "${ARTIFACTS:-$(mktemp -d)}" "$@"
