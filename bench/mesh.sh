#!/usr/bin/env bash
# Measures a full mesh of nodes on one bridge and prints a table: from the start of the first daemon until every kernel has a route to
# the block of every other node. Ours are whole agents on one cluster file, each with a block and a pod; beside them BIRD 2 configured
# as calico/node configures it: connect delay 2 s, connect retry 5 s, one side of each session passive.
# usage: bench/mesh.sh [--nodes N] [--runs N] [--phases]    needs root; --phases prints what one agent logs on its way
set -uo pipefail
. "$(dirname "${BASH_SOURCE[0]}")/bgp-lab.sh"
nodes=10 runs=3 phases=false
read_options "nodes runs" "phases" "$@"

publish agent agent
publish cni cni
publish bench/storm storm

daemons=()
no_nodes() {
  local each
  for each in "${daemons[@]}"; do kill "$each" 2>/dev/null; done
  wait "${daemons[@]}" 2>/dev/null
  daemons=()
}

no_namespaces
ip netns add $prefix-br; ip -n $prefix-br link add br0 type bridge; ip -n $prefix-br link set br0 up
spaces=()
for i in $(seq "$nodes"); do
  ip netns add $prefix-n$i; ip -n $prefix-n$i link set lo up
  ip link add eth0 netns $prefix-n$i type veth peer name "p$i" netns $prefix-br
  ip -n $prefix-br link set "p$i" master br0 up
  ip -n $prefix-n$i addr add 10.98.0.$i/24 dev eth0; ip -n $prefix-n$i link set eth0 up
  spaces+=("/run/netns/$prefix-n$i")
done

bird_node() {
  local j
  cat <<C
log "$work/bird.log" all;
router id 10.98.0.$1;
protocol device { scan time 2; }
protocol direct { ipv4; interface "eth0"; }
protocol kernel { learn; persist; scan time 2; graceful restart; ipv4 { import all; export where source = RTS_BGP; }; }
protocol static { ipv4; route 20.0.$1.0/26 blackhole; }
template bgp node {
  local 10.98.0.$1 as 64512; multihop;
  connect delay time 2; connect retry time 5; error wait time 5,30;
  graceful restart;
  ipv4 { gateway recursive; add paths on; import all; export where source = RTS_STATIC; };
}
C
  for j in $(seq "$nodes"); do
    [ "$j" = "$1" ] || echo "protocol bgp mesh_$j from node { neighbor 10.98.0.$j as 64512; $([ "$1" -gt "$j" ] && echo 'passive on;') }"
  done
}

start_bird() {
  ip netns exec $prefix-n$1 bird -f -c "$work/bird$1.conf" -s "$work/bird$1.sock" >/dev/null 2>&1 &
  daemons+=($!)
}

start_agent() {
  NODENAME=n$1 IP=10.98.0.$1/24 CALICO_IPV4POOL_CIDR=100.96.0.0/11 AGENT_DATASTORE=$work/cluster.db AGENT_JOURNAL=$work/n$1/journal.db \
    AGENT_SOCKET=$work/n$1/agent.sock ip netns exec $prefix-n$1 "$built/agent/agent" 2>>"$work/n$1/log" &
  daemons+=($!)
}

# a pod for each node, so that each has a block
give_blocks() {
  local i
  for i in $(seq "$nodes"); do mkdir -p "$work/n$i"; start_agent "$i"; done
  for i in $(seq "$nodes"); do
    until [ -S "$work/n$i/agent.sock" ]; do sleep 0.1; done
    ip netns add $prefix-pod$i
    echo '{"cniVersion":"1.0.0","name":"bench","type":"calico","agent_socket":"'"$work/n$i/agent.sock"'","ipam":{"type":"calico-ipam"}}' |
      CNI_COMMAND=ADD CNI_CONTAINERID=bench$i CNI_NETNS=/run/netns/$prefix-pod$i CNI_IFNAME=eth0 CNI_PATH=$built/cni \
        ip netns exec $prefix-n$i "$built/cni/calico" >"$work/cni" || { cat "$work/cni" "$work/n$i/log" >&2; exit 1; }
  done
  no_nodes
}

for i in $(seq "$nodes"); do bird_node "$i" >"$work/bird$i.conf"; done
give_blocks

# measured bird|agent: seconds until the mesh is complete, CPU of all daemons, memory of the largest, into the variables of these names
measured() {
  local i began watch cpu_of
  for i in $(seq "$nodes"); do ip -n $prefix-n$i route flush proto 12; [ -d "$work/n$i" ] && : >"$work/n$i/log"; done
  : >"$work/watch"
  "$built/storm/agent-storm" watch $((nodes - 1)) 60 "${spaces[@]}" >"$work/watch" &
  watch=$!
  until grep -q watching "$work/watch"; do sleep 0.05; done
  began=$(date +%s.%N)
  for i in $(seq "$nodes"); do start_"$1" "$i"; done
  wait $watch
  seconds=$(awk -v began="$began" 'END { if ($1 == "-") print "-"; else printf "%.3f", $1 - began }' "$work/watch")
  cpu=$("$built/storm/agent-storm" cpu "${daemons[@]}")
  memory=$(for each in "${daemons[@]}"; do grep VmHWM "/proc/$each/status"; done | awk '{ if ($2 > most) most = $2 } END { printf "%.0f", most / 1024 }')
  no_nodes
  if $phases && [ "$1" = agent ]; then echo "began $began"; cat "$work/n1/log"; fi
}

heading
for _ in $(seq "$runs"); do
  measured bird; b_seconds=$seconds b_cpu=$cpu b_memory=$memory
  measured agent
  row "$nodes nodes in a mesh, start to all routes, s" "$b_seconds" "$seconds" "$(ratio "$seconds" "$b_seconds")" "0.5; aim 0.25"
  row "CPU of all daemons, s" "$b_cpu" "$cpu" - -
  row "memory of the largest, MB" "$b_memory" "$memory" - -
done
