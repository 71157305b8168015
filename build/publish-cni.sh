#!/bin/sh
# Publishes the CNI plugin (assembly "calico") into a directory: build/publish-cni.sh [directory] [configuration]
# First choice is NativeAOT on net9.0, which starts in a few milliseconds (the plugin is started once per pod and verb). Where its
# compiler or its targeting pack cannot be had, the plugin is published framework-dependent on net10.0 with ReadyToRun, and where even
# that pack is missing, without it. The last line says which form it became.
set -eu
root=$(cd "$(dirname "$0")/.." && pwd)
out=${1:-$root/artifacts/cni}
configuration=${2:-Release}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

publish() {
    rm -rf "$work/out"
    dotnet publish "$root/src/Agent.Cni/Agent.Cni.csproj" -c "$configuration" -o "$work/out" \
        --artifacts-path "$work/artifacts" -v q -nologo -p:OwnLockFile=true "$@" >"$work/log" 2>&1
}

deliver() {
    mkdir -p "$out"
    find "$work/out" -type f \( -name '*.pdb' -o -name '*.dbg' -o -name '*.xml' \) -delete
    cp -R "$work/out/." "$out/"
    echo "published $1 to $out"
}

# The runtime packs are not in the repository's lock files, so each try has lock files of its own, beside its other build output.
if publish -f net9.0 -r linux-x64 -p:AheadOfTime=true; then
    deliver "the NativeAOT form (net9.0)"
    exit 0
fi
echo "NativeAOT is not possible here, falling back to net10.0:" >&2
grep -m 3 -E 'error|NU[0-9]+' "$work/log" >&2 || true

if publish -f net10.0 -r linux-x64 --self-contained false -p:PublishReadyToRun=true; then
    deliver "the framework-dependent ReadyToRun form (net10.0)"
    exit 0
fi
echo "ReadyToRun is not possible here either:" >&2
grep -m 3 -E 'error|NU[0-9]+' "$work/log" >&2 || true

publish -f net10.0 || { cat "$work/log" >&2; exit 1; }
deliver "the framework-dependent form (net10.0)"
