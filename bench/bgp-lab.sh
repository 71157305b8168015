# Sourced by storm.sh, kernel.sh and mesh.sh: builds what they run, makes two joined namespaces, starts speakers in one of them.
# BENCH_BUILD names a directory that keeps what is built from one script to the next.
. "$(dirname "${BASH_SOURCE[0]}")/options.sh"
repository=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
work=$(mktemp -d)
built=${BENCH_BUILD:-$work}
prefix=benchbgp
sut=$prefix-sut load=$prefix-load
speaker_at=10.99.0.1 gateway=10.99.0.2
speaker=

[ "$(id -u)" = 0 ] || { echo "$0: needs root, for network namespaces" >&2; exit 2; }
command -v bird >/dev/null || { echo "$0: needs BIRD 2 (package bird2)" >&2; exit 2; }

# publish PROJECT NAME: as it is meant to be run
publish() {
  [ -x "$built/$2/.done" ] && return
  echo "building $1 ..." >&2
  BUILD_ARTIFACTS=$built/build "$repository/build/publish.sh" "$1" "$built/$2" >&2 || exit 1
  install -m 755 /dev/null "$built/$2/.done"
}

no_namespaces() {
  local each
  for each in $(ip netns list | grep -o "^$prefix-[a-z0-9]*" || true); do ip netns del "$each"; done
}

clean_up() {
  stop_speaker
  [ "$(type -t no_nodes)" = function ] && no_nodes
  no_namespaces
  rm -rf "$work"
}
trap clean_up EXIT

# two_namespaces: the speaker's, and the peers', who have as many addresses as they like behind one gateway
two_namespaces() {
  no_namespaces
  ip netns add $sut; ip netns add $load
  ip -n $sut link set lo up; ip -n $load link set lo up
  ip link add eth0 netns $sut type veth peer name eth0 netns $load
  ip -n $sut addr add $speaker_at/24 dev eth0; ip -n $load addr add $gateway/24 dev eth0
  ip -n $sut link set eth0 up; ip -n $load link set eth0 up
  ip -n $sut route add 10.100.0.0/16 via $gateway
  ip -n $load route add local 10.100.0.0/16 dev lo
  ip netns exec $sut sysctl -qw net.core.somaxconn=4096 net.ipv4.tcp_max_syn_backlog=4096
}

# bird_configuration NEIGHBORS WITH_KERNEL: passive sessions; an observer that is internal is a client of the reflector
bird_configuration() {
  cat <<C
log "$work/bird.log" all;
router id $speaker_at;
protocol device { }
protocol direct { ipv4; interface "eth0"; }
C
  [ "$2" = yes ] && echo 'protocol kernel { learn off; persist off; scan time 60; ipv4 { import none; export where source = RTS_BGP; }; }'
  awk -v us="$speaker_at" '{
    exported = $3 == "client" || $2 != 65000 ? "all" : "none"
    printf "protocol bgp n%d { local %s as 65000; neighbor %s as %s; passive on; multihop; hold time 90; %s ipv4 { import all; export %s; }; }\n",
      NR, us, $1, $2, $3 == "client" ? "rr client;" : "", exported }' "$1"
}

# start_speaker bird|ours NEIGHBORS WITH_KERNEL: sets $speaker, once it listens
start_speaker() {
  if [ "$1" = bird ]; then
    bird_configuration "$2" "$3" >"$work/bird.conf"
    ip netns exec $sut bird -f -c "$work/bird.conf" -s "$work/bird.sock" >"$work/speaker.log" 2>&1 &
  else
    local install=
    [ "$3" = yes ] && install=--install
    ip netns exec $sut "$built/speaker/agent-speaker" --address $speaker_at --as 65000 --router-id $speaker_at --neighbors "$2" $install \
      >"$work/speaker.log" 2>&1 &
  fi
  speaker=$!
  until ip netns exec $sut ss -Htln 'sport = :179' | grep -q . && kill -0 $speaker; do
    kill -0 $speaker 2>/dev/null || { cat "$work/speaker.log" >&2; exit 1; }
    sleep 0.05
  done
  sleep 1
}

stop_speaker() {
  [ -n "$speaker" ] || return 0
  kill "$speaker" 2>/dev/null
  wait "$speaker" 2>/dev/null
  speaker=
}

# storm ARGUMENTS: the load, from the peers' namespace; what came of it is in $work/result
storm() {
  DOTNET_SYSTEM_NET_SOCKETS_INLINE_COMPLETIONS=1 timeout 300 ip netns exec $load "$built/storm/agent-storm" run --speaker $speaker_at --from 10.100.0.1 \
    --next-hop $gateway --pid "$speaker" "$@" >"$work/result"
}

# of NAME: a value of the last load; "-" where it did not come to it
of() { awk -v name="$1" '$1 == name { print $2 }' "$work/result"; }

# ratio OURS BIRD
ratio() { awk -v ours="$1" -v bird="$2" 'BEGIN { if (ours == "-" || bird == "-" || bird == 0) print "-"; else printf "%.2f", ours / bird }'; }

# row SCENARIO BIRD OURS RATIO WANTED: a line of the table
row() { printf '| %-56s | %12s | %10s | %5s | %-22s |\n' "$@"; }
heading() { row scenario 'BIRD 2' ours ratio wanted; row --- ---: ---: ---: ---; }
