#!/usr/bin/env bash
# Runs the benchmarks in the quick way: three short rounds each, in one process. Root is needed for the netlink ones.
# usage: run.sh [arguments of BenchmarkDotNet, e.g. --filter '*Rib*']; without any, all of them run
#        run.sh --help
# What takes whole agents or routers is measured by scripts of its own: bgp.sh, cluster.sh, kernel.sh, mesh.sh, storm.sh
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
. "$here/options.sh"
if [ "${1:-}" = --help ] || [ "${1:-}" = -h ]; then usage; exit 0; fi
if [ $# -eq 0 ]; then set -- --filter '*'; fi
exec dotnet run -c Release --project "$here/Agent.Bench" -- --job short --inProcess \
  --artifacts "${ARTIFACTS:-$(mktemp -d)}" "$@"
