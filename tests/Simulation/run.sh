#!/usr/bin/env bash
# Runs the simulation: see --help. Builds it first if need be; everything follows from the seed.
set -euo pipefail
cd "$(dirname "$0")"
out=Agent.Simulation/bin/Release/net10.0
newest=$(ls -t "$out"/*.dll 2>/dev/null | head -n 1 || true)
if [ -z "$newest" ] || [ -n "$(find ../../src Agent.Simulation -path '*/obj' -prune -o \( -name '*.cs' -o -name '*.csproj' \) -newer "$newest" -print -quit)" ]; then
  dotnet build Agent.Simulation -c Release -v q --nologo -p:RunAnalyzers=false >&2
fi
exec dotnet "$out/Agent.Simulation.dll" "$@"
