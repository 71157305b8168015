#!/usr/bin/env bash
# Runs the simulation: see --help. Builds it first if need be; everything follows from the seed.
set -euo pipefail
cd "$(dirname "$0")"
dll=Agent.Simulation/bin/Release/net10.0/Agent.Simulation.dll
dotnet build Agent.Simulation -c Release -v q --nologo -p:RunAnalyzers=false >&2
exec dotnet "$dll" "$@"
