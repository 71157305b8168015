#!/usr/bin/env bash
# Measures the cluster on this machine and prints a table:
#   - an idle agent that coordinates, with sharding, local API and SQLite: memory and processor; then eight on one shared file
#   - how long two nodes take to see each other up
#   - questions to sharded entities, 10,000 at a time, between two processes
#   - how long the shards of a killed coordinator take to be at work elsewhere
# Each line has what is wanted beside what was measured; a missed figure fails nothing.
# usage: bench/cluster.sh [--seconds N]     root is needed: each agent lives in a network namespace of its own
set -euo pipefail
repository=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
seconds=30
. "$repository/bench/options.sh"
read_options seconds "" "$@"
prefix=benchclu
work=$(mktemp -d)
pids=()

clean_up() {
  local pid node
  for pid in "${pids[@]}"; do kill -9 "$pid" 2>/dev/null || true; done
  wait 2>/dev/null || true
  for node in $(ip netns list | grep -o "^$prefix-[a-z0-9]*" || true); do ip netns del "$node"; done
  rm -rf "$work"
}
trap clean_up EXIT

echo "building ..." >&2
publish() { BUILD_ARTIFACTS=$work/build "$repository/build/publish.sh" "$1" "$work/$2" >&2; }
publish agent agent
publish agentctl agentctl
publish bench/cluster node

# row WHAT WANTED MEASURED
row() { printf '%-62s %-16s %s\n' "$1" "$2" "$3"; }

# agents COUNT: that many agents on one cluster file, each in a namespace on one bridge
agents() {
  local number node
  ip netns add "$prefix-br"; ip -n "$prefix-br" link add br0 type bridge; ip -n "$prefix-br" link set br0 up
  "$work/agentctl/agentctl" cluster certs init --dir "$work/certificates" >/dev/null
  for number in $(seq "$1"); do
    node=$prefix-n$number
    ip netns add "$node"; ip -n "$node" link set lo up
    ip link add "bclu$number" netns "$node" type veth peer name "p$number" netns "$prefix-br"
    ip -n "$node" link set "bclu$number" name eth0
    ip -n "$node" addr add "10.78.0.$number/24" dev eth0; ip -n "$node" link set eth0 up
    ip -n "$prefix-br" link set "p$number" master br0 up
    "$work/agentctl/agentctl" cluster certs node "n$number" --dir "$work/certificates" >/dev/null
    mkdir -p "$work/n$number"
    NODENAME=n$number IP=10.78.0.$number/24 AGENT_DATASTORE=$work/cluster.db AGENT_JOURNAL=$work/n$number/journal.db \
      AGENT_SOCKET=$work/n$number/agent.sock AGENT_CERTIFICATES=$work/certificates/n$number \
      ip netns exec "$node" "$work/agent/agent" >"$work/n$number/log" 2>&1 &
    pids+=($!)
  done
}

no_agents() {
  local pid node
  for pid in "${pids[@]}"; do kill "$pid" 2>/dev/null || true; done
  wait "${pids[@]}" 2>/dev/null || true
  pids=()
  for node in $(ip netns list | grep -o "^$prefix-[a-z0-9]*"); do ip netns del "$node"; done
  rm -rf "$work"/cluster.db* "$work"/n[0-9]* "$work/certificates"
}

ticks() { awk '{ print $14 + $15 }' "/proc/$1/stat"; }

# idle NAME MEMORY PROCESSOR: what each agent uses over some time, beside what is wanted, the largest of all, once what its start has left to compile is compiled
idle() {
  local pid before=() index=0 most=0 used memory=0 own=0 size
  sleep 60
  for pid in "${pids[@]}"; do before+=("$(ticks "$pid")"); done
  sleep "$seconds"
  for pid in "${pids[@]}"; do
    used=$(($(ticks "$pid") - before[index])); index=$((index + 1))
    [ "$used" -gt "$most" ] && most=$used
    size=$(awk '/^VmRSS/ { print $2 }' "/proc/$pid/status")
    [ "$size" -gt "$memory" ] && memory=$size
    size=$(awk '/^Rss(Anon|Shmem)/ { sum += $2 } END { print sum }' "/proc/$pid/status")
    [ "$size" -gt "$own" ] && own=$size
  done
  row "$1: memory" "$2" "$((memory / 1024)) MB, of them $((own / 1024)) MB its own and the rest mapped program files"
  row "$1: processor" "$3" "$(awk -v used="$most" -v hz="$(getconf CLK_TCK)" -v over="$seconds" 'BEGIN { printf "%.2f %% of a core", used / hz / over * 100 }')"
}

row "what" "wanted" "measured"
agents 1; idle "idle coordinator" "60 MB" "0.5 %"; no_agents
agents 8; idle "each of eight agents on one file" "-" "1 %"; no_agents

now() { date +%s%3N; }
node=$work/node/agent-cluster-node
declare -A input pid_of

# serve NAME PORT: a coordinator of the bench, which ends when its input does
serve() {
  mkfifo "$work/$1.in"
  "$node" serve "$1" "$2" "$work/shared.db" <"$work/$1.in" >"$work/$1.out" 2>&1 &
  pid_of[$1]=$!
  pids+=($!)
  exec {fd}>"$work/$1.in"
  input[$1]=$fd
}

leave() { local fd=${input[$1]}; exec {fd}>&-; wait "${pid_of[$1]}" 2>/dev/null || true; rm -f "$work/$1.in"; }

# until FILE PATTERN: waits for a line
until_line() { until grep -qE "$2" "$1" 2>/dev/null; do sleep 0.05; done; }

serve one 17981; until_line "$work/one.out" 'owns 50'
serve two 17982; until_line "$work/one.out" 'sees two'; until_line "$work/two.out" 'sees one'
began=$(awk '/starts/ { print $1 }' "$work/two.out")
seen=$(awk '/sees two/ { print $1 }' "$work/one.out"; awk '/sees one/ { print $1 }' "$work/two.out")
row "two nodes see each other up" "0.5 s" "$(awk -v began="$began" '{ if ($1 - began > most) most = $1 - began } END { printf "%.2f s", most / 1000 }' <<<"$seen")"
leave two; leave one; rm -f "$work"/shared.db*

serve one 17981; until_line "$work/one.out" 'owns 50'
row "10,000 questions at a time, two processes" "60,000 a second" "$("$node" ask three 17983 "$work/shared.db" 10000 | awk '/asks/ { if ($1 > most) most = $1 } END { print most " answers/s" }')"
leave one; rm -f "$work"/shared.db*

serve one 17981; serve two 17982
until_line "$work/one.out" 'owns [1-9]'; until_line "$work/two.out" 'owns [1-9]'; sleep 2
killed=$(now); kill -9 "${pid_of[one]}"
until_line "$work/two.out" 'owns 50'
row "shards of a killed coordinator are elsewhere (TTL 3 s)" "4 s" "$(awk -v killed="$killed" '/owns 50/ { printf "%.2f s", ($1 - killed) / 1000 }' "$work/two.out")"
leave two
