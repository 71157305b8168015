#!/usr/bin/env bash
# Publishes a program as it is meant to be run: build/publish.sh PROGRAM [DIRECTORY]
#   PROGRAM     agent, agentctl, cni (the plugin, assembly "calico"), or the folder of a project, say bench/speaker
#   DIRECTORY   where to; artifacts/PROGRAM if it is not given
# First choice is native code (NativeAOT), which starts in a few milliseconds and holds half the memory. It needs gcc or clang and the
# SDK's compiler pack; where one of them cannot be had, the program is published with ReadyToRun for the installed .NET runtime, and
# where even that pack is missing, as it is. The last line says which form it became. BUILD_ARTIFACTS names a directory for what the
# compiler leaves, artifacts/build if it is not set; a second run takes it up from there.
set -euo pipefail
root=$(cd "$(dirname "$0")/.." && pwd)
case "${1:-}" in
  agent) project=src/Agent.Host ;;
  agentctl) project=src/Agent.Ctl ;;
  cni) project=src/Agent.Cni ;;
  '' | -*) sed -n '2,4s/^# \{0,1\}//p' "$0" >&2; exit 2 ;;
  *) project=$1; [ -d "$root/$project" ] || { echo "$0: there is no project $project; see build/publish.sh --help" >&2; exit 2; } ;;
esac
out=${2:-$root/artifacts/$(basename "$1")}
case "$(uname -m)" in
  x86_64) runtime=linux-x64 ;;
  aarch64) runtime=linux-arm64 ;;
  *) echo "$0: no .NET runtime for $(uname -m)" >&2; exit 2 ;;
esac
log=$(mktemp)
trap 'rm -f "$log"' EXIT

publish() {
  rm -rf "$out"
  dotnet publish "$root/$project" -c Release -o "$out" --artifacts-path "${BUILD_ARTIFACTS:-$root/artifacts/build}/$form" \
    -v q -nologo -p:RunAnalyzers=false "$@" >"$log" 2>&1
}

delivered() {
  find "$out" -type f \( -name '*.pdb' -o -name '*.dbg' -o -name '*.xml' \) -delete
  echo "published $project as $1 to $out"
  exit 0
}

# An error of the code is none of the machine's: there is nothing to fall back to.
reason() { grep -E 'error' "$log" | sort -u | head -n "$1" >&2 || tail -n "$1" "$log" >&2; }

form=native
publish -r $runtime -p:PublishAot=true && delivered "native code"
if grep -qE 'error (CS|IL)[0-9]+' "$log"; then reason 20; exit 1; fi
echo "native code is not possible here, falling back to ReadyToRun:" >&2
reason 3

form=ready
publish -r $runtime --self-contained false -p:PublishReadyToRun=true && delivered "ReadyToRun code"
echo "ReadyToRun is not possible here either:" >&2
reason 3

form=portable
publish && delivered "portable code"
reason 20
exit 1
