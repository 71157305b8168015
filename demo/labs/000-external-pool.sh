# Lab 000: an externally routable pool, a namespace that uses it, and eBGP with a router outside of the cluster.

lab_title "Lab 000: external pool, eBGP with tor"

wait_for_mesh || failed "the mesh comes up"

table "get ippools shows the default pool" "node1\$ calicoctl get ippools --allow-version-mismatch" \
"NAME                  CIDR            SELECTOR   
default-ipv4-ippool   100.96.0.0/11   all()      " \
  ctl node1 get ippools --allow-version-mismatch

does "the external pool is applied" "node1\$ calicoctl apply -f 01-externalIpPool.yml --allow-version-mismatch" \
  "Successfully applied 1 'IPPool' resource(s)" \
  ctl node1 apply -f "$repository/demo/manifests/external-pool.yaml" --allow-version-mismatch

table "get ippools shows both pools" "node1\$ calicoctl get ippools --allow-version-mismatch" \
"NAME                  CIDR             SELECTOR   
default-ipv4-ippool   100.96.0.0/11    all()      
external-pool         198.19.24.0/21   !all()     " \
  ctl node1 get ippools --allow-version-mismatch

does "the annotated namespace is applied" "node1\$ agentctl apply -f 02-externalNamespace.yml" \
  "Successfully applied 1 'Namespace' resource(s)" \
  ctl node1 apply -f "$repository/demo/manifests/external-namespace.yaml"

echo; echo "node1\$ agentctl apply -f 03-nginx-deployment-ns.yml    (its NetworkPolicy; the Deployment follows as a Pod)"
output=$(ctl node1 apply -f "$repository/demo/manifests/nginx-policy.yaml" 2>&1); echo "$output" | sed 's/^/   /'
if grep -q "stored, not enforced" <<<"$output"; then passed "applying a NetworkPolicy says that it is not enforced"; else failed "applying a NetworkPolicy says that it is not enforced"; fi

# What the cluster's own pods stand for in the lab's listing: each node has a block of the default pool.
ctl node1 apply -f - >/dev/null <<<'{"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "default"}}'
for node in "${nodes[@]}"; do
  pod_up "$node" default "web-$node" web
  declare "web_$node=$pod_address"
done
pod_up node2 external-ns nginx nginx
nginx=$pod_address
ip_in() { [[ $1 = 198.19.2[4-9].* || $1 = 198.19.3[01].* ]]; }
echo; echo "node2\$ agentctl get pods -n external-ns -o wide"
ctl node2 get pods -n external-ns -o wide | sed 's/^/   /'
if ip_in "$nginx"; then passed "nginx has an address of the external pool ($nginx)"; else failed "nginx has an address of the external pool" "$nginx"; fi

for node in "${nodes[@]}"; do
  pod=web_$node
  declare "block_$node=$(block_of "${!pod}" 26)"
done
nginx_block=$(block_of "$nginx" 29)

does "the BGPPeer is applied" "node1\$ calicoctl apply -f 01.globalBgpPeer.yml --allow-version-mismatch" \
  "Successfully applied 1 'BGPPeer' resource(s)" \
  ctl node1 apply -f "$repository/demo/manifests/tor-peer.yaml" --allow-version-mismatch

table "node status on node2 shows mesh and global peers" "node2\$ sudo calicoctl node status" \
"Calico process is running.

IPv4 BGP status
+--------------+-------------------+-------+----------+-------------+
| PEER ADDRESS |     PEER TYPE     | STATE |  SINCE   |    INFO     |
+--------------+-------------------+-------+----------+-------------+
| 10.0.0.10    | node-to-node mesh | up    | HH:MM:SS | Established |
| 10.0.0.12    | node-to-node mesh | up    | HH:MM:SS | Established |
| 10.0.0.1     | global            | up    | HH:MM:SS | Established |
+--------------+-------------------+-------+----------+-------------+

IPv6 BGP status
No IPv6 peers found." \
  ctl node2 node status

may_also=()
listing "BIRD on tor has three sessions" "tor\$ sudo birdc show protocol" \
"BIRD 2.0.12 ready.
Name       Proto      Table      State  Since         Info
device1    Device     ---        up     HH:MM:SS  
direct1    Direct     ---        up     HH:MM:SS  
kernel1    Kernel     master4    up     HH:MM:SS  
static1    Static     master4    up     HH:MM:SS  
node1      BGP        ---        up     HH:MM:SS  Established   
node2      BGP        ---        up     HH:MM:SS  Established   
node3      BGP        ---        up     HH:MM:SS  Established   " \
  birdc_on tor show protocols

may_also=('default via 10.0.0.1 dev eth0 ' '10.0.0.0/24 dev eth0 proto kernel scope link src 10.0.0.* ')
listing "the routes of node2: pod, blackholes, remote blocks, what tor announces" "node2\$ ip route" \
"$(by_prefix "1.1.1.1 via 10.0.0.1 dev eth0 proto bird 
10.10.10.10 via 10.0.0.1 dev eth0 proto bird 
$block_node1 via 10.0.0.10 dev eth0 proto bird 
blackhole $block_node2 proto bird 
$web_node2 dev $(device_of default web-node2) scope link 
$block_node3 via 10.0.0.12 dev eth0 proto bird 
$nginx dev $(device_of external-ns nginx) scope link 
blackhole $nginx_block proto bird ")" \
  sorted_route_list node2

# paths_of PREFIX: one line for each path that tor must have; by the lowest router id node1's is the best.
paths_of() {
  echo "$1 unicast [node1 HH:MM:SS] * (100) [AS64512i] via 10.0.0.10 on eth0
$1 unicast [node2 HH:MM:SS] (100) [AS64512i] via 10.0.0.11 on eth0
$1 unicast [node3 HH:MM:SS] (100) [AS64512i] via 10.0.0.12 on eth0"
}
listing "tor has each block from every node, with the right best path (a line a path, sorted)" "tor\$ sudo birdc show route" \
"$(sort <<<"1.1.1.1/32 unicast [direct1 HH:MM:SS] * (240) dev lo
10.10.10.10/32 blackhole [static1 HH:MM:SS] * (200)
10.0.0.0/24 unicast [direct1 HH:MM:SS] * (240) dev eth0
$(paths_of "$block_node1")
$(paths_of "$block_node2")
$(paths_of "$block_node3")
$(paths_of "$nginx_block")")" \
  bird_paths tor

reaches "the router reaches the pod" tor "http://$nginx/" "Welcome to nginx"

# natOutgoing: outside of all pools a pod shows its node's address.
mkdir -p "$state/tor/www" && echo "Welcome to tor" >"$state/tor/www/index.html"
in_namespace tor setsid busybox httpd -f -v -p 1.1.1.1:80 -h "$state/tor/www" >"$state/tor/httpd.log" 2>&1 </dev/null &
echo $! >"$state/tor/httpd.pid"
echo; echo "nginx\$ curl http://1.1.1.1/"
pool_is_masqueraded() { in_namespace node2 nft list ruleset | grep -qF 198.19.24.0/21; }
masqueraded() { in_namespace nginx curl -s --max-time 5 http://1.1.1.1/ && grep -qF 10.0.0.11 "$state/tor/httpd.log"; }
if until_true pool_is_masqueraded && until_true masqueraded && ! grep -qF "$nginx" "$state/tor/httpd.log"; then
  sed 's/^/   tor: /' "$state/tor/httpd.log" | head -n 2
  passed "a pod that leaves all pools is masqueraded as its node"
else
  failed "a pod that leaves all pools is masqueraded as its node" "$(tail -n 2 "$state/tor/httpd.log")"
fi
