#!/usr/bin/env bash
# Fuzzes every decoder of BGP for a while; what is found is kept in corpus/ and replayed by every later test run.
#
#   tests/Conformance/Fuzz/run.sh [--seconds N] [--seed S]     N seconds for each target (60), from seed S (the time)
set -euo pipefail
cd "$(dirname "$0")/../../.."
seconds=60 seed=$(($(date +%s) % 1000000000))
while [ $# -gt 0 ]; do
  case "$1" in
    --seconds) seconds=${2:?--seconds needs a number}; shift ;;
    --seed) seed=${2:?--seed needs a number}; shift ;;
    -h|--help) sed -n '2,4s/^# \{0,1\}//p' "$0"; exit 0 ;;
    *) echo "run.sh: unknown option '$1'; see --help" >&2; exit 2 ;;
  esac
  shift
done
echo "seed $seed, $seconds s for each target"
FUZZ_SECONDS=$seconds FUZZ_SEED=$seed dotnet test tests/Conformance -c Release --nologo --filter FullyQualifiedName~FuzzTests
