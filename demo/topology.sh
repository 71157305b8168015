# The lab's network: one namespace a machine, all on one bridge.
#
#      tor (BIRD 2, AS 65001)    host1 (BIRD 2, AS 64512)
#      10.0.0.1                  10.0.0.20
#         |                         |
#   ------+----------- fabric ------+------------------ 10.0.0.0/24
#         |              |               |
#      node1          node2           node3             AS 64512
#      10.0.0.10      10.0.0.11       10.0.0.12

nodes=(node1 node2 node3)
routers=(tor host1)
declare -A address=([tor]=10.0.0.1 [node1]=10.0.0.10 [node2]=10.0.0.11 [node3]=10.0.0.12 [host1]=10.0.0.20)

# in_namespace WHERE CMD...: runs a command on one of the lab's machines or in a pod.
in_namespace() {
  local where=$1; shift
  [ -e "/run/netns/$lab-$where" ] || die "there is no '$where' in lab '$lab'; it has: $(namespaces | sed "s/^$lab-//" | tr '\n' ' ')"
  nsenter --net="/run/netns/$lab-$where" -- "$@"
}

namespaces() { ip netns list | awk '{print $1}' | grep -E "^$lab-" || true; }

lab_is_up() { [ -e "/run/netns/$lab-fabric" ]; }

lab_up() {
  echo "== lab '$lab': a bridge, three nodes, two BIRD routers"
  mkdir -p "$state"
  ip netns add "$lab-fabric" || return 1
  ip -n "$lab-fabric" link add br0 type bridge forward_delay 0 || return 1
  ip -n "$lab-fabric" link set br0 up
  local machine
  for machine in "${nodes[@]}" "${routers[@]}"; do
    mkdir -p "$state/$machine"
    ip netns add "$lab-$machine"
    ip -n "$lab-fabric" link add "$machine" type veth peer name eth0 netns "$lab-$machine"
    ip -n "$lab-fabric" link set "$machine" master br0 up
    ip -n "$lab-$machine" link set lo up
    ip -n "$lab-$machine" link set eth0 up
    ip -n "$lab-$machine" address add "${address[$machine]}/24" dev eth0
    [ "$machine" = tor ] || ip -n "$lab-$machine" route add default via "${address[tor]}" dev eth0
  done
  ip -n "$lab-tor" address add 1.1.1.1/32 dev lo
  in_namespace tor sysctl -qw net.ipv4.ip_forward=1
  bird_up tor 65001 && bird_up host1 64512
}

# bird_up MACHINE AS: a BIRD that peers with every node, as a user would configure it.
bird_up() {
  local machine=$1 as=$2 folder=$state/$1 node
  {
    echo "router id ${address[$machine]};"
    echo 'protocol device { scan time 1; }'
    echo 'protocol direct direct1 { ipv4; interface "lo", "eth0"; }'
    echo 'protocol kernel kernel1 { ipv4 { export filter { if source = RTS_BGP then accept; reject; }; }; merge paths on; metric 0; }'
    if [ "$machine" = tor ]; then
      echo 'protocol static static1 { ipv4; route 10.10.10.10/32 blackhole; }'
    fi
    for node in "${nodes[@]}"; do
      echo "protocol bgp $node {"
      echo "  local ${address[$machine]} as $as; neighbor ${address[$node]} as 64512;"
      echo '  connect delay time 1; connect retry time 1; error wait time 1, 2; graceful restart on;'
      if [ "$machine" = tor ]; then
        echo '  ipv4 { import all; export filter { if net ~ [1.1.1.1/32, 10.10.10.10/32] then accept; reject; }; };'
      else
        echo '  ipv4 { import all; export none; };'
      fi
      echo '}'
    done
  } >"$folder/bird.conf"
  in_namespace "$machine" bird -c "$folder/bird.conf" -s "$folder/bird.ctl" -P "$folder/bird.pid" || {
    echo "BIRD did not start on $machine" >&2
    return 1
  }
}

birdc_on() { local machine=$1; shift; birdc -s "$state/$machine/bird.ctl" "$@"; }

capture_start() {
  [ -n "$capture" ] || return 0
  in_namespace fabric tcpdump -i br0 -U -w "$capture" -s 0 -Z root 'tcp port 179' 2>/dev/null &
  echo $! >"$state/tcpdump.pid"
}

capture_stop() { stop_pid "$state/tcpdump.pid"; }

# stop_pid FILE [SIGNAL]: ends the process that the file names, and waits for its end.
stop_pid() { stop_pids "${2:-TERM}" "$1"; }

# stop_pids SIGNAL FILE...: the same for several at once; what does not end within a minute is killed.
stop_pids() {
  local signal=$1 file pids=() pid i
  shift
  for file in "$@"; do
    [ -s "$file" ] || continue
    pid=$(cat "$file")
    kill "-$signal" "$pid" 2>/dev/null && pids+=("$pid")
    rm -f "$file"
  done
  for pid in "${pids[@]}"; do
    for ((i = 0; i < 1200; i++)); do
      kill -0 "$pid" 2>/dev/null || break
      sleep 0.05
    done
    kill -KILL "$pid" 2>/dev/null
  done
  return 0
}

is_empty() { [ -z "$(ip netns pids "$1" 2>/dev/null)" ]; }

# lab_down: ends what runs in the lab's namespaces, by pid, and removes them. Works after a crash too.
lab_down() {
  local namespace pid
  stop_pids TERM "$state"/*.pid "$state"/*/*.pid
  for namespace in $(namespaces); do
    for pid in $(ip netns pids "$namespace" 2>/dev/null); do kill -KILL "$pid" 2>/dev/null || true; done
    until_true is_empty "$namespace"
    ip netns delete "$namespace" 2>/dev/null || true
  done
  rm -rf "$state"
}
