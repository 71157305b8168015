#!/usr/bin/env bash
# Runs what measures BGP beside BIRD 2 and prints one table with ratio and wanted value: the storm of 2,000 peers, 100,000 routes into
# the kernel and out again, and a mesh of ten agents.
# usage: bench/bgp.sh [storm|kernel|mesh]...    needs root; without names all three run
set -uo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
. "$here/options.sh"
[ $# -gt 0 ] || set -- storm kernel mesh
for each in "$@"; do
  case "$each" in
    storm|kernel|mesh) ;;
    -h|--help) usage; exit 0 ;;
    *) echo "$0: there is no measurement $each; see $0 --help" >&2; exit 2 ;;
  esac
done

if [ -z "${BENCH_BUILD:-}" ]; then
  BENCH_BUILD=$(mktemp -d)
  trap 'rm -rf "$BENCH_BUILD"' EXIT
fi
export BENCH_BUILD
first=true
for each in "$@"; do
  "$here/$each.sh" --runs 1 | if $first; then cat; else tail -n +3; fi
  first=false
done
