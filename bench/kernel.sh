#!/usr/bin/env bash
# Measures how fast learned routes get into the kernel's table and out of it again, beside BIRD 2, and prints a table. The clock runs
# from the first byte sent until the kernel has told of the last route.
# usage: bench/kernel.sh [--routes N] [--runs N]    needs root
set -uo pipefail
. "$(dirname "${BASH_SOURCE[0]}")/bgp-lab.sh"
routes=100000 runs=3
read_options "routes runs" "" "$@"

publish bench/speaker speaker
publish bench/storm storm
two_namespaces
stages=(--as 65001 --routes "$routes" --together 10 --withdraw)
"$built/storm/agent-storm" neighbors --speaker $speaker_at --from 10.100.0.1 "${stages[@]}" >"$work/neighbors"

# measured bird|ours: into the kernel and out again, each with its CPU
measured() {
  start_speaker "$1" "$work/neighbors" yes
  storm "${stages[@]}" --fib "/run/netns/$sut"
  stop_speaker
  in=$(of announce_s) in_cpu=$(of announce_cpu_s) out=$(of withdraw_s) out_cpu=$(of withdraw_cpu_s) memory=$(of peak_mb)
  ip -n $sut route flush proto 12
}

heading
for _ in $(seq "$runs"); do
  measured bird; b_in=$in b_in_cpu=$in_cpu b_out=$out b_out_cpu=$out_cpu b_memory=$memory
  measured ours
  row "$routes learned routes into the kernel, s" "$b_in" "$in" "$(ratio "$in" "$b_in")" "0.5; aim 0.4"
  row "its CPU, s" "$b_in_cpu" "$in_cpu" "$(ratio "$in_cpu" "$b_in_cpu")" -
  row "and out again, s" "$b_out" "$out" "$(ratio "$out" "$b_out")" "0.55; aim 0.45"
  row "its CPU, s" "$b_out_cpu" "$out_cpu" "$(ratio "$out_cpu" "$b_out_cpu")" -
  row "peak memory, MB" "$b_memory" "$memory" "$(ratio "$memory" "$b_memory")" -
done
