# The agents: one process a node, one cluster datastore for all, one journal and one socket each.

datastore=$state/cluster.db

# agent_up NODE: starts the node's agent in its namespace. Settings come from its environment, as in a DaemonSet.
agent_up() {
  local node=$1
  NODENAME=$node IP=${address[$node]}/24 CALICO_IPV4POOL_CIDR=100.96.0.0/11 CALICO_IPV4POOL_NAT_OUTGOING=true \
    AGENT_DATASTORE=$datastore AGENT_JOURNAL=$state/$node/journal.db AGENT_SOCKET=$state/$node/agent.sock \
    AGENT_CERTIFICATES=$state/certificates/$node AGENT_LOG_LEVEL=info setsid nsenter --net="/run/netns/$lab-$node" -- "$agent" >>"$state/$node/agent.log" 2>&1 </dev/null &
  echo $! >"$state/$node/agent.pid"
}

# certificates_make: an authority for the cluster, and a certificate for each node's agent.
certificates_make() {
  local node
  "$agentctl" cluster certs init --dir "$state/certificates" --cluster default >/dev/null || return 1
  for node in "${nodes[@]}"; do "$agentctl" cluster certs node "$node" --dir "$state/certificates" >/dev/null || return 1; done
}

agents_up() {
  echo "== starting three agents"
  certificates_make || return 1
  local node
  for node in "${nodes[@]}"; do agent_up "$node"; done
}

agents_stop() { stop_pids "${1:-TERM}" $(printf "$state/%s/agent.pid " "${nodes[@]}"); }

# ctl NODE ARGS...: agentctl as an operator on that node would call it.
ctl() {
  local node=$1; shift
  AGENT_DATASTORE=$datastore AGENT_SOCKET=$state/$node/agent.sock in_namespace "$node" "$agentctl" "$@"
}

established_on() { ctl "$1" node status 2>/dev/null | grep -c ' Established '; }

wait_for_mesh() {
  local node
  echo -n "== waiting for the mesh "
  for node in "${nodes[@]}"; do
    until_true mesh_is_up "$node" || { echo " $node has no mesh"; return 1; }
    echo -n "$node "
  done
  echo
}

mesh_is_up() { [ "$(established_on "$1")" -ge 2 ]; }

what_to_try() {
  cat <<EOF

Lab '$lab' is up: node1 node2 node3 (agents), tor (BIRD, AS 65001), host1 (BIRD, AS 64512).

  export AGENT_DATASTORE=$datastore
  $agentctl get nodes -o wide
  $agentctl apply -f $repository/demo/manifests/tor-peer.yaml
  AGENT_SOCKET=$state/node1/agent.sock $agentctl node status
  ./demo.sh --name $lab exec node1 -- ip route
  ./demo.sh --name $lab exec tor -- birdc -s $state/tor/bird.ctl show route
  ./demo.sh --name $lab logs node1
  ./demo.sh --name $lab down
EOF
}
