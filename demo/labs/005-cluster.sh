# What Calico has no counterpart for: agents that coordinate, know each other by certificates, and go on when one of them dies.

lab_title "The cluster: coordinators, shards, certificates"

# The state that every agent agrees on, as columns that do not depend on who leads.
members() { ctl "$1" cluster show -o json | jq -r '.members[] | "\(.node) \(.status) \(if .isReachable then "reachable" else "unreachable" end)"' | sort; }
owners() { ctl "$1" cluster-sharding region-stats block-affinity -o json | jq -r '.shards[] | "\(.node) \(.shard)"' | sort -k2 -n; }

echo; echo "node1\$ agentctl cluster show"
ctl node1 cluster show | sed 's/^/   /'
listing "the three nodes coordinate" "node2\$ agentctl cluster show -o json | jq ..." \
"node1 Up reachable
node2 Up reachable
node3 Up reachable" members node2

echo; echo "node1\$ agentctl cluster-sharding region-stats block-affinity"
ctl node1 cluster-sharding region-stats block-affinity | sed 's/^/   /'
pools=$(ctl node1 get ippools -o json | jq '.items | length')
all_owned() { [ "$(ctl node1 cluster-sharding region-stats block-affinity -o json | jq '[.shards[].entities] | add')" -eq "$pools" ]; }
if until_true all_owned; then passed "every pool's shard has an owner"; else failed "every pool's shard has an owner"; fi

talking() { in_namespace node1 ss -Htn state established '( sport = :7946 or dport = :7946 )' | grep -q .; }
if until_true talking; then passed "the agents are connected"; else failed "the agents are connected"; fi
shown=$(in_namespace node2 timeout "$patience" openssl s_client -connect 10.0.0.10:7946 -CAfile "$state/certificates/ca.crt" -verify_return_error </dev/null 2>&1)
if grep -q 'subject=CN = node1' <<<"$shown"; then
  passed "node1 shows the certificate that agentctl made for it"
else
  failed "node1 shows the certificate that agentctl made for it" "$(tail -n 3 <<<"$shown")"
fi

# The owner of a shard dies without a word: when its lease is over, after three seconds, its shards are taken over. How long that takes is
# shown here and measured by bench/cluster.sh.
victim=$(owners node1 | head -n 1 | cut -d' ' -f1)
for witness in "${nodes[@]}"; do [ "$witness" != "$victim" ] && break; done
owned_before=$(owners "$witness")
epochs_of() { sqlite3 -readonly "$datastore" "select name, json_extract(spec, '\$.epoch') from resource where kind = 'Shard' $1 order by name"; }
epochs_before=$(epochs_of "and json_extract(spec, '\$.owner') like '%@$victim:%'")
echo; echo "$victim\$ kill -9 <agent>"
killed=$(date +%s%3N)
stop_pid "$state/$victim/agent.pid" KILL
# The records in the datastore are what everybody goes by.
records_of() { sqlite3 -readonly "$datastore" "select count(*) from resource where kind = 'Shard' and json_extract(spec, '\$.owner') like '%@$1:%'"; }
moved() { [ "$(records_of "$victim")" -eq 0 ]; }
if until_true moved; then
  echo "   $(($(date +%s%3N) - killed)) ms"
  passed "its shards are elsewhere when its lease is over"
else
  failed "its shards are elsewhere when its lease is over"
fi
owned_again() {
  local owned name before now
  owned=$(owners "$witness")
  [ "$(cut -d' ' -f2 <<<"$owned")" = "$(cut -d' ' -f2 <<<"$owned_before")" ] && ! grep -q "^$victim " <<<"$owned" || return 1
  while IFS='|' read -r name before; do
    now=$(epochs_of "and name = '$name'")
    [ "${now##*|}" -gt "$before" ] || return 1
  done <<<"$epochs_before"
}
if until_true owned_again; then
  passed "the others own all shards, each with a higher epoch"
else
  failed "the others own all shards, each with a higher epoch" "$(owners "$witness")"
fi
echo; echo "$witness\$ agentctl cluster show"
ctl "$witness" cluster show | sed 's/^/   /'

pod_up "$witness" default after-death after-death && passed "a pod gets its address without the dead coordinator" || failed "a pod gets its address without the dead coordinator"
pod_down "$witness" default after-death

agent_up "$victim"
listing "the node that died coordinates again when its agent is started" "$witness\$ agentctl cluster show -o json | jq ..." \
"node1 Up reachable
node2 Up reachable
node3 Up reachable" members "$witness"

does "a node leaves when it is told to" "node1\$ agentctl cluster leave node3" \
  "node3 leaves: its shards go to the other coordinators." ctl node1 cluster leave node3
listing "the others coordinate without it" "node1\$ agentctl cluster show -o json | jq ..." \
"node1 Up reachable
node2 Up reachable" members node1
