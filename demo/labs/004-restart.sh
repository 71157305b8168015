# What Calico's labs do not show: a restart that no router notices, a route that comes back, and how fast a cold start is.

lab_title "Restarts"

# A stop for restart leaves the forwarding state; BIRD keeps our routes (graceful restart), the kernel keeps them too.
before=$(in_namespace node2 ip route)
tor_before=$(birdc_on tor show route | grep -c 'unicast \[node2')
echo; echo "node2\$ kill -TERM <agent>        (SIGTERM is a stop for restart)"
stop_pid "$state/node2/agent.pid"
if [ "$(in_namespace node2 ip route)" = "$before" ]; then passed "a stopped agent leaves the node's routes in the kernel"; else failed "a stopped agent leaves the node's routes in the kernel"; fi
if [ "$(birdc_on tor show route | grep -c 'unicast \[node2')" -eq "$tor_before" ]; then passed "BIRD keeps the node's routes while its agent restarts"; else failed "BIRD keeps the node's routes while its agent restarts"; fi
reaches "the pod is reached without its agent" tor "http://$nginx/" "Welcome to nginx"

in_namespace node2 ip monitor route >"$state/monitor" &
echo $! >"$state/monitor.pid"
all_established() { [ "$(established_on "$1")" -eq "$2" ]; }
agent_up node2
until_true all_established node2 4 && passed "all four sessions of node2 come back" || failed "all four sessions of node2 come back"
stop_pid "$state/monitor.pid"
if [ ! -s "$state/monitor" ] && [ "$(in_namespace node2 ip route)" = "$before" ]; then
  passed "the started agent changed nothing that was right"
else
  failed "the started agent changed nothing that was right" "$(head -n 3 "$state/monitor")"
fi

echo; echo "node1\$ ip route delete $block_node2"
in_namespace node1 ip route delete "$block_node2"
route_is_back() { in_namespace node1 ip route show "$block_node2" | grep -q 'proto bird'; }
if until_true route_is_back; then passed "a route that somebody deleted comes back"; else failed "a route that somebody deleted comes back"; fi

# A cold start: agents killed, their routes flushed, then everything at once.
declare -A routes_before=()
for node in "${nodes[@]}"; do routes_before[$node]=$(sorted_route_list "$node"); done
agents_stop KILL
for node in "${nodes[@]}"; do in_namespace "$node" ip route flush proto bird; done
everything_is_back() {
  local node router
  for router in "${routers[@]}"; do
    [ "$(birdc_on "$router" show protocols | grep -c Established)" -eq 3 ] || return 1
  done
  for node in "${nodes[@]}"; do
    [ "$(sorted_route_list "$node")" = "${routes_before[$node]}" ] || return 1
  done
}
started=$(date +%s%3N)
for node in "${nodes[@]}"; do agent_up "$node"; done
if until_true everything_is_back; then
  convergence="$(($(date +%s%3N) - started)) ms (three agents started at once)"
  echo "   $convergence"
  passed "after a cold start every session and every route is back"
else
  failed "after a cold start every session and every route is back"
fi
table "the mesh of node1 is whole" "node1\$ sudo calicoctl node status" "$node1_status" \
  ctl node1 node status

pod_down node2 external-ns nginx
block_is_gone() { ! birdc_on tor show route "$nginx_block" | grep -q unicast; }
if until_true block_is_gone; then passed "a deleted pod's block of an unselected pool is given back and withdrawn"; else failed "a deleted pod's block of an unselected pool is given back and withdrawn"; fi
