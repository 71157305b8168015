#!/usr/bin/env bash
# Runs a semantics suite (written for, and proved on, genuine Akka.NET) on the embedded runtime.
# usage: run.sh FOLDER [further arguments of dotnet test, e.g. --filter Name~Ask]
#   FOLDER      holds semantics.csproj; nothing is written into it
#   WORK        where build outputs go (default: a fresh temporary folder, removed at the end)
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
suite=$(cd "${1:?usage: run.sh FOLDER [dotnet test arguments]}" && pwd); shift
shared=$(cd "$here/../../src/Shared" && pwd)
if [ -z "${WORK:-}" ]; then WORK=$(mktemp -d); trap 'rm -rf "$WORK"' EXIT; fi
dotnet test "$suite/semantics.csproj" \
  -p:ActorRuntime=Embedded \
  -p:EmbeddedRuntimeProject="$shared/Runtime/Agent.Runtime.csproj" \
  -p:EmbeddedTestKitProject="$shared/Runtime.TestKit/Agent.Runtime.TestKit.csproj" \
  -p:RuntimeUsings="$here/GlobalUsings.cs" \
  -p:RuntimeWiring="$here/Wiring.cs" \
  -p:WithCluster=true \
  -p:SemanticsOut="$WORK" \
  -p:TestSdkVersion=18.11.0 \
  "$@"
