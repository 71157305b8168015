#!/usr/bin/env bash
# Measures 2,000 passive peers beside BIRD 2 and prints a table: all of them dial at once; each announces 64 routes, which ten more
# peers observe; then keepalives alone pass. BIRD gets as long as --patience says, since most of its peers wait for their second try.
# usage: bench/storm.sh [--peers N] [--steady SECONDS] [--patience SECONDS] [--no-bird] [--runs N]    needs root
set -uo pipefail
. "$(dirname "${BASH_SOURCE[0]}")/bgp-lab.sh"
peers=2000 steady=30 patience=30 runs=1 no_bird=false
read_options "peers steady patience runs" "no-bird" "$@"

publish bench/speaker speaker
publish bench/storm storm
two_namespaces
ulimit -n 16384
stages=(--senders "$peers" --observers 10 --routes 64 --steady "$steady" --timeout "$patience")
ip netns exec $sut "$built/storm/agent-storm" neighbors --speaker $speaker_at --from 10.100.0.1 "${stages[@]}" >"$work/neighbors"

# measured bird|ours: up, until the routes are everywhere, share of a core, memory; into $told
measured() {
  start_speaker "$1" "$work/neighbors" no
  storm "${stages[@]}"
  stop_speaker
  up=$(of up_s) told=$(of announce_s) idle=$(of steady_percent) memory=$(of peak_mb) up_cpu=$(of up_cpu_s) told_cpu=$(of announce_cpu_s)
  [ "$up" = - ] && up="$(of up) of $(of peers)"
  if [ "$(of lost)" != 0 ]; then idle="$idle, $(of lost) lost"; fi
}

heading
for _ in $(seq "$runs"); do
  b_up=- b_told=- b_idle=- b_memory=- b_up_cpu=- b_told_cpu=-
  if ! $no_bird; then measured bird; b_up=$up b_told=$told b_idle=$idle b_memory=$memory b_up_cpu=$up_cpu b_told_cpu=$told_cpu; fi
  measured ours
  row "$peers passive peers at once: all up, s" "$b_up" "$up" - "1; aim 0.25"
  row "its CPU, s" "$b_up_cpu" "$up_cpu" "$(ratio "$up_cpu" "$b_up_cpu")" -
  row "64 routes each, until 10 observers have all, s" "$b_told" "$told" "$(ratio "$told" "$b_told")" -
  row "its CPU, s" "$b_told_cpu" "$told_cpu" "$(ratio "$told_cpu" "$b_told_cpu")" -
  row "keepalives alone, % of a core" "$b_idle" "$idle" - "under 5"
  row "peak memory, MB" "$b_memory" "$memory" - 300
done
